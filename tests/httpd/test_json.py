# SPDX-License-Identifier: Apache-2.0
"""What the API's list costs."""

import pytest

from api import mount
from callgrind import fill_list, run_counted
from server import PASSWORDS, basic

pytestmark = pytest.mark.plain

REQUESTS = 50
MOST = 300_000

# The API's work for a request without the database's.
MADE = ("--toggle-collect=jt_api_serve", "--toggle-collect=jt_dbd_run")


def test_list_of_25_tokens_is_made_in_under_300_000_instructions(server):
    mount(server)
    fill_list(server)
    server.write_configuration()
    count = run_counted(server, f"http://127.0.0.1:{server.port}/api/tokens",
                        [basic("alice", PASSWORDS["alice"])], REQUESTS, *MADE)
    assert MOST / 10 < count / REQUESTS < MOST
