# SPDX-License-Identifier: Apache-2.0
"""What a page costs to render, by callgrind's count."""

import pytest

from callgrind import fill_list, run_counted
from server import PASSWORDS, basic

pytestmark = pytest.mark.plain

REQUESTS = 50
MOST = 300_000

# The pages' work for a request without the database's.
RENDERED = ("--toggle-collect=jt_pages_serve", "--toggle-collect=jt_dbd_run")


def test_page_of_25_tokens_is_rendered_in_under_300_000_instructions(server):
    fill_list(server)
    server.write_configuration()
    count = run_counted(server, f"http://127.0.0.1:{server.port}/tokens/",
                        [basic("alice", PASSWORDS["alice"])], REQUESTS, *RENDERED)
    assert MOST / 10 < count / REQUESTS < MOST
