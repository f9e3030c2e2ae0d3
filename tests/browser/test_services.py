# SPDX-License-Identifier: Apache-2.0
"""The addresses of the examples: a choice where JiraTokenServiceURL names several, and
the browser's own address of this server where it names none."""

import pytest

from person import switch_script_off

FILES = "https://files.example.com:8443/a"
SERVICES = f"""
<Location "/tokens">
    JiraTokenServiceURL https://jira.example.com/ "Jira"
    JiraTokenServiceURL https://git.example.com/x/project.git "Code"
    JiraTokenServiceURL {FILES} "Files <b>&"
</Location>
"""


@pytest.fixture
def several(site, person):
    """A person at a site with three services."""
    site.settings += SERVICES
    site.restart()
    return person.sign_in()


def blocks(person, name):
    return [e.get_attribute("textContent")
            for e in person.find_all(f"#recipe-{name} pre")]


def choose(person, title):
    [option] = [e for e in person.find_all("#service option") if e.text == title]
    option.click()


def assert_chosen(person, url, machine, git):
    assert person.find("#looker-address").get_attribute("textContent") == url
    asks, netrc, uses, _ = blocks(person, "curl")
    assert asks.endswith(" " + url) and uses == "curl -i -n " + url
    assert netrc.startswith(f"machine {machine}\n")
    assert f'"{url}"' in blocks(person, "python")[0]
    assert blocks(person, "git")[0] == f"git clone {git}"


@pytest.mark.parametrize("page", ["connect", "shown"])
def test_the_examples_follow_the_chosen_address(several, page):
    if page == "connect":
        several.open("/tokens/connect").sees("Connect")
    else:
        several.create("mine")
    git = "https://alice@git.example.com/x/project.git"
    assert_chosen(several, "https://jira.example.com/", "jira.example.com", git)
    choose(several, "Files <b>&")
    assert_chosen(several, FILES, "files.example.com", git)
    assert blocks(several, "svn")[0].endswith(f" {FILES}/PATH")
    assert "@files.example.com:8443/a/ " in blocks(several, "pip")[0]
    choose(several, "Jira")
    assert_chosen(several, "https://jira.example.com/", "jira.example.com", git)
    assert several.find("#service").accessible_name == "Show examples for"
    assert not several.find(".recipes .noscript").is_displayed()


def test_the_examples_say_what_is_chosen_after_the_way_back(several):
    several.open("/tokens/connect").sees("Connect")
    choose(several, "Files <b>&")
    several.open("/tokens/").sees("Tokens").leave(several.driver.back)
    chosen = several.run("return service.selectedOptions[0].dataset.url")
    assert several.find("#address").get_attribute("textContent") == chosen


def test_without_a_script_the_other_addresses_are_listed(site, person):
    site.settings += SERVICES
    site.restart()
    switch_script_off(person)
    person.sign_in().open("/tokens/connect").sees("Connect")
    assert not person.find("#service").is_displayed()
    assert person.read("#address") == "https://jira.example.com/"
    assert person.read(".recipes .noscript").splitlines()[1:] == [
        "Code: https://git.example.com/x/project.git", f"Files <b>&: {FILES}"]


def test_the_browser_knows_the_address_of_this_server_best(site, person):
    """The server has a canonical name, by which nobody has asked."""
    site.settings += "ServerName other.example:80\nUseCanonicalName On\n"
    site.restart()
    host = person.origin
    person.sign_in().open("/tokens/connect").sees("Connect")
    assert person.read("#address") == host + "/"
    assert blocks(person, "curl")[1].startswith("machine 127.0.0.1\n")
    assert blocks(person, "git")[0].startswith(
        f"git clone {host.replace('//', '//alice@')}/PATH/")
