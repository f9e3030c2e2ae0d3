# SPDX-License-Identifier: Apache-2.0
"""Fixtures of several of these tests."""

import pytest

from remembering import PATIENT, use
from routes import section

NOON = "2027-01-15 12:00:00"     # a Friday


@pytest.fixture
def both(server):
    """A server whose pages at /both also take tokens as passwords; the use of
    a token changes no row."""
    server.settings += "JiraTokenLastUsedInterval 0\n"
    server.locations += section(server, "/both")
    return server


@pytest.fixture
def noon(server):
    """A server whose clock stands still at NOON, not yet running: what is so
    many seconds away stays so."""
    server.set_clock(NOON)
    server.environment["FAKETIME"] = NOON
    return server


@pytest.fixture
def patient(server):
    """A running server that turns nobody away for being one of many."""
    server.settings += f"{PATIENT}\n"
    return server.start()


@pytest.fixture
def uncached(server):
    """A server that asks the database about each token, each time; not yet
    running."""
    server.settings += "JiraTokenCache off\n"
    return server


# The caches that a child asks outside of itself.
@pytest.fixture(params=("dbm", "redis", "memcache"))
def outside(request, server, caches):
    """A server with one of them, not yet running."""
    return use(server, request.param, caches, "JiraTokenCacheTimeout 600")


@pytest.fixture
def redis(server, caches):
    """A server with the one that servers share, not yet running."""
    return use(server, "redis", caches, "JiraTokenCacheTimeout 600")


def pytest_make_parametrize_id(val):
    """Short names for the cases that are long on purpose."""
    if isinstance(val, (str, bytes)) and len(val) > 60:
        return f"{val[:12]!r}..{len(val)}"
    return None
