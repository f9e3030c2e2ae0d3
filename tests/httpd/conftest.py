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


def pytest_make_parametrize_id(val):
    """Short names for the cases that are long on purpose."""
    if isinstance(val, (str, bytes)) and len(val) > 60:
        return f"{val[:12]!r}..{len(val)}"
    return None
