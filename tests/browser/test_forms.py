# SPDX-License-Identifier: Apache-2.0
"""What the pages say when something typed cannot be taken, and at the limit: a
page with script says it at once, the server says it of what came all the same."""

import pytest

from person import switch_script_off

DAY = "2099-12-31"


def value(person, field):
    return person.find("#" + field).get_attribute("value")


def described(person, field):
    """What a screen reader adds to a field, and whether it is called wrong."""
    element = person.find("#" + field)
    ids = element.get_attribute("aria-describedby").split()
    return (" ".join(person.read("#" + i) for i in ids),
            element.get_attribute("aria-invalid"))


def gap_below(person, field, message):
    box = person.find("#" + field).rect
    return person.find("#" + message).rect["y"] - box["y"] - box["height"]


def send_in_vain(person):
    """A form that the page itself holds back: nothing leaves it."""
    person.run("window.isHere = true")
    person.press_in_place("Create")
    assert person.run("return window.isHere && !document.forms[0].dataset.sent")
    return person


def assert_fault(person, field, begins):
    """Said beside its field, to all who read or listen, and nowhere else."""
    fault = f"{field}-fault"
    assert begins in person.read("#" + fault)
    assert 0 <= gap_below(person, field, fault) < 80
    words, invalid = described(person, field)
    assert begins in words and invalid == "true"
    assert len(person.find_all("[aria-invalid]")) == 1


@pytest.mark.parametrize("has_script", [True, False])
def test_the_form_asks_for_a_label_before_it_is_sent(person, site, has_script):
    if not has_script:
        switch_script_off(person)
    person.sign_in()
    send_in_vain(person.open("/tokens/create"))
    assert person.find_all("#label:invalid")
    person.focuses("#label")
    if has_script:
        assert_fault(person, "label", "Enter a label")
        person.find("#label").send_keys("x")
        assert person.read("#label-fault") == ""
        assert person.find_all("[aria-invalid]") == []
    assert site.sql("SELECT count(*) FROM jiratoken") == [(0,)]


@pytest.mark.parametrize("send", [send_in_vain, lambda person: person.send_unchecked()],
                         ids=["page", "server"])
@pytest.mark.parametrize("label, begins", [("   ", "Enter a label"),
                                           ("x" * 101, "Shorten the label")])
def test_a_label_that_cannot_be_is_explained_beside_the_field(person, site, send, label,
                                                              begins):
    person.expect("status of 400")
    person.sign_in()
    person.open("/tokens/create").type("label", label).choose_day(DAY)
    send(person)
    assert_fault(person, "label", begins)
    person.focuses("#label")
    assert (value(person, "label"), value(person, "expires")) == (label, DAY)
    assert site.sql("SELECT count(*) FROM jiratoken") == [(0,)]


@pytest.mark.parametrize("send", [send_in_vain, lambda person: person.send_unchecked()],
                         ids=["page", "server"])
@pytest.mark.parametrize("day, begins", [("2020-02-29", "in UTC) or later"),
                                         ("2099-12-31", "or earlier. Tokens here last"),
                                         ("", "Choose an expiry date")])
def test_a_day_that_cannot_be_is_explained_beside_the_field(person, site, send, day,
                                                            begins):
    site.settings += "JiraTokenMaxLifetime 90\n"
    site.restart()
    person.expect("status of 400")
    person.sign_in()
    person.open("/tokens/create").type("label", "late")
    person.find("#expires").clear()
    if day:
        person.choose_day(day)
    send(person)
    assert_fault(person, "expires", begins)
    person.focuses("#expires")
    assert (value(person, "label"), value(person, "expires")) == ("late", day)
    assert site.sql("SELECT count(*) FROM jiratoken") == [(0,)]


def test_a_day_that_is_over_is_told_before_anything_is_pressed(person):
    """And taken back as soon as it is mended."""
    person.sign_in()
    person.open("/tokens/create").choose_day("2020-02-29")
    assert_fault(person, "expires", "in UTC) or later")
    person.find("#expires").clear()
    person.choose_day(DAY)
    assert person.read("#expires-fault") == ""
    assert person.find_all("[aria-invalid]") == []


def test_a_label_in_use_is_explained_and_kept(person, site):
    person.expect("status of 409")
    person.sign_in()
    person.create("same")
    person.open("/tokens/create").type("label", " same ").choose_day(DAY)
    person.press("Create")
    assert "You already have a token with this label" in person.read("#label-fault")
    assert (value(person, "label"), value(person, "expires")) == (" same ", DAY)
    assert site.sql("SELECT count(*) FROM jiratoken") == [(1,)]
    person.type("label", "another").press("Create").read_token()


def test_a_required_expiry_has_its_last_day_in_the_form(person, site):
    site.settings += "JiraTokenMaxLifetime 90\nJiraTokenDefaultLifetime 30\n"
    site.restart()
    person.sign_in()
    person.open("/tokens/create").sees("Create token")
    last = person.find("#expires").get_attribute("max")
    assert f"The latest possible day is {last}." in described(person, "expires")[0]
    proposed = value(person, "expires")
    person.type("label", "bounded").press("Create").read_token()
    assert proposed in person.text()


def test_at_the_limit_the_list_says_so_and_offers_no_creation(person, site):
    site.settings += "JiraTokenMax 2\n"
    site.restart()
    person.sign_in()
    person.create("first")
    person.open("/tokens/").sees("Tokens").control("Create token")
    person.create("second")
    person.press("Done").sees("Tokens")
    assert "2 of 2 tokens" in person.text()
    assert "You've reached the limit of" in person.read(".note.warn")
    assert person.find_all("main a[href$=create]") == []
    button = person.control("Create token")
    assert not button.is_enabled()
    limit = person.find("#" + button.get_attribute("aria-describedby"))
    assert limit.text == ("You've reached the limit of 2 tokens. To create another,"
                          " revoke one you no longer need.")

    person.open("/tokens/create")
    assert "You've reached the limit of 2 tokens." in person.read("[role=alert]")
    assert person.find_all("form") == []
    person.press("Back to the list").sees("Tokens")
    person.ask_to_revoke().press("Revoke").sees("Tokens")
    assert person.control("Create token").tag_name == "a"
    assert site.sql("SELECT count(*) FROM jiratoken") == [(1,)]


def test_what_was_typed_is_kept_when_the_limit_was_reached_meanwhile(person, site):
    person.expect("status of 409")
    site.settings += "JiraTokenMax 1\n"
    site.restart()
    person.sign_in()
    person.open("/tokens/create").type("label", "second")
    site.sql("INSERT INTO jiratoken (user_name, slot, label, digest)"
             " VALUES ('alice', 0, 'first', 'x')")
    person.press("Create")
    assert "You've reached the limit of 1 token." in person.read("[role=alert]")
    assert value(person, "label") == "second"
    person.press("Cancel").sees("Tokens")
