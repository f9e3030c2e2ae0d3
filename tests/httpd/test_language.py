# SPDX-License-Identifier: Apache-2.0
"""The pages' language: JiraTokenLanguage and Accept-Language, on every page, also for
those who are not signed in, and what the answer says of it. Which range of a
header counts is tests/unit/test_language.c's."""

import re

import pytest

from admin import mount
from page import Page, text
from server import TOP

pytestmark = pytest.mark.plain

LANGUAGES = re.findall(
    r'ROW\("([\w-]+)", \w+\)', (TOP / "mod_jiratoken/html/jt_language.h").read_text())


def read_text(tag, key):
    found = re.search(rf"^{re.escape(key)} = (.*)$", (
        TOP / f"mod_jiratoken/html/web/words.{tag}").read_text(), re.M)
    return found[1]


def asking(*tags):
    return {"Accept-Language": ", ".join(tags)} if tags else {}


def read_language(answer):
    """(that of the header, of the page, its direction), which have to agree."""
    root = Page(answer).root
    assert root.get("lang") == answer.get("Content-Language")
    assert root.get("dir") == read_text(root.get("lang"), "dir")
    return root.get("lang")


def see(server, *tags, path="/tokens", user="alice", **more):
    return read_language(server.get(path, user=user, headers={**asking(*tags), **more}))


def pages(server, tag):
    """An answer of every kind that has a page of ours, by its name."""
    sent = asking(tag)
    server.sql("DELETE FROM jiratoken")
    row, other = server.insert("ci"), server.insert("git", expires_at=1)
    found = {
        "list": server.get("/tokens", user="alice", headers=sent),
        "empty list": server.get("/tokens", user="bob", headers=sent),
        "form": server.get("/tokens/create", user="alice", headers=sent),
        "refused form": server.post("/tokens/create", {"label": ""}, user="alice",
                                    headers=sent),
        "shown": server.post("/tokens/create", {"label": "made"}, user="alice",
                             headers=sent),
        "connect": server.get("/tokens/connect", user="alice", headers=sent),
        "one": server.get(f"/tokens/{row}/revoke", user="alice", headers=sent),
        "rotate": server.get(f"/tokens/{row}/rotate", user="alice", headers=sent),
        "rename": server.get(f"/tokens/{row}/rename", user="alice", headers=sent),
        "several": server.get(f"/tokens/revoke?id={row}&id={other}", user="alice",
                              headers=sent),
        "not found": server.get("/tokens/nothing/at/all", user="alice", headers=sent),
        "method": server.request("PUT", "/tokens/create", user="alice", headers=sent),
        "foreign": server.post("/tokens/create", {"label": "x"}, user="alice",
                               headers={**sent, "Sec-Fetch-Site": "cross-site"}),
        "nobody": server.get("/bare", headers=sent),
        "administrator": server.get("/admin", user="carol", headers=sent),
        "everything": server.get("/admin/revoke", user="carol", headers=sent),
        "audit": server.get("/admin/audit", user="carol", headers=sent),
        "no such": server.get("/admin/nothing", user="carol", headers=sent),
    }
    server.tokens.append(Page(found["shown"]).id("token").text)
    return found


@pytest.fixture
def site(server):
    mount(server)
    server.locations += ('<Location "/bare">\nSetHandler jiratoken\n'
                         "Require all granted\n</Location>\n")
    server.expect("token pages without a signed-in user")
    return server


# ---- by the header


@pytest.mark.parametrize("tag", LANGUAGES)
def test_every_page_is_in_the_language_that_is_asked_for(site, tag):
    site.start()
    for name, answer in pages(site, tag).items():
        assert read_language(answer) == tag, name
        assert answer.get("Vary") == "Accept-Language", name
    brand = [text(e) for e in Page(answer).all("p") if e.get("class") == "brand"]
    assert brand == [read_text(tag, "brand")]


@pytest.mark.parametrize("tags, expected", [
    ((), "en"), (("nl",), "en"), (("*",), "en"), (("de-CH",), "de"), (("DE",), "de"),
    (("nl", "de;q=0.3", "en;q=0.2"), "de"), (("de;q=0", "*;q=0.1"), "en"),
    (("\xff", "de;q=x"), "en"), ((";" * 4000,), "en"), (("nl" * 1000, "de"), "de"),
    (tuple("nl" for _ in range(1000)), "en"),
])
def test_language_is_chosen_by_the_header(server, tags, expected):
    server.start()
    assert see(server, *tags) == expected


def test_forms_of_a_text_are_those_of_the_language(server):
    server.start()
    now = int(server.sql("SELECT CAST(strftime('%s', 'now') AS INTEGER)")[0][0])
    for number, label in ((1, "one"), (3, "three")):
        server.insert(label, created_at=now - 90 * 86400,
                      last_used_at=now - number * 86400 - 60)
    english, german = (server.get("/tokens", user="alice", headers=asking(tag)).text
                       for tag in ("en", "de"))
    assert "1 day ago" in english and "3 days ago" in english
    assert "vor 1 Tag<" in german and "vor 3 Tagen" in german


def test_confirmation_of_a_change_is_in_the_language_too(server):
    server.start()
    row = server.insert("ci")
    answer = server.post(f"/tokens/{row}/revoke", user="alice", headers=asking("de"))
    assert answer.status == 303
    there = server.get("/tokens/" + answer.get("Location").split("/")[-1], user="alice",
                       headers=asking("de"))
    assert "Das Token wurde widerrufen." in there.text


# ---- by the directive


@pytest.mark.parametrize("tag", LANGUAGES)
def test_language_that_is_set_is_everybodys(site, tag):
    site.settings += f"JiraTokenLanguage {tag}\n"
    site.start()
    for asked in LANGUAGES:
        for name, answer in pages(site, asked).items():
            assert read_language(answer) == tag, name
            assert answer.get("Vary") is None, name


@pytest.mark.parametrize("value", ["DE", "De", "de"])
def test_tag_may_be_in_any_case(server, value):
    server.settings += f"JiraTokenLanguage {value}\n"
    server.start()
    assert see(server) == "de"


@pytest.mark.parametrize("value", [
    "nl", "de-CH", "en-US", "deutsch", "e", "en,de", "*", "auto,de", "en;q=1", "../en",
    "%s%n", " de",
])
def test_language_that_the_pages_have_not_is_refused(server, value):
    server.settings += f'JiraTokenLanguage "{value}"\n'
    code, said = server.check_configuration()
    assert code != 0
    assert (f"JiraTokenLanguage: '{value}' is neither auto nor one of the pages' "
            f"languages: {', '.join(LANGUAGES)}") in " ".join(said.split())


@pytest.mark.parametrize("where", ["server", "host", "location", "folder"])
def test_language_may_stand_in_each_context(server, where):
    around = {"server": "{}", "host": "<VirtualHost *>\n{}\n</VirtualHost>",
              "location": '<Location "/tokens">\n{}\n</Location>',
              "folder": '<Directory "/">\n{}\n</Directory>'}[where]
    server.locations += around.format("JiraTokenLanguage de") + "\n"
    server.start()
    assert see(server, "en") == "de"


def test_inner_context_overrides_also_with_auto(server):
    server.settings += "JiraTokenLanguage de\n"
    server.locations += """
<VirtualHost *>
    ServerName same.example
</VirtualHost>
<VirtualHost *>
    ServerName auto.example
    JiraTokenLanguage Auto
</VirtualHost>
<VirtualHost *>
    ServerName other.example
    JiraTokenLanguage auto
    <Location "/tokens">
        JiraTokenLanguage en
    </Location>
</VirtualHost>
"""
    server.start()
    assert see(server, "en", Host="same.example") == "de"
    assert see(server, "en", Host="auto.example") == "en"
    assert see(server, "de", Host="auto.example") == "de"
    assert see(server, "de", Host="other.example") == "en"


# ---- what the answer says


def test_headers_of_the_site_are_kept_and_those_of_the_url_are_not(server):
    """Vary may have more; AddLanguage is about files."""
    server.modules.append("headers")
    server.settings += "AddLanguage fr .tokens\nDefaultLanguage es\n"
    server.locations += """
<Location "/tokens">
    Header merge Vary Cookie
</Location>
"""
    server.start()
    answer = server.get("/tokens", user="alice", headers=asking("de"))
    assert answer.get("Content-Language") == "de"
    assert {part.strip() for part in answer.get("Vary").split(",")} == {
        "Accept-Language", "Cookie"}


def test_what_has_no_words_has_no_language(server):
    server.start()
    for path in ("/tokens/assets/style.css", "/tokens/assets/app.js"):
        answer = server.get(path, user="alice", headers=asking("de"))
        assert answer.status == 200
        assert (answer.get("Content-Language"), answer.get("Vary")) == (None, None)


def test_file_of_a_language_is_no_asset(server):
    server.start()
    for name in ("en/list.html", "de/never.words", "en", "de/style.css", "words.en"):
        assert server.get(f"/tokens/assets/{name}", user="alice").status == 404
