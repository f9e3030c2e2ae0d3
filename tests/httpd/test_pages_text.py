# SPDX-License-Identifier: Apache-2.0
"""Labels and user names are text wherever they are shown, never markup."""

import re

import pytest

from page import Page, text

pytestmark = pytest.mark.plain

LABELS = [                                                     # U13
    "<script>alert(1)</script>", '"onmouseover="alert(1)', "'onmouseover='alert(1)",
    "</pre></code></textarea></title>", "&amp;", "&lt;b&gt;", "&#60;b&#62;", "{{7*7}}",
    "{{label}}", "{{>head}}", "{{#rows}}x{{/rows}}", "{{token}}", "${7*7}", "%{7*7}",
    "javascript:alert(1)", "<!--", "-->", "]]>", "<![CDATA[x]]>", "<svg/onload=alert(1)>",
    "<a href=//evil.example>x</a>", "<bdi>", "</bdi></th></tr>", "`${x}`",
    "\\u003cb\\u003e",
    "=cmd|' /C calc'!A0", "😀🏳️‍🌈", "نص عربي", "טקסט", "a عربي b", "中文", "x" * 100,
    "<" * 100, "&" * 100, "'" * 100, '"' * 100, "😀" * 100, "+ADw-script+AD4-",
    "a  b", "\u00a0".join("ab"), "<?php echo 1 ?>", "<!--#exec cmd=\"id\" -->",
]


@pytest.mark.parametrize("label", LABELS)
def test_label_is_one_piece_of_text_on_every_page(running, label):  # U13
    shown = Page(running.post("/tokens/create", {"label": label}, user="alice"))
    running.tokens.append(shown.id("token").text)
    row = running.id_of(running.tokens[0])
    assert label in shown.single_nodes("bdi")
    listed = Page(running.get("/tokens", user="alice"))
    assert listed.single_nodes("bdi") == ["alice", label]
    asked = Page(running.get(f"/tokens/{row}/revoke", user="alice"))
    assert asked.single_nodes("bdi") == ["alice", label, label]
    assert asked.title() == f"Revoke {label}?"
    other = running.insert("beside it")
    both = Page(running.get(f"/tokens/revoke?id={row}&id={other}", user="alice"))
    assert both.single_nodes("bdi") == ["alice", label, "beside it"]
    again = running.post("/tokens/create", {"label": label}, user="alice")
    assert again.status == 409
    assert Page(again).input("label").get("value") == label
    for page in (shown, listed, asked, both, Page(again)):
        check_nothing_was_added(page)


def check_nothing_was_added(page):
    """No element or attribute but those of the templates."""
    assert len(page.all("script")) == 1 and page.all("script")[0].text is None
    assert page.all("svg") == page.all("img") == page.all("iframe") == []
    for element in page.root.iter():
        names = [str(name) for name in element.keys()]
        assert not any(n.startswith("on") or n == "style" for n in names)
    for reference in page.references():
        assert not reference.lower().startswith(("javascript:", "//", "http"))


def test_what_was_typed_is_text_in_the_refused_form(running):
    for typed in ('"><script>alert(1)</script>', "'><b>", "{{user}}", "&quot;"):
        long = typed + "x" * 100
        answer = running.post("/tokens/create", {"label": long, "expires": typed},
                              user="alice")
        assert answer.status == 400
        page = Page(answer)
        assert page.input("label").get("value") == long
        assert page.input("expires").get("value") == typed
        check_nothing_was_added(page)


def test_what_a_link_brings_is_text_in_the_form(running):
    typed = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E"
    for query in (f"label={typed}", f"expires={typed}", f"label=x&{typed}={typed}"):
        page = Page(running.get("/tokens/create?" + query, user="alice"))
        check_nothing_was_added(page)
    for path in (f"/tokens/?done={typed}", f"/tokens/{typed}", f"/tokens/{typed}/revoke"):
        answer = running.get(path, user="alice")
        check_nothing_was_added(Page(answer))
        assert "alert(1)" not in answer.text


@pytest.mark.parametrize("name", [
    "<script>alert(1)</script>", '"><b>', "{{token}}", "</code></pre>", "&amp;", "عمر",
])
def test_user_name_is_text_on_every_page(server, name):
    server.add_user(name, "secret")
    server.start()
    paths = ("/tokens", "/tokens/create", "/tokens/connect", "/tokens/nothing")
    pages = [Page(server.get(p, user=name, password="secret")) for p in paths]
    shown = Page(server.post("/tokens/create", {"label": "ci"}, user=name,
                             password="secret"))
    server.tokens.append(shown.id("token").text)
    for page in (*pages, shown):
        assert page.single_nodes("bdi")[0] == name
        check_nothing_was_added(page)
    assert pages[2].user() == shown.user() == name


@pytest.mark.parametrize("host", [
    'x"><script>', "x'onclick='", "<b>", "{{token}}", "a&amp;b", "x y", "a/b", "a?b",
])
def test_host_header_is_never_markup(running, host):
    said = running.get("/tokens/connect", user="alice", headers={"Host": host})
    assert said.status in (200, 400)
    if said.status == 200:
        check_nothing_was_added(Page(said))
    assert "<script>" not in said.text


def test_address_a_token_was_used_from_is_text(running):
    row = running.insert("ci", last_used_at=1, last_used_from="<i>::1</i>")
    other = running.insert("git", last_used_at=1, last_used_from="<i>::1</i>")
    pages = [Page(running.get("/tokens" + path, user="alice")) for path in (
        "", f"/{row}/revoke", f"/revoke?id={row}&id={other}")]
    assert pages[0].table()[0][3].endswith(" from <i>::1</i>")
    for page in pages:
        assert "<i>::1</i>" in page.single_nodes("bdi")
        check_nothing_was_added(page)
        assert page.all("i") == []


@pytest.mark.database
def test_row_that_somebody_wrote_by_hand_does_not_break_the_list(running):
    """Whoever writes to the table controls text only."""
    labels = ("a\x07b", "", "x" * 400, "\u202eabc", "a\nb", "<i>")
    for label in labels:
        running.insert(label)
    for path in ("/tokens", "/tokens?sort=label",
                 "/tokens/revoke?" + "&".join(f"id={n}" for n in range(1, 7))):
        answer = running.get(path, user="alice")
        assert answer.status == 200
        # Each stands in its own <bdi>, and nothing of it outside.
        # and of the dialogs', where a script puts it.
        shown = re.sub(r"<dialog.*?</dialog>", "", answer.text, flags=re.S)
        assert shown.count("<bdi>") == 1 + len(labels), path
        assert shown.count("</bdi>") == 1 + len(labels), path
        assert "<i>" not in answer.text


def test_language_direction_and_encoding_are_declared(running):
    for path in ("/tokens", "/tokens/create", "/tokens/connect", "/tokens/x"):
        page = Page(running.get(path, user="alice"))
        root = page.root if page.root.tag == "html" else page.all("html")[0]
        assert (root.get("lang"), root.get("dir")) == ("en", "ltr")
        assert [e.get("charset") for e in page.all("meta")][0] == "utf-8"
        [title] = [text(e) for e in page.all("title")]
        assert title.strip()
