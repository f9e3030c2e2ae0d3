# SPDX-License-Identifier: Apache-2.0
"""Every page in every state, in every language that the pages have: nothing scrolls or
sticks out to the side, no word is missing, and the page says which language it is in and
in which direction that is written."""

import pathlib
import re

import pytest

from sight import RULES, faults
from states import STATES, prepare

TOP = pathlib.Path(__file__).parents[2]
PICTURES = pathlib.Path(__file__).parent / "screenshots"
LANGUAGES = sorted(path.name.removeprefix("words.") for path in
                   (TOP / "mod_jiratoken/html/web").glob("words.*"))
WIDTHS = (1280, 1241, 640, 320)

LEFT_OUT = """
return (document.documentElement.outerHTML.match(/.{0,40}(\\[\\[|\\{\\{|\\}\\}|\\]\\]).{0,40}/g)
    || []);
"""
EMPTY = """
return Array.from(document.querySelectorAll("main h1, main h2, main h3, main summary,"
    + " main label, main .button, main th, main dt, main option, dialog h2, nav a"))
    .filter(function (e) {
        return e.checkVisibility() && !e.textContent.trim()
            && !e.querySelector("input[aria-label], input[aria-labelledby]");
    }).map(function (e) { return e.outerHTML; });
"""
# Paths and names that begin with a sign, which a line from right to left puts last.
TURNED = """
var all = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) {
    if (/(^|\\s)[~.\\/]+[a-zA-Z]/.test(walk.currentNode.data)
        && getComputedStyle(walk.currentNode.parentElement).direction !== "ltr") {
        all.push(walk.currentNode.data);
    }
}
return all;
"""
WORDS = {"is left out": LEFT_OUT, "is empty": EMPTY, "is turned": TURNED}


def speak(person, tag):
    """What the browser asks for, from now on."""
    person.tell("Network.enable")
    person.tell("Network.setExtraHTTPHeaders", headers={"Accept-Language": f"{tag},en;q=0.5"})


def word(tag, key):
    text = (TOP / "mod_jiratoken/html/web" / f"words.{tag}").read_text()
    return re.search(rf"(?m)^{key} = (.*)$", text)[1]


def test_there_are_eight():
    assert LANGUAGES == ["ar", "de", "en", "es", "fr", "ja", "pt-BR", "zh-CN"]


@pytest.mark.parametrize("tag", LANGUAGES)
def test_every_page_is_whole_in_every_language(person, site, tag):
    prepare(person)
    speak(person, tag)
    person.prefer(prefers_color_scheme="light")
    there = [state for state in STATES if state.is_there(has_script=True)]
    found = []
    for number, state in enumerate(there):
        person.resize(1280, 800)
        state.show(person, site, "dana")
        person.settle()
        where = f"{tag}-{number:02}-{state.name}"
        root = person.find("html")
        assert root.get_attribute("lang") == tag, where
        assert root.get_attribute("dir") == ("rtl" if tag == "ar" else "ltr"), where
        found += faults(person, where, WORDS)
        for width in WIDTHS:
            person.resize(width, 800)
            found += faults(person, f"{where} at {width}", RULES)
            if width in (1280, 320):
                person.photograph(PICTURES / f"{where}-{width}.png",
                                  whole=not person.is_asked())
    assert not found, "\n".join(found)


@pytest.mark.parametrize("tag", LANGUAGES)
def test_what_the_script_says_is_in_the_pages_language(person, tag):
    person.sign_in()
    speak(person, tag)
    person.tell("Emulation.setTimezoneOverride", timezoneId="Asia/Tokyo")
    person.open("/tokens/").ask(person.find("[data-opens=create]"))
    person.find("dialog[open] [type=submit]").click()
    assert person.read("#label-fault") == word(tag, "label-empty")
    person.type("label", "here").choose_day("2099-07-14")
    local = person.find("#instant").get_attribute("textContent")
    before, after = word(tag, "your-time").split("%")
    assert word(tag, "will-be-valid").replace("%", "2099-07-14") in local
    assert before in local and after in local and "2099" in local
    person.submit().copy("#copy-token")
    assert person.said("button")[0] == word(tag, "copied")


def test_a_path_that_is_turned_is_seen(person):
    person.sign_in()
    speak(person, "ar")
    person.open("/tokens/connect").find("#recipe-dotnet")
    assert person.run(TURNED) == []
    for text in (".NET", "استخدام ~/.netrc"):
        person.run("document.querySelector('h1').textContent = arguments[0]", text)
        assert person.run(TURNED) == [text]
