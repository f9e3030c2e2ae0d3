# SPDX-License-Identifier: Apache-2.0
"""build/words: a catalogue that is not as words.en wants it fails the build, by the
file and the key; and build/embed writes what it is given."""

import pathlib
import re

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
HTML = TOP / "mod_jiratoken/html"

EN = """\
# a comment
lang = en
dir = ltr

plain = Plain
days.one = one day
days = {{n}} days
rich = <b>{{a}}</b> {{#b}}[[plain]]{{/b}} of {{c}}
asks = at most {{>=days n}}
"""
DE = """\
lang = de
dir = ltr
plain = Schlicht
days.one = ein Tag
days = {{n}} Tage
rich = von {{c}}{{#b}} [[plain]]{{/b}} <b>{{a}}</b>
asks = höchstens {{>=days n}}
"""
AR = """\
lang = ar
dir = rtl
plain = p
days.zero = z
days.one = o
days.two = t
days.few = {{n}} f
days.many = {{n}} m
days = {{n}} d
rich = <b>{{a}}</b>{{#b}}[[plain]]{{/b}}{{c}}
asks = {{>=days n}}
"""
FR = EN.replace("lang = en", "lang = fr")
JA = FR.replace("lang = fr", "lang = ja").replace("days.one = one day\n", "")
PAGE = "<p>[[plain]] {{>=days n}} {{>*what n}}</p>\n"


class Web:
    """A folder of catalogues and a template, with the headers of the sources."""

    def __init__(self, folder, run):
        self.folder = folder
        self.run = run
        self.rows = {"en": "en", "de": "de"}
        self.files = {"words.en": EN, "words.de": DE, "page.html": PAGE}

    def add(self, tag, text, rule=None):
        self.rows[tag] = rule or tag
        self.files[f"words.{tag}"] = text

    def call(self, script, *more):
        rows = " \\\n".join(f'    ROW("{tag}", {rule})' for tag, rule in self.rows.items())
        header = self.folder / "jt_language.h"
        header.write_text(f"#define JT_LANGUAGE_ROWS(ROW) \\\n{rows}\n")
        for name, text in self.files.items():
            (self.folder / name).write_text(text)
        return self.run(TOP / "build" / script, HTML / "jt_plural.h", header,
                        *(self.folder / name for name in self.files), *more,
                        cwd="/", check=False)


@pytest.fixture
def web(tmp_path, run):
    return Web(tmp_path, run)


def test_good_catalogues_have_no_fault(web):
    web.add("ar", AR)
    web.add("fr", FR)
    web.add("ja", JA)
    done = web.call("words")
    assert (done.returncode, done.stdout) == (0, "")


def test_shipped_catalogues_have_no_fault(run):
    english = HTML / "web/words.en"
    others = sorted(set(HTML.glob("web/words.*")) - {english})
    done = run(TOP / "build/words", HTML / "jt_plural.h", HTML / "jt_language.h",
               english, *others,
               *sorted(HTML.glob("web/*.html")), cwd="/")
    assert done.stdout == ""


def test_every_catalogue_is_named_where_it_has_to_be():
    tags = {path.name.removeprefix("words.") for path in HTML.glob("web/words.*")}
    named = re.findall(r"web/words\.([\w-]+)", (TOP / "Makefile.am").read_text())
    rows = re.findall(r'ROW\("([\w-]+)", \w+\)', (HTML / "jt_language.h").read_text())
    assert set(named) == set(rows) == tags and len(tags) > 1
    assert named[0] == rows[0] == "en"


# What takes the place of what in which file, and what is said of it.
FAULTS = {
    "a text that is missing": (
        "words.de", "plain = Schlicht\n", "", "words.de: plain: no text"),
    "an empty text": ("words.de", "plain = Schlicht", "plain = ",
                      "words.de: line 3: not `key = text`"),
    "a line that is no text": ("words.de", "plain = ", "plain: ",
                               "words.de: line 3: not `key = text`"),
    "a text that English has not": ("words.de", "plain", "more = Mehr\nplain",
                                    "words.de: more: not in words.en"),
    "a text twice": ("words.de", "plain", "plain = Eben\nplain",
                     "words.de: plain: a second time"),
    "a form that is missing": ("words.de", "days.one = ein Tag\n", "",
                               "words.de: days.one: no text"),
    "a form that is missing in English": ("words.en", "days = {{n}} days\n", "",
                                          "words.en: days: no text"),
    "a form that the language has not": (
        "words.de", "days.one", "days.few = paar Tage\ndays.one",
        "words.de: days.few: the language has no such form"),
    "a form that no language has": ("words.de", "days.one", "days.ein",
                                    "words.de: days.ein: no plural form"),
    "a form of a text without forms": (
        "words.de", "plain", "plain.one = Eins\nplain",
        "words.de: plain.one: words.en has no forms of plain"),
    "a value that is missing": ("words.de", "von {{c}}", "von",
                                "words.de: rich: {{c}} is missing"),
    "a value of another name": (
        "words.de", "{{c}}", "{{d}}",
        "words.de: rich: {{d}} is not in the English text so often"),
    "a value twice": ("words.de", "{{c}}", "{{c}}{{c}}",
                      "words.de: rich: {{c}} is not in the English text so often"),
    "a section that is missing": ("words.de", "{{#b}} [[plain]]{{/b}}", "[[plain]]",
                                  "words.de: rich: {{#b}} is missing"),
    "a section that is inverted": ("words.de", "{{#b}}", "{{^b}}",
                                   "words.de: rich: {{^b}} is not in the English"),
    "markup that is missing": ("words.de", "<b>{{a}}</b>", "{{a}}",
                               "words.de: rich: <b> is missing"),
    "other markup": ("words.de", "<b>", "<i>", "words.de: rich: <i> is not in the"),
    "markup that English has not": ("words.de", "Schlicht", "<b>Schlicht</b>",
                                    "words.de: plain: <b> is not in the English"),
    "a text within it that is missing": ("words.de", "[[plain]]", "schlicht",
                                         "words.de: rich: [[plain]] is missing"),
    "a form without its number": ("words.de", "{{n}} Tage", "Tage",
                                  "words.de: days: {{n}} is missing"),
    "a form with another value": ("words.de", "ein Tag", "{{m}} Tag",
                                  "words.de: days.one: {{m}} is not in the English"),
    "another language's tag": ("words.de", "lang = de", "lang = en",
                               "words.de: lang: not de"),
    "no direction": ("words.de", "dir = ltr\n", "", "words.de: dir: not ltr or rtl"),
    "a direction that is none": ("words.de", "dir = ltr", "dir = up",
                                 "words.de: dir: not ltr or rtl"),
    "a template that asks for what is not there": (
        "page.html", "[[plain]]", "[[plane]]",
        "page.html: asks for plane, which is not in words.en"),
    "a template that asks for a form of what is not there": (
        "page.html", "{{>=days n}}", "{{>=daze n}}",
        "page.html: asks for daze, which is not in words.en"),
    "a template that asks for no form": (
        "page.html", "{{>=days n}}", "[[days]]",
        "page.html: asks for days without a number"),
    "a template that asks for a form of a text without": (
        "page.html", "[[plain]]", "{{>=plain n}}",
        "page.html: asks for a form of plain, which has none"),
    "a text that asks for no form": ("words.en", "{{>=days n}}", "[[days]]",
                                     "words.en: asks: asks for days without a number"),
}


@pytest.mark.parametrize("script", ["words", "embed"])
@pytest.mark.parametrize("name", FAULTS)
def test_fault_ends_the_build_by_its_file_and_key(web, name, script):
    file, old, new, said = FAULTS[name]
    assert old in web.files[file]
    web.files[file] = web.files[file].replace(old, new, 1)
    done = web.call(script)
    assert done.returncode == 1
    assert any(line.startswith(said) for line in done.stdout.splitlines()), done.stdout


def test_all_faults_are_said_at_once(web):
    web.files["words.de"] = DE.replace("plain = Schlicht\n", "").replace("ein", "{{x}}")
    said = web.call("words").stdout.splitlines()
    assert len(said) == 2


def test_form_that_a_catalogue_may_leave_out_may_be_there(web):
    web.add("fr", FR.replace("days =", "days.many = {{n}} de jours\ndays ="))
    assert web.call("words").returncode == 0
    web.add("de", DE.replace("days =", "days.many = {{n}} Tage\ndays ="))
    assert web.call("words").returncode == 1


def test_catalogue_and_row_need_each_other(web):
    web.files["words.fr"] = FR
    said = web.call("words").stdout
    assert said.startswith("words.fr: no row for it in JT_LANGUAGE_ROWS")
    del web.files["words.fr"]
    web.rows["fr"] = "fr"
    assert web.call("words").stdout.startswith("jt_language.h: fr: no words.fr")


def test_row_has_a_rule_that_there_is(web):
    web.add("de", DE, "deutsch")
    assert web.call("words").stdout.startswith("words.de: no rule deutsch")


def test_text_that_stands_in_itself_ends_the_build(web):
    for name in ("words.en", "words.de"):
        web.files[name] += "round = [[round]]\n"
    done = web.call("embed")
    assert done.returncode == 1 and "round: has no end" in done.stdout


def embedded(said):
    """{name: text} of what build/embed has written."""
    numbers = said.split("bytes[] = {")[1].split("};")[0]
    data = bytes(int(byte, 16) for byte in re.findall(r"0x..", numbers))
    rows = re.findall(r'\{ "([^"]+)", TEXT\((\d+)\), (\d+), "\d+" \}', said)
    assert all(data[int(at) + int(length)] == 0 for _, at, length in rows)
    return {name: data[int(at):int(at) + int(length)].decode()
            for name, at, length in rows}


def test_what_is_embedded_is_what_the_files_say(web, tmp_path):
    web.add("ar", AR)
    (tmp_path / "plain.js").write_text("go();\n")
    files = embedded(web.call("embed", tmp_path / "plain.js").stdout)
    assert files.pop("plain.js") == "go();\n"
    assert files["en/page.html"] == "<p>Plain {{>=days n}} {{>*what n}}</p>"
    assert files["de/page.html"] == "<p>Schlicht {{>=days n}} {{>*what n}}</p>"
    assert files["de/rich.words"] == "von {{c}}{{#b}} Schlicht{{/b}} <b>{{a}}</b>"
    assert files["de/days.one.words"] == "ein Tag"
    assert files["ar/days.few.words"] == "{{n}} f"
    assert {name for name in files if "days" in name and name < "en"} == {
        "ar/days.zero.words", "ar/days.one.words", "ar/days.two.words",
        "ar/days.few.words", "ar/days.many.words", "ar/days.words",
        "de/days.one.words", "de/days.words"}
