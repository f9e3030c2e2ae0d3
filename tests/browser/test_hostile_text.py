# SPDX-License-Identifier: Apache-2.0
"""Labels and user names that are markup, templates, shell or other scripts
stay text on every page. That no script of theirs ran is also what the check
after each test says: the policy forbids it, and an alert would stop the test."""

import subprocess

import pytest

TEXTS = {
    "markup": "<img src=x onerror=alert(1)>",
    "attribute": "\"><script>alert(1)</script><a title='",
    "entity": "&lt;b&gt; &amp;amp; &#60;",
    "template": "{{token}} {{>head}} {{/rows}}",
    "shell": "o'brien $(id) `id` \\ !! \"x\"",
    "arabic": "تقرير المبيعات الليلي",
    "emoji": "\U0001f680 deploy \U0001f469\u200d\U0001f4bb",
    "wide": "W" * 100,
}
each_text = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
# A user name has no characters that cannot be seen, such as emoji's joiner.
NAMES = {name: text.replace("\u200d", "") for name, text in TEXTS.items()}
each_name = pytest.mark.parametrize("text", NAMES.values(), ids=NAMES.keys())


def content(person, css):
    return person.find(css).get_attribute("textContent")


def assert_only_text(person):
    """Nothing in the page but what the templates have."""
    assert person.find_all("main img, main script, main [onerror],"
                           " main [title]:not(time)") == []
    assert len(person.find_all("main")) == 1
    text = TEXTS["template"].replace(">", "&gt;")
    assert "{{" not in person.run(
        "return document.documentElement.innerHTML.replaceAll(arguments[0], '')"
        ".replaceAll(arguments[1], '')", text, text.replace("&", "&amp;"))  # within XML


@each_text
def test_a_label_stays_text_on_every_page(person, site, text):
    person.expect("status of 409")
    person.sign_in()
    token = person.create(text)
    assert content(person, ".hero dd > bdi") == text
    assert_only_text(person)

    person.press("Done").sees("Tokens")
    assert content(person, ".tokens tbody th bdi") == text
    assert_only_text(person)

    person.ask_to_revoke().sees(f"Revoke {text}?")
    assert content(person, "dialog[open] b bdi") == text
    assert_only_text(person)
    person.cancel().ask_to("rename").sees(f"Rename {text}")
    assert person.find("#new-label").get_attribute("value") == text
    person.cancel().ask_to("rotate").sees(f"Rotate {text}?")
    assert_only_text(person)
    person.cancel().tick(text)
    person.run("document.querySelector('[name=id]').checked = true")

    person.open("/tokens/create").paste("label", text).press("Create")
    assert "already have" in person.read("#label-fault")
    assert person.find("#label").get_attribute("value") == text
    assert_only_text(person)
    assert site.check("alice", token).status == 200


@each_name
def test_a_user_name_stays_text_on_every_page(person, site, text):
    person.expect("status of 404")
    site.add_user(text, "secret")
    person.sign_in(text, "secret")
    token = person.create("mine")
    assert content(person, "#user") == text
    assert site.check(text, token).status == 200
    for path in ("/tokens/create", "/tokens/", "/tokens/connect", "/tokens/0/revoke"):
        person.open(path)
        assert content(person, ".who bdi") == text
        assert_only_text(person)


@pytest.mark.parametrize("name", ["shell", "attribute", "emoji"])
def test_the_curl_recipe_works_as_it_is_copied(person, site, name):
    """In a real shell, in the very words of the page that shows the token."""
    text = NAMES[name]
    site.add_user(text, "secret")
    person.sign_in(text, "secret")
    person.create("mine")
    recipe = content(person, "#recipe-curl .code:nth-of-type(4) pre")
    assert recipe.endswith(person.origin + "/")
    done = subprocess.run(["bash", "-c", recipe + "files/hello.txt"], timeout=60,
                          capture_output=True, check=False)
    assert done.stdout.startswith(b"HTTP/1.1 200 ") and done.returncode == 0
    assert done.stdout.endswith(b"hello\n")
