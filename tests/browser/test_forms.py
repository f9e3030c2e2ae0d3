# SPDX-License-Identifier: Apache-2.0
"""What the pages say when something typed cannot be taken, and at the limit."""

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


def test_the_form_asks_for_a_label_before_it_is_sent(person, site):
    person.sign_in()
    person.open("/tokens/create").control("Create").click()
    assert person.find_all("#label:invalid")
    assert person.driver.switch_to.active_element == person.find("#label")
    assert site.sql("SELECT count(*) FROM jiratoken") == [(0,)]


def test_a_label_of_spaces_is_explained_beside_the_field(person, site):
    person.expect("status of 400")
    person.sign_in()
    person.open("/tokens/create").type("label", "   ").choose_day(DAY).press("Create")
    assert person.read("#label-fault").startswith("Give the token a label")
    assert 0 <= gap_below(person, "label", "label-fault") < 80
    words, invalid = described(person, "label")
    assert "Give the token a label" in words and invalid == "true"
    assert (value(person, "label"), value(person, "expires")) == ("   ", DAY)
    assert described(person, "expires")[1] is None
    assert site.sql("SELECT count(*) FROM jiratoken") == [(0,)]


def test_a_day_that_is_over_is_explained_beside_the_field(person):
    person.expect("status of 400")
    person.sign_in()
    person.open("/tokens/create").type("label", "late").choose_day("2020-02-29")
    person.control("Create").click()
    assert person.find_all("#expires:invalid")  # the browser holds it back
    person.run("document.forms[0].noValidate = true")
    person.press("Create")
    assert "or a later day" in person.read("#expires-fault")
    assert 0 <= gap_below(person, "expires", "expires-fault") < 80
    assert described(person, "expires")[1] == "true"
    assert (value(person, "label"), value(person, "expires")) == ("late", "2020-02-29")


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
    assert f"The last day possible is {last}." in described(person, "expires")[0]
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
    assert "as many tokens as you may have" in person.read(".note.warn")
    assert person.find_all("main a[href$=create]") == []

    person.open("/tokens/create")
    assert "You have 2 of 2 tokens." in person.read("[role=alert]")
    assert person.find_all("form") == []
    person.press("Back to the list").sees("Tokens")
    person.ask_to_revoke().press("Revoke").sees("Tokens")
    assert person.control("Create token")
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
    assert "You have 1 of 1 tokens." in person.read("[role=alert]")
    assert value(person, "label") == "second"
    person.press("Cancel").sees("Tokens")
