# SPDX-License-Identifier: Apache-2.0
"""Many clients at once, for tests of what they are told while things fail."""

import contextlib
import http.client
import threading
import time

from server import HANGS, basic


class Client(threading.Thread):
    """One user with one token, who asks again and again."""

    def __init__(self, server, user, token, path, keep):
        super().__init__(daemon=True)
        self.server, self.user, self.path = server, user, path
        self.headers = {"Authorization": basic(user, token)}
        if not keep:
            self.headers["Connection"] = "close"
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
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=HANGS)
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
def going(clients):
    """These threads run until their `going` is False."""
    for client in clients:
        client.start()
    try:
        yield clients
    finally:
        for client in clients:
            client.going = False
        for client in clients:
            client.join(2 * HANGS)
        assert not any(client.is_alive() for client in clients)


def load(server, tokens, path="/files/hello.txt", each=1, keep=True):
    """So many clients with each of these {user: token} ask on and on. keep: on
    the same connection, which httpd may end just when it is to be used again."""
    return going([Client(server, user, token, path, keep)
                  for user, token in tokens.items() for _ in range(each)])


def go_on(server, clients, more=1):
    """Wait until each has heard more answers than now, so many at least."""
    before = [len(client.seen) for client in clients]
    server.poll(lambda: all(len(client.seen) >= n + more for client, n
                            in zip(clients, before, strict=True)))


def mistaken(clients):
    """Answers as somebody else, where the answer let anybody in."""
    return [one for client in clients for one in client.seen
            if one[2] == 200 and one[3] not in (client.user, None)]
