# SPDX-License-Identifier: Apache-2.0
"""The page that shows a token: nothing leads away from it by accident, everything on
it can be copied, and it says when the token ends where the person lives."""

import datetime
import json
import zoneinfo

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

import chromium
from person import Person, switch_script_off
from server import TOKEN

RECIPES = ("looker", "tableau", "powerbi", "curl", "git", "python", "jira", "jira-js",
           "powershell", "java", "dotnet", "go", "maven", "gradle", "npm", "pip",
           "rclone", "svn", "davfs2", "windows", "header", "ci")


def opened(person):
    return [e.get_attribute("id").removeprefix("recipe-")
            for e in person.find_all("details[open]")]


def open_all(person):
    person.run("document.querySelectorAll('details').forEach("
               "e => { e.removeAttribute('name'); e.open = true; })")


# ---- nothing leads away

def test_all_recipes_are_on_the_page_and_no_link_but_done(person):
    person.sign_in()
    person.create("here")
    assert [e.get_attribute("id").removeprefix("recipe-")
            for e in person.find_all("details")] == list(RECIPES)
    assert [a.text for a in person.find_all("main a")] == ["Done"]


@pytest.mark.parametrize("page", ["shown", "connect"])
def test_one_recipe_is_open_and_another_takes_its_place(person, page):
    person.sign_in()
    if page == "shown":
        person.create("here")
    else:
        person.open("/tokens/connect").sees("Connect")
    assert opened(person) == ["looker"]
    person.find("#recipe-curl summary").click()
    assert opened(person) == ["curl"]
    assert person.find("#recipe-curl pre").is_displayed()


@pytest.fixture(scope="module")
def logging_driver():
    """A browser that remembers what it asked people. Its driver says yes to each
    question whether to leave, at once."""
    with chromium.start("performance") as started:
        yield started


@pytest.fixture
def asked_person(logging_driver, site):
    chromium.open_empty_tab(logging_driver)
    person = Person(logging_driver, site)
    person.sign_in()
    person.create("asked about")
    questions(person)
    return person


def questions(person):
    """Those that the browser has asked since this was last called."""
    said = [json.loads(entry["message"])["message"]
            for entry in person.driver.get_log("performance")]
    return [one["params"]["type"] for one in said
            if one["method"] == "Page.javascriptDialogOpening"]


LEAVE = {
    "done": lambda person: person.press("Done"),
    "menu": lambda person: person.leave(person.find("nav a[href$=connect]").click),
    "reload": lambda person: person.leave(person.driver.refresh),
    "back": lambda person: person.leave(person.driver.back),
}


@pytest.mark.parametrize("way", LEAVE)
def test_who_leaves_without_the_token_is_asked_first(asked_person, way):
    LEAVE[way](asked_person)
    assert questions(asked_person) == ["beforeunload"]


@pytest.mark.parametrize("way", LEAVE)
def test_who_has_copied_it_is_not_asked(asked_person, way):
    asked_person.copy("[data-copy=token]")
    LEAVE[way](asked_person)
    assert questions(asked_person) == []


@pytest.mark.parametrize("way", LEAVE)
def test_who_has_copied_something_else_is_asked(asked_person, way):
    asked_person.copy("[data-copy=user]")
    LEAVE[way](asked_person)
    assert questions(asked_person) == ["beforeunload"]


def test_who_copies_by_keyboard_is_not_asked(asked_person):
    asked_person.find("#token").click()     # which selects it all
    ActionChains(asked_person.driver).key_down(Keys.CONTROL).send_keys("c") \
        .key_up(Keys.CONTROL).perform()
    asked_person.press("Done")
    assert questions(asked_person) == []


def test_no_other_page_asks(asked_person):
    asked_person.press("Done").sees("Tokens")
    assert questions(asked_person) == ["beforeunload"]
    asked_person.open("/tokens/create").type("label", "half").cancel()
    asked_person.open("/tokens/connect").open("/tokens/")
    assert questions(asked_person) == []


# ---- the token is what the page is about

def test_the_token_is_the_largest_text_beside_the_heading(person):
    person.sign_in()
    person.create("hero")
    sizes = person.run("return Array.from(document.querySelectorAll('main *'))"
                       ".filter(e => e.checkVisibility() && e.matches('.card *'))"
                       ".map(e => [parseFloat(getComputedStyle(e).fontSize), e.id])")
    largest = max(size for size, _ in sizes)
    assert {name for size, name in sizes if size == largest} == {"token", "copy-token"}
    box, card = (person.find(css).rect for css in ("#token", ".hero"))
    button = person.find("#copy-token")
    assert box["width"] + button.rect["width"] > 0.9 * card["width"]
    assert "primary" in button.get_attribute("class")
    assert "primary" not in person.control("Done").get_attribute("class")
    assert person.find(".hero .note.warn").is_displayed()


def test_copied_is_said_in_the_button_and_taken_back(person):
    person.sign_in()
    person.create("said")
    button = person.find("#copy-token")
    width = button.rect["width"]
    person.copy("#copy-token")
    person.wait(lambda: person.said("button") == ["Copied", "Copy"], "still Copied")
    assert person.said("status") == ["Copied", ""]
    assert button.rect["width"] == width
    assert button.accessible_name == "Copy Token"


# ---- everything can be copied

READ = """
var answer = arguments[0];
navigator.clipboard.readText().then(answer, function (e) { answer(String(e)); });
"""
PAIRS = """
function text(button) {
    var of = button.dataset.copy;
    return of ? document.getElementById(of).textContent
        : button.closest(".code").querySelector("pre").textContent;
}
return Array.from(document.querySelectorAll("main .button.script, .code .button"))
    .map(function (button) { return [button, text(button), button.closest("dd, .code")]; });
"""


def assert_all_can_be_copied(person):
    person.tell("Browser.grantPermissions", origin=person.origin,
                permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    open_all(person)
    buttons = person.run(PAIRS)
    for button, text, _ in buttons:
        assert text
        button.click()
        person.wait(lambda wanted=text: person.driver.execute_async_script(READ) == wanted,
                    f"{text!r} is not copied")
    copied = len(person.find_all(".copied")) + len(person.find_all(".code"))
    assert len(buttons) == copied >= 40


def test_each_value_and_each_example_has_its_copy(person):
    person.sign_in()
    token = person.create("copied")
    assert_all_can_be_copied(person)
    assert person.read("#looker-password") == token
    person.open("/tokens/connect").sees("Connect")
    assert_all_can_be_copied(person)


def test_each_copy_button_says_what_it_copies(person):
    person.sign_in()
    person.create("named")
    open_all(person)
    names = [button.accessible_name for button, _, _ in person.run(PAIRS)]
    assert all(name.startswith("Copy ") and len(name) > 5 for name in names)
    for words in ("Copy Token", "Copy User name", "Copy Address", "Copy curl", "Copy git"):
        assert words in names


# ---- when it ends

def spoken(zone):
    """The end of 2099-07-14 in UTC, as somebody there says it in English."""
    end = datetime.datetime(2099, 7, 15, tzinfo=datetime.timezone.utc)
    there = end.astimezone(zoneinfo.ZoneInfo(zone))
    return there.strftime("%b %-d, %Y, %-I:%M %p")


def plain(text):
    return text.replace("\N{NARROW NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/London", "Asia/Kolkata"])
def test_the_end_is_told_in_local_time_too(person, zone):
    """London has the time of UTC in winter, and not when this token ends."""
    person.tell("Emulation.setTimezoneOverride", timezoneId=zone)
    person.sign_in()
    person.open_dialog().type("label", "local").choose_day("2099-07-14")
    words = f"({spoken(zone)} your time)"
    assert plain(person.read("#instant")) == f"Valid through 2099-07-14, 24:00 UTC {words}"
    person.press("Create").read_token()
    assert f"Valid through 2099-07-14, 24:00 UTC {words}" in plain(person.read(".hero"))
    person.press("Done").sees("Tokens")
    [row] = person.site.sql("SELECT id FROM jiratoken")
    person.open(f"/tokens/{row[0]}/revoke").sees("Revoke local?")
    assert words in plain(person.read(".facts"))


def test_utc_is_not_said_twice_where_it_is_the_local_time(person):
    person.tell("Emulation.setTimezoneOverride", timezoneId="UTC")
    person.sign_in()
    person.open_dialog().type("label", "local").choose_day("2099-07-14")
    assert person.read("#instant") == "Valid through 2099-07-14, 24:00 UTC"
    person.press("Create").read_token()
    assert "your time" not in person.text()


# ---- without script

def test_without_script_the_page_has_all_but_the_buttons(person):
    switch_script_off(person)
    person.sign_in()
    token = person.create("no script")
    assert TOKEN.fullmatch(token)
    person.find("#recipe-curl summary").click()
    assert token in person.read("#recipe-curl")
    assert not [e for e in person.find_all("main button") if e.is_displayed()]
