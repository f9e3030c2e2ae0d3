# SPDX-License-Identifier: Apache-2.0
"""The same job where the browser gives less: no clipboard, no script, plain
HTTP under a name, where Chromium sends no Sec-Fetch-Site."""

import pytest

from person import switch_script_off
from server import free_port

REFUSES = """
Object.defineProperty(navigator.clipboard, "writeText", { value: function () {
    return Promise.reject(new DOMException("refused", "NotAllowedError"));
} });
"""
ABSENT = 'Object.defineProperty(navigator, "clipboard", { value: undefined });'


def press_copy(person, what):
    person.copy(f"[data-copy={what}]")


def assert_selected(person, text):
    assert person.run("return getSelection().toString()") == text
    assert person.said("button") == []
    assert not any("Copied" in words for words in person.said("status"))
    assert "selected" in person.read("#copy-status")


@pytest.mark.parametrize("clipboard", [REFUSES, ABSENT], ids=["refuses", "absent"])
def test_copied_is_not_said_without_a_clipboard(person, clipboard):
    person.on_new_pages(clipboard)
    person.sign_in()
    token = person.create("selected")
    press_copy(person, "token")
    assert_selected(person, token)
    press_copy(person, "user")
    assert_selected(person, "alice")


# ---- plain HTTP under a name

ORIGINS = """
LogFormat "%m %>s <%{Sec-Fetch-Site}i> <%{Origin}i>" origins
CustomLog "{root}/logs/origins.log" origins
"""


def use_plain_name(person, site):
    # What Chromium says of a header that only HTTPS gives a meaning to.
    person.expect("Cross-Origin-Opener-Policy header has been ignored")
    site.settings += ORIGINS.replace("{root}", str(site.root))
    site.restart()
    person.origin = f"http://tokens.example:{site.port}"


def posts(site):
    text = (site.root / "logs" / "origins.log").read_text()
    return [line for line in text.splitlines() if line.startswith("POST")]


def test_forms_work_by_plain_http_under_a_name(person, site):
    use_plain_name(person, site)
    person.sign_in()
    token = person.create("plain", "2099-12-31")
    assert person.run("return isSecureContext") is False
    assert site.check("alice", token).status == 200
    person.press("Done").sees("Tokens").ask_to_revoke().sees("Revoke plain?")
    person.press("Revoke").sees("Tokens")
    assert site.check("alice", token).status == 401
    # A line is written after the answer.
    said = [f"POST 200 <-> <{person.origin}>", f"POST 303 <-> <{person.origin}>"]
    site.poll(lambda: sorted(posts(site)[-2:]) == said)


def test_plain_http_selects_the_token_instead_of_copying_it(person, site):
    use_plain_name(person, site)
    person.sign_in()
    token = person.create("plain")
    press_copy(person, "token")
    assert_selected(person, token)


# ---- no script

def test_the_whole_job_is_done_without_script(person, site):
    switch_script_off(person)
    person.sign_in()
    assert "You have no tokens yet" in person.text()
    token = person.create("no script", "2099-12-31")
    assert person.find("#token").is_displayed()
    assert site.check("alice", token).status == 200
    person.press("Done").sees("Tokens")
    assert [row[0] for row in person.rows()] == ["no script"]
    person.ask_to_revoke().sees("Revoke no script?").press("Revoke").sees("Tokens")
    assert "The token was revoked." in person.text()
    assert site.check("alice", token).status == 401


def test_no_copy_button_is_displayed_without_script(person):
    switch_script_off(person)
    person.sign_in()
    person.create("no script")
    buttons = person.find_all("[data-copy]")
    assert buttons
    assert not any(button.is_displayed() for button in buttons)
    person.open("/tokens/connect").sees("Connect")
    assert not person.find("[data-copy]").is_displayed()
    assert person.origin + "/" in person.read(".facts")


# ---- nobody

def test_who_is_not_signed_in_is_offered_no_menu(person, site):
    site.expect("token pages without a signed-in user")
    person.expect("status of 403")
    person.open("/unprotected/").sees("You're not signed in")
    assert person.find_all("nav") == [] and person.find_all(".who") == []
    assert person.find_all("main a") == []


# ---- other sites

FOREIGN = """<!DOCTYPE html><meta charset="utf-8"><title>Elsewhere</title>
<link rel="icon" href="data:,"><h1>Elsewhere</h1>
<form method="post" action="{target}"><input name="label" value="foreign">
<button>Win a prize</button></form>"""


def test_a_form_on_another_origin_changes_nothing(person, site):
    """By a site that gets the session cookie: another port of this host."""
    page = FOREIGN.format(target=person.origin + "/tokens/create")
    (site.root / "docs" / "foreign.html").write_text(page)
    elsewhere = free_port()
    site.settings += f"Listen 127.0.0.1:{elsewhere}\n"
    site.restart()
    person.expect("status of 403")
    person.sign_in()
    person.driver.get(f"http://127.0.0.1:{elsewhere}/foreign.html")
    person.press("Win a prize").sees("Request blocked")
    assert site.sql("SELECT count(*) FROM jiratoken") == [(0,)]


def test_the_watch_sees_what_a_page_must_not_do(person):
    """The check after each test is worth something only if this is seen."""
    person.sign_in()
    person.run("document.body.insertAdjacentHTML('beforeend',"
               " '<img src=\"http://elsewhere.example/x\">');")
    seen = []
    person.wait(lambda: seen.extend(person.troubles())
                or any("violation of img-src" in words for words in seen), "unseen")
