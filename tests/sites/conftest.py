# SPDX-License-Identifier: Apache-2.0
"""Fixtures of whole sites: httpd in front, and behind it and beside it the real
servers that sites have, each begun once, by the first test that asks for it.
`slapd`, `kerberos`, `identity_provider` (of SAML), `openid_provider` and `php` run
for all tests; `directory` is slapd with everybody back in it. `lasting` makes a
httpd that many tests use: `with lasting() as server:` in a fixture that configures
and starts it."""

import contextlib
import pathlib

import pytest

from directory import Directory
from kerberos import Kerberos
from oidc import Provider
from php import PHP
from saml import IdentityProvider
from server import Server


def served(service):
    """A fixture's value and its end."""
    yield service
    service.close()


@pytest.fixture(scope="session")
def slapd():
    yield from served(Directory())


@pytest.fixture
def directory(slapd):
    slapd.reset()
    return slapd


@pytest.fixture(scope="session")
def kerberos():
    yield from served(Kerberos())


@pytest.fixture(scope="session")
def identity_provider():
    yield from served(IdentityProvider())


@pytest.fixture(scope="session")
def openid_provider(request):
    modules = pathlib.Path(request.config.getoption("--node-modules"))
    if not (modules / "oidc-provider").is_dir():
        pytest.fail(f"{modules} has no oidc-provider: run npm ci in tests/sites")
    yield from served(Provider(modules))


@pytest.fixture(scope="session")
def php():
    yield from served(PHP())


@pytest.fixture(scope="session")
def lasting(request, databases):
    @contextlib.contextmanager
    def make():
        """Its log is read when the last test that uses it is over."""
        before = request.session.testsfailed
        made = Server(request.config.getoption("--module"),
                      request.config.getoption("--mpm"), databases)
        try:
            yield made
        finally:
            failed = request.session.testsfailed > before or not made.process
            if failed:
                print(made.log())
            made.close(failed)
    return make
