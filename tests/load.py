# SPDX-License-Identifier: Apache-2.0
"""Many clients at once, for tests of what they are told while things fail."""

import contextlib
import http.client
import threading
import time

from server import basic


class Client(threading.Thread):
    """One user with one token, who asks again and again."""

    def __init__(self, server, user, token, path):
        super().__init__(daemon=True)
        self.server, self.user, self.path = server, user, path
        self.headers = {"Authorization": basic(user, token)}
        self.going = True
        self.seen = []      # (when it was asked, seconds it took, status, as whom)

    def _ask(self, connection):
        begin, is_reused = time.monotonic(), connection.sock is not None
        try:
            connection.request("GET", self.path, headers=self.headers)
            answer = connection.getresponse()
            answer.read()
            said = answer.status, answer.getheader("X-User")
        except (OSError, http.client.HTTPException) as fault:
            connection.close()
            # httpd may end a connection just when it is to be used again.
            if is_reused and isinstance(fault, (ConnectionError, http.client.HTTPException)):
                return
            said = repr(fault), None
        self.seen.append((begin, time.monotonic() - begin, *said))

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        while self.going:
            self._ask(connection)
        connection.close()

    def answers(self):
        return [said for _, _, said, _ in list(self.seen)]


TELLS_USER = 'Header always set X-User "expr=%{REMOTE_USER}"\n'


def tell_user(server):
    """Every answer says whom httpd takes the client for."""
    server.modules.append("headers")
    server.settings += TELLS_USER


@contextlib.contextmanager
def load(server, tokens, path="/files/hello.txt", each=1):
    """So many clients with each of these {user: token} ask on and on."""
    clients = [Client(server, user, token, path)
               for user, token in tokens.items() for _ in range(each)]
    for client in clients:
        client.start()
    try:
        yield clients
    finally:
        for client in clients:
            client.going = False
        for client in clients:
            client.join(30)
        assert not any(client.is_alive() for client in clients)


def mistaken(clients):
    """Answers as somebody else, where the answer let anybody in."""
    return [one for client in clients for one in client.seen
            if one[2] == 200 and one[3] not in (client.user, None)]
