# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the browser tests. `site` is a running httpd whose token pages
are behind a sign-in form, as build/demo's are. `person` sits in front of one
empty tab of a real Chromium, has not signed in yet, and fails the test when a
page broke its own Content-Security-Policy or wrote an error to the console.
`axe` looks for what keeps people out of the page in front of the person.
"""

import pathlib
import secrets
import shutil
import tempfile

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

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
<Location "/unprotected">
    SetHandler jiratoken
</Location>
"""

SWITCHES = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic",
    "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--lang=en-US", "--window-size=1280,720",
    "--host-resolver-rules=MAP tokens.example 127.0.0.1,MAP * ~NOTFOUND,"
    "EXCLUDE 127.0.0.1",
)


@pytest.fixture
def site(server):
    server.modules += ["request", "session", "session_cookie", "session_crypto",
                       "auth_form"]
    (server.root / "docs" / "sign-in.html").write_text(SIGN_IN)
    phrase = server.root / "session.key"
    phrase.write_text(secrets.token_hex(24) + "\n")
    phrase.chmod(0o600)
    server.locations += LOCATIONS.format(form=FORM.format(root=server.root))
    return server.start()


def options(folder):
    made = webdriver.ChromeOptions()
    made.binary_location = "/usr/bin/chromium"
    for switch in (*SWITCHES, f"--user-data-dir={folder}"):
        made.add_argument(switch)
    made.add_experimental_option("prefs", {
        "credentials_enable_service": False,
        "profile.password_manager_leak_detection": False,
        "intl.accept_languages": "en-US",
    })
    made.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return made


@pytest.fixture(scope="session")
def chromium():
    """One Chromium with an empty profile of its own; starting it is slow."""
    folder = tempfile.mkdtemp(prefix="jiratoken-browser.")
    driver = None
    try:
        driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"),
                                  options=options(folder))
        driver.set_page_load_timeout(60)
        yield driver
    finally:
        if driver:
            driver.quit()
        shutil.rmtree(folder, ignore_errors=True)


def open_empty_tab(driver):
    """What an earlier test switched on ends with its tab; cookies and
    permissions are the browser's and are taken back here."""
    before = driver.current_window_handle
    driver.switch_to.new_window("tab")
    now = driver.current_window_handle
    driver.switch_to.window(before)
    driver.close()
    driver.switch_to.window(now)
    for command in ("Network.clearBrowserCookies", "Network.clearBrowserCache",
                    "Browser.resetPermissions"):
        driver.execute_cdp_cmd(command, {})
    driver.get_log("browser")


@pytest.fixture
def person(chromium, site):
    open_empty_tab(chromium)
    made = Person(chromium, site)
    yield made
    assert made.troubles() == [], "said in the browser's console"


@pytest.fixture(scope="session")
def axe(request):
    path = pathlib.Path(request.config.getoption("--axe"))
    if not path.is_file():
        pytest.fail(f"{path} is missing: run npm ci in tests/browser")
    return Axe(path)
