# SPDX-License-Identifier: Apache-2.0
"""Instructions of httpd for one request, counted by callgrind: hardly
different from one run to the next, whatever else the machine does.
"""

import http.client
import itertools
import pathlib
import re
import subprocess
import tempfile
import time
import urllib.parse

from server import HTTPD, PASSWORDS, basic, shaped
from variants import NAME_CACHED, NAME_FILE

DAY = 86400
SOME = 16       # tokens, or users, that take turns


def connect(url):
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc,
                                            timeout=120)
    connection.connect()
    return connection


def ask(connection, path, headers, count, status):
    for _, header in zip(range(count), itertools.cycle(headers or [None])):
        connection.request("GET", path,
                           headers={"Authorization": header} if header else {})
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


def run_counted(server, url, headers, count, *options, status=200):
    """Of a whole httpd, from start to end, with count requests on one
    kept-alive connection, with these Authorizations in turn and this answer."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="jiratoken-bench."))
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
        ask(connection, urllib.parse.urlsplit(url).path, headers, count, status)
        connection.close()
        process.terminate()
        process.wait(60)
        return int(re.search(r"^(?:totals|summary): (\d+)",
                             (folder / "counted").read_text(), re.M)[1])
    finally:
        process.kill()
        process.wait()
        subprocess.run(["rm", "-rf", folder], check=True)


def instructions(server, url, headers, count, *options, status=200):
    """The start and the end of httpd fall out of the difference between a long
    and a short run; the short one is long enough for what is done once."""
    few = max(count // 20, SOME)
    short = run_counted(server, url, headers, few, *options, status=status)
    long = run_counted(server, url, headers, few + count, *options, status=status)
    return (long - short) / count


def of_places(server, count):
    """{place: instructions for a request}, of the fewest rows."""
    fewest = {place.name: place for place in reversed(server.places)}
    return {place: instructions(server, place.url, place.headers[:SOME],
                                max(int(count * place.variant.counted), 2))
            for place in server.places if place is fewest[place.name]}


def of_refusals(server, count):
    """(of a 401 without credentials, of one for a token with a wrong checksum)"""
    url = server.place(NAME_CACHED).url
    mistyped = basic("alice", shaped()[:-6] + shaped()[-6:])
    return tuple(instructions(server, url, headers, count, status=401)
                 for headers in ([], [mistyped]))


def of_page(server, count):
    """Of a list of 25 tokens: in all, of these the database's, and of an empty
    file behind the same sign-in."""
    now = int(time.time())
    server.sql("DELETE FROM jiratoken")
    for number in range(25):
        server.insert(f"Looker Studio no. {number:02}", created_at=now - number * DAY,
                      expires_at=(now // DAY + 4 * number) * DAY if number % 4 else None,
                      last_used_at=now - number * 3600 if number % 5 else None,
                      last_used_from="192.0.2.17" if number % 5 else None)
    (server.root / "docs/file/empty.txt").write_text("")
    header = [basic("alice", PASSWORDS["alice"])]
    page = f"http://127.0.0.1:{server.port}/tokens/"
    empty = server.place(NAME_FILE).url.replace("hello.txt", "empty.txt")
    return (instructions(server, page, header, count),
            instructions(server, page, header, count, "--toggle-collect=jt_dbd_run"),
            instructions(server, empty, header, count))
