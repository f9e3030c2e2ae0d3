# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the browser tests. `site` is a running httpd whose token pages
are behind a sign-in form, as build/demo's are. `person` sits in front of one
empty tab of a real Chromium, has not signed in yet, and fails the test when a
page broke its own Content-Security-Policy or wrote an error to the console.
`axe` looks for what keeps people out of the page in front of the person.
"""

import pathlib
import secrets

import pytest

import chromium
from auditing import use_audit
from axe import Axe
from person import Person

SIGN_IN = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>Sign in</title>
<h1>Sign in</h1>
<form method="post" action="/sign-in">
<label for="u">User name</label> <input id="u" name="httpd_username">
<label for="p">Password</label> <input id="p" name="httpd_password" type="password">
<button type="submit">Sign in</button>
</form>
</html>
"""

FORM = """
    AuthType form
    AuthName "form"
    AuthFormProvider file
    AuthUserFile "{root}/users"
    AuthFormLoginRequiredLocation /sign-in.html
    Session On
    SessionCookieName session path=/;httponly;samesite=lax
    SessionCryptoPassphraseFile "{root}/session.key"
    SessionMaxAge 3600
    Require valid-user
"""

LOCATIONS = """
AddType text/html .html
<Location "/sign-in">
    SetHandler form-login-handler
    AuthFormLoginSuccessLocation /tokens/
{form}
</Location>
<Location "/tokens">
{form}
</Location>
<Location "/admin">
    SetHandler jiratoken-admin
{form}
</Location>
<Location "/unprotected">
    SetHandler jiratoken
</Location>
"""


@pytest.fixture
def site(server):
    server.modules += ["request", "session", "session_cookie", "session_crypto",
                       "auth_form"]
    (server.root / "docs" / "sign-in.html").write_text(SIGN_IN)
    phrase = server.root / "session.key"
    phrase.write_text(secrets.token_hex(24) + "\n")
    phrase.chmod(0o600)
    server.locations += LOCATIONS.format(form=FORM.format(root=server.root))
    return use_audit(server).start()


@pytest.fixture(scope="session")
def driver():
    with chromium.start() as started:
        yield started


@pytest.fixture
def person(driver, site, request):
    chromium.open_empty_tab(driver)
    made = Person(driver, site)
    made.takes_pictures = request.config.getoption("--pictures")
    yield made
    assert made.troubles() == [], "said in the browser's console"


@pytest.fixture(scope="session")
def axe(request):
    path = pathlib.Path(request.config.getoption("--axe"))
    if not path.is_file():
        pytest.fail(f"{path} is missing: run npm ci in tests/browser")
    return Axe(path)
