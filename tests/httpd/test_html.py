# SPDX-License-Identifier: Apache-2.0
"""What a page costs to render, by callgrind's count."""

import time

from callgrind import run_counted
from server import PASSWORDS, basic

DAY = 86400
REQUESTS = 50
MOST = 300_000

# The pages' work for a request without the database's.
RENDERED = ("--toggle-collect=jt_pages_handler", "--toggle-collect=jt_dbd_run")


def test_page_of_25_tokens_is_rendered_in_under_300_000_instructions(server):
    now = int(time.time())
    for number in range(25):
        server.insert(f"Looker Studio no. {number:02}", created_at=now - number * DAY,
                      expires_at=(now // DAY + 4 * number) * DAY if number % 4 else None,
                      last_used_at=now - number * 3600 if number % 5 else None,
                      last_used_from="192.0.2.17" if number % 5 else None)
    server.write_configuration()
    count = run_counted(server, f"http://127.0.0.1:{server.port}/tokens/",
                        basic("alice", PASSWORDS["alice"]), REQUESTS, *RENDERED)
    assert MOST / 10 < count / REQUESTS < MOST
