# SPDX-License-Identifier: Apache-2.0
"""A catalogue has every word of the pages, web/words.en and its translations: no
template and no script says anything by itself, each text is used, and each is what
the place that it goes to can take. That the translations have the same texts in
their own forms is build/words's, see tests/tree/test_words.py."""

import html.parser
import re

import pytest

from server import TOP

pytestmark = pytest.mark.plain

WEB = TOP / "mod_jiratoken/html/web"
TEMPLATES = sorted(WEB.glob("*.html"))
SOURCES = sorted((TOP / "mod_jiratoken").rglob("*.c"))
# [[key]], and {{>=key number}}.
KEY = re.compile(r"(?:\[\[|\{\{>=)([a-z0-9-]+)(?:\]\]| [a-z_]+\}\})")
TAG = re.compile(r"\{\{([#^/>]?\*?)([a-z_]+)(?: [a-z_]+)?\}\}")
NUMBER = re.compile(r"\{\{>[*=][a-z0-9_-]+ ([a-z_]+)\}\}")
# Names of programs and products, the same in every language, and words that people put
# their own in place of.
NAMES = {"curl", "git", "Python", "PowerShell", "Subversion", "Tableau", "Java", "Go",
         "Maven", "Gradle", "npm", "pip", "Linux", "macOS", "Windows", "PATH", "REPOSITORY"}
FILES = re.compile(r"^(jira\.js|\.NET|pom\.xml|build\.gradle|[~/][a-z0-9./]+)$")
# The attributes whose values people see or hear.
SPOKEN = {"title", "alt", "placeholder", "label", "summary", "content", "aria-label",
          "aria-description", "aria-placeholder", "aria-roledescription",
          "aria-valuetext"}
# What `content` says to the browser alone, by the name beside it.
FOR_BROWSERS = {"viewport", "color-scheme", "referrer"}


def read_catalogue(path):
    """{key: text}"""
    lines = path.read_text().splitlines()
    pairs = [line.split(" = ", 1) for line in lines if line and line[0] != "#"]
    assert len(pairs) == len(dict(pairs)) > 100
    return dict(pairs)


CATALOGUES = {path.name.removeprefix("words."): read_catalogue(path)
              for path in sorted(WEB.glob("words.*"))}
CATALOGUE = CATALOGUES["en"]
KEYS = {key.split(".")[0] for key in CATALOGUE}


class Template(html.parser.HTMLParser):
    """The texts and the spoken attributes of a template, code left out."""

    def __init__(self, markup):
        super().__init__()
        self.texts = []         # what stands between the tags
        self.attributes = []    # (name, value), those that words may stand in
        self.code = 0
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.code += tag == "pre"
        if found.get("name") in FOR_BROWSERS:
            return
        self.attributes += [(name, value or "") for name, value in attrs
                            if name in SPOKEN or name.startswith("data-")]
        if tag in ("button", "input") and found.get("type") in ("submit", "button"):
            self.attributes.append(("value", found.get("value") or ""))

    def handle_endtag(self, tag):
        self.code -= tag == "pre"

    def handle_data(self, data):
        if not self.code:
            self.texts.append(data)


def own_words(text):
    """What is left of a text without the catalogue's texts and without values."""
    return re.findall(r"[^\W\d_]+", TAG.sub(" ", KEY.sub(" ", text)))


def says_something(name, value):
    """A data- attribute may also be one word that the script asks for."""
    if name.startswith("data-") and re.fullmatch(r"[a-z-]*", value):
        return False
    return bool(own_words(value))


def literals():
    """Every string of the C sources, comments left out."""
    text = "".join(path.read_text() for path in SOURCES)
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
    return set(re.findall(r'"((?:[^"\\]|\\.)*)"', text))


# ---- nobody else has words


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_template_has_no_words_of_its_own(path):
    template = Template(path.read_text())
    strangers = [word for text in template.texts if not FILES.match(text)
                 for word in own_words(text)]
    assert [word for word in strangers if word not in NAMES] == []
    assert [pair for pair in template.attributes if says_something(*pair)] == []


@pytest.mark.parametrize("markup", [
    "<p>Hello</p>", "<p>[[copy]] it</p>", "{{#a}}Hello{{/a}}", "{{label}}s", "<p>ж</p>",
    '<p title="Hello">x</p>', '<a aria-label="{{n}} days">[[copy]]</a>',
    '<p data-said="Copied">[[copy]]</p>', '<p data-said="not yet"></p>',
    '<input type="submit" value="Send">', '<img alt="token">',
    '<meta name="description" content="Tokens">', "<code>token</code>",
])
def test_rule_of_the_test_above_finds_words(markup):
    template = Template(markup)
    assert (any(own_words(text) for text in template.texts)
            or any(says_something(*pair) for pair in template.attributes))


@pytest.mark.parametrize("markup", [
    "<p>[[copy]]</p>", "{{#a}}{{b}}{{/a}}", '<a class="button primary" href="{{base}}x">',
    "<pre><code>git clone</code></pre>", '<p aria-label="[[copy]]"></p>',
    '<b data-opens="create" data-day=""></b>', "·, ? (2)",
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<p data-day="{{day}}" id="label" aria-labelledby="a b"></p>',
])
def test_rule_of_the_test_above_leaves_the_rest_alone(markup):
    template = Template(markup)
    assert not any(own_words(text) for text in template.texts)
    assert not any(says_something(*pair) for pair in template.attributes)


def test_script_has_no_words_of_its_own():
    """It takes them from the page. Words have a blank between letters, or are one
    with a capital; selectors, keywords and names are neither."""
    script = re.sub(r"//[^\n]*", "", (WEB / "app.js").read_text())
    texts = re.findall(r'"((?:[^"\\]|\\.)*)"', script)
    assert len(texts) > 20
    # The last is an Error that nobody is shown.
    others = {"use strict", "no clipboard"}
    words = [t for t in texts if re.search(r"[A-Za-z] +[A-Za-z]|^[A-Z][a-z]+$", t)]
    assert [t for t in words if t not in others and not re.search(r"^[.#]|\[", t)] == []


def test_style_sheet_has_no_words_of_its_own():
    style = re.sub(r"/\*.*?\*/", "", (WEB / "style.css").read_text(), flags=re.S)
    said = re.findall(r"(?<![-\w])content:\s*([^;]*);", style)
    assert said
    assert [text for text in said if own_words(re.sub(r"attr\([^)]*\)", "", text))] == []


def test_sources_that_fill_the_pages_have_keys_and_no_words():
    for name in ("html/jt_view.c", "html/jt_view_recipes.c", "pages/jt_page_create.c", "pages/jt_page_revoke.c",
                 "pages/jt_page_list.c", "http/jt_visit.c", "core/jt_order.c"):
        text = (TOP / "mod_jiratoken" / name).read_text()
        text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
        text = re.sub(r"ap_log_rerror\(.*?\);", " ", text, flags=re.S)
        strings = re.findall(r'"((?:[^"\\]|\\.)*)"', text)
        assert strings
        assert [s for s in strings if re.search(r"[A-Za-z] [A-Za-z]", s)] == [], name


# ---- every text has its place


def test_every_key_of_a_template_is_in_the_catalogue():
    used = {key for path in TEMPLATES for key in KEY.findall(path.read_text())}
    used |= {key for text in CATALOGUE.values() for key in KEY.findall(text)}
    assert len(used) > 50
    assert used - KEYS == set()


def test_every_text_of_the_catalogue_is_used():
    """In a template, in another text, or by its key in C."""
    used = {key for path in TEMPLATES for key in KEY.findall(path.read_text())}
    used |= {key for text in CATALOGUE.values() for key in KEY.findall(text)}
    assert KEYS - used - literals() == set()


def test_every_template_is_used():
    parts = {name for path in TEMPLATES for kind, name in TAG.findall(path.read_text())
             if kind == ">"}
    parts |= {name for text in CATALOGUE.values() for kind, name in TAG.findall(text)
              if kind == ">"}
    names = {path.stem for path in TEMPLATES}
    assert parts <= names
    assert names - parts - literals() == set()


# ---- every text fits its place


@pytest.mark.parametrize("language, key", [
    (language, key) for language, texts in CATALOGUES.items() for key in texts])
def test_text_is_markup_that_a_translator_can_copy(language, key):
    text = CATALOGUES[language][key]
    assert text == text.strip() or key == "the-end-of-day"
    opened = re.findall(r"<([^/>][^>]*)>", text)
    assert {tag.split()[0] for tag in opened} <= {"a", "b", "bdi", "code", "span"}
    for tag in {tag.split()[0] for tag in opened}:
        assert len(re.findall(rf"<{tag}[ >]", text)) == text.count(f"</{tag}>")
    # What a user wrote stands in <bdi>, in whatever sentence.
    for name in ("user", "label", "from"):
        value = "{{" + name + "}}"
        assert text.count(value) == text.count(f"<bdi>{value}</bdi>")
    kinds = TAG.findall(text)
    assert ([name for kind, name in kinds if kind in ("#", "^")]
            == [name for kind, name in kinds if kind == "/"])


def test_text_for_an_attribute_is_plain():
    """It has no markup and no quotation mark, in templates that quote it."""
    found = set()
    for path in TEMPLATES:
        for value in re.findall(r'="([^"]*)"', path.read_text()):
            found |= set(KEY.findall(value))
    assert len(found) >= 10
    found |= {key for text in map(CATALOGUE.get, found) for key in KEY.findall(text)}
    for language, texts in CATALOGUES.items():
        assert [key for key, text in texts.items()
                if key.split(".")[0] in found
                and re.search(r"[<>\"]", re.sub(r"\{\{[^}]*\}\}", "", text))] == [], language


def test_value_of_a_text_is_one_that_the_program_gives():
    """One that nobody sets would leave a hole in the sentence."""
    values = {name for text in CATALOGUE.values() for _, name in TAG.findall(text)}
    asked = [path.read_text() for path in TEMPLATES] + list(CATALOGUE.values())
    values |= {name for text in asked for name in NUMBER.findall(text)}
    assert len(values) > 10
    assert values - literals() == set()
