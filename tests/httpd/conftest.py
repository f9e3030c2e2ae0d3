# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests of the pages."""

import pytest

from routes import section


@pytest.fixture
def both(server):
    """A server whose pages at /both also take tokens as passwords; the use of
    a token changes no row."""
    server.settings += "JiraTokenLastUsedInterval 0\n"
    server.locations += section(server, "/both")
    return server
