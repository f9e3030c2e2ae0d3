# SPDX-License-Identifier: Apache-2.0
"""Instructions of httpd, counted by callgrind: hardly different from one run to
the next, whatever else the machine does.
"""

import http.client
import itertools
import pathlib
import re
import subprocess
import tempfile
import time
import urllib.parse

from server import HTTPD


DAY = 86400


def fill_list(server):
    """25 tokens of alice's, of every kind that the list tells apart."""
    now = int(time.time())
    for number in range(25):
        server.insert(f"Looker Studio no. {number:02}", created_at=now - number * DAY,
                      expires_at=(now // DAY + 4 * number) * DAY if number % 4 else None,
                      last_used_at=now - number * 3600 if number % 5 else None,
                      last_used_from="192.0.2.17" if number % 5 else None)


def connect(url):
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc,
                                            timeout=120)
    connection.connect()
    return connection


def ask(connection, path, headers, count, status, name):
    for _, header in zip(range(count), itertools.cycle(headers or [None])):
        connection.request("GET", path, headers={name: header} if header else {})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == status, answer.status


def wait_for(server, process):
    for _ in range(600):
        try:
            return server.get("/open/hello.txt")
        except OSError:
            assert process.poll() is None, server.log()
            time.sleep(0.1)
    raise AssertionError("httpd under callgrind does not answer")


def run_counted(server, url, headers, count, *options, status=200,
                name="Authorization"):
    """Of a whole httpd, from start to end, with count requests on one
    kept-alive connection, with these values of a header in turn and this answer."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="jiratoken-callgrind."))
    folder.chmod(0o777)
    # Opened by root at the start and again by the child's account at the end.
    (folder / "counted").touch()
    (folder / "counted").chmod(0o666)
    with open(folder / "said", "wb") as said:
        process = subprocess.Popen(
            ["valgrind", "--tool=callgrind", *options,
             f"--callgrind-out-file={folder}/counted", HTTPD, "-X", "-d",
             server.root, "-f", server.root / "httpd.conf"],
            stdout=said, stderr=said, start_new_session=True)
    try:
        wait_for(server, process)
        connection = connect(url)
        ask(connection, urllib.parse.urlsplit(url).path, headers, count, status, name)
        connection.close()
        process.terminate()
        process.wait(60)
        return int(re.search(r"^(?:totals|summary): (\d+)",
                             (folder / "counted").read_text(), re.M)[1])
    finally:
        process.kill()
        process.wait()
        subprocess.run(["rm", "-rf", folder], check=True)
