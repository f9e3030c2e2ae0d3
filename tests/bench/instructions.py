# SPDX-License-Identifier: Apache-2.0
"""Instructions of httpd for one request, whole and in parts."""

import time

from callgrind import run_counted
from server import PASSWORDS, basic
from variants import NAME_FILE

DAY = 86400


def instructions(server, url, header, count, *options):
    """The start and the end of httpd fall out of the difference between a long
    and a short run."""
    short = run_counted(server, url, header, 100, *options)
    return (run_counted(server, url, header, 100 + count, *options) - short) / count


def of_places(server, count):
    """{place: instructions for a request}, of the fewest rows."""
    fewest = {place.name: place for place in reversed(server.places)}
    return {place: instructions(server, place.url, (*place.headers, None)[0], count)
            for place in server.places if place is fewest[place.name]}


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
    header = basic("alice", PASSWORDS["alice"])
    page = f"http://127.0.0.1:{server.port}/tokens/"
    empty = server.place(NAME_FILE).url.replace("hello.txt", "empty.txt")
    return (instructions(server, page, header, count),
            instructions(server, page, header, count, "--toggle-collect=jt_dbd_run"),
            instructions(server, empty, header, count))
