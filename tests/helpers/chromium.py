# SPDX-License-Identifier: Apache-2.0
"""A real Chromium, with an empty profile of its own. It resolves no name but
tokens.example, which is loopback, and goes nowhere else."""

import contextlib
import shutil
import tempfile

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

SWITCHES = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic",
    "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--lang=en-US", "--window-size=1280,720",
    "--host-resolver-rules=MAP tokens.example 127.0.0.1,MAP * ~NOTFOUND,"
    "EXCLUDE 127.0.0.1,EXCLUDE 127.0.0.2",
)


def options(folder, logs):
    made = webdriver.ChromeOptions()
    made.binary_location = "/usr/bin/chromium"
    for switch in (*SWITCHES, f"--user-data-dir={folder}"):
        made.add_argument(switch)
    made.add_experimental_option("prefs", {
        "credentials_enable_service": False,
        "profile.password_manager_leak_detection": False,
        "intl.accept_languages": "en-US",
    })
    made.set_capability("goog:loggingPrefs", {log: "ALL" for log in logs})
    return made


@contextlib.contextmanager
def start(*logs):
    """Starting it is slow. logs: what it keeps for its driver beside the
    console; "performance" has what goes over the wire."""
    folder = tempfile.mkdtemp(prefix="jiratoken-browser.")
    driver = None
    try:
        driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"),
                                  options=options(folder, ("browser", *logs)))
        # A busy machine takes its time over a page that axe looks at.
        driver.set_page_load_timeout(600)
        driver.set_script_timeout(600)
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
