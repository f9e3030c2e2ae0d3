# SPDX-License-Identifier: Apache-2.0
"""Every page in every state, in the order in which one person meets them: each
starts from what the one before has left. None of them reads a word of the pages, so
that they are walked in any language; and each is there with script and without,
unless it says otherwise."""

import secrets
import time

DAY = 86400
MOST = 25       # tokens, for each user
LONG_USER = "maximiliane.hohenzollern-" * 4 + "@example.com"
SETTINGS = f"""
JiraTokenMax {MOST}
JiraTokenPrefix abcdefghijklmno0
JiraTokenMaxIdle 300
<Location "/tokens">
    JiraTokenHomeURL /open/hello.txt
    JiraTokenSignOutURL /open/hello.txt
    JiraTokenServiceURL https://jira.example.com/rest/api/2/search "Jira"
    JiraTokenServiceURL https://git.example.com/very/long/path/to/a/project.git "Git"
    JiraTokenServiceURL https://files.example.com:8443/svn/trunk "Files <b>&"
</Location>
<Location "/open">
    JiraTokenArea open "Public files of the whole department"
</Location>
<Location "/chain">
    JiraTokenArea chain "Chain"
</Location>
"""
LIMITS = "read areas=open,chain from=192.0.2.0/24,2001:db8:85a3:8d3:1319:8a2e:370:7348/128"


class State:
    """needs_script: True or False; None, both."""

    def __init__(self, show, needs_script):
        self.show = show
        self.needs_script = needs_script
        self.name = show.__name__

    def is_there(self, has_script):
        return self.needs_script in (None, has_script)


STATES = []


def state(function):
    STATES.append(State(function, None))
    return function


def with_script(function):
    STATES.append(State(function, True))
    return function


def prepare(person, user="dana"):
    """A site that has all of them, and somebody who has signed in there."""
    site = person.site
    site.settings += SETTINGS
    site.restart()
    person.expect("status of 4(00|03|04|09)")
    site.expect("token pages without a signed-in user")
    site.add_user(user, "secret")
    person.sign_in(user, "secret")


# ---- what the tables hold

def add_row(site, user, label, created=None, expires=None, used=None, **more):
    """A row as time would have made it: days from now, None for an old row."""
    def at(days):
        return None if days is None else int(time.time() + days * DAY)
    if expires is not None:     # ends with its day
        expires = int(time.time() // DAY + expires + 1) * DAY
    site.insert(label, user, created_at=at(created), expires_at=expires,
                last_used_at=at(used), last_used_from=None if used is None else
                "2001:db8:85a3:8d3:1319:8a2e:370:7348", **more)


def add_rows(site, user):
    add_row(site, user, "Old importer")
    add_row(site, user, "Looker Studio", -200, 165, -0.1)
    add_row(site, user, "CI: nightly report", -80, 3, -0.03)
    add_row(site, user, "git on laptop", -400, -35, -40)
    add_row(site, user, "تقرير المبيعات الليلي", -3, None, None, restrictions=LIMITS)
    add_row(site, user, "W" * 100, -2, None, -1)
    add_row(site, user, "Forgotten", -500, 90, -450)
    add_row(site, user, "Perhaps not shown", -1, 90, shown=0)
    add_row(site, user, "Later version's", -1, 90, restrictions="moon")
    site.expect("rows of the token table have text where a number belongs")
    add_row(site, user, "Broken", -1, 90, slot=77)
    site.sql("UPDATE jiratoken SET last_used_at = -1 WHERE slot = 77")


def id_of(site, label):
    [[row]] = site.sql("SELECT id FROM jiratoken WHERE label = ?", label)
    return row


def states(person):
    """Those of the tokens in the list, as its style sheet knows them."""
    return {badge.get_attribute("class").split()[1]
            for badge in person.find_all(".tokens .is .state")}


def add_others(site):
    for number in range(101):
        add_row(site, f"user{number:03}", "CI: nightly report", -30, number - 60, -number)


def make(person, label, day=None):
    person.open("/tokens/create").paste("label", label)
    if day:
        person.choose_day(day)
    person.submit()
    person.site.tokens.append(person.read("#token"))


def open_recipes(person):
    person.run("document.querySelectorAll('details').forEach("
               "e => { e.removeAttribute('name'); e.open = true; })")


def row_of(person, label):
    """A row's place, by a label that begins so."""
    [found] = [n for n, row in enumerate(person.rows()) if row[0].startswith(label)]
    return found


# ---- the users'

@state
def list_empty(person, site, user):
    person.open("/tokens/").find(".empty")


@state
def create(person, site, user):
    person.open("/tokens/create").find("#create-form")


@with_script
def create_with_faults_of_the_page(person, site, user):
    person.open("/tokens/create").type("label", "  ").choose_day("2020-01-31")
    person.find("main button[type=submit]").click()
    person.find("#label[aria-invalid]")
    person.find("#expires[aria-invalid]")


@state
def create_with_faults_of_the_server(person, site, user):
    person.open("/tokens/create").type("label", "  ").choose_day("2020-01-31")
    person.type("from", "192.0.2.7/33")
    person.send_unchecked().find("#from-fault")


@state
def shown_once(person, site, user):
    make(person, "Power BI " + "W" * 91, "2099-12-31")


@with_script
def shown_and_selected(person, site, user):
    person.run("Object.defineProperty(navigator, 'clipboard', {})")
    person.find("[data-copy=token]").click()
    person.wait(lambda: person.read("#copy-status"), "nothing said")


@state
def shown_with_all_recipes(person, site, user):
    make(person, "git")
    open_recipes(person)


@state
def list_after_creating(person, site, user):
    person.leave(person.find("#done").click).find(".tokens .new")


@state
def list_with_all_states(person, site, user):
    add_rows(site, user)
    person.open("/tokens/")
    assert states(person) == {"active", "expires-soon", "expired", "idle", "unreadable"}


@state
def list_sorted(person, site, user):
    person.leave(person.find("thead a[href*=expires]").click)
    person.find("[aria-sort=ascending]")


@with_script
def create_in_a_dialog(person, site, user):
    person.ask(person.find(".top [data-opens=create]")).type("label", "Excel")


@with_script
def create_in_a_dialog_with_a_fault(person, site, user):
    person.type("label", "git")
    person.find("dialog[open] button[type=submit]").click()
    person.find("dialog #label[aria-invalid]")


@state
def list_with_ticks(person, site, user):
    person.open("/tokens/").tick("Looker Studio", "git on laptop")
    # At its end the bar covers no row, whose ground axe would ask for.
    person.run("window.scrollTo(0, document.body.scrollHeight)")


@state
def revoke_several(person, site, user):
    person.ask_to_revoke_selected().find(".several li")


@with_script
def revoke_several_on_a_page(person, site, user):
    ids = [id_of(site, label) for label in ("Looker Studio", "git on laptop")]
    person.open(f"/tokens/revoke?id={ids[0]}&id={ids[1]}").find(".several li")


@state
def nothing_selected(person, site, user):
    person.open("/tokens/revoke").find(".note[role=alert]")


@state
def revoke(person, site, user):
    person.open("/tokens/").ask_to_revoke(row_of(person, "Looker Studio"))


@state
def revoke_an_expired_one(person, site, user):
    person.open("/tokens/").ask_to_revoke(row_of(person, "git on laptop"))


@state
def revoke_a_wide_one(person, site, user):
    person.open("/tokens/").ask_to_revoke(row_of(person, "WWW"))


@with_script
def revoke_on_a_page(person, site, user):
    person.open(f"/tokens/{id_of(site, 'W' * 100)}/revoke").find("form.card")


@state
def rotate(person, site, user):
    person.open("/tokens/").ask_to("rotate", row_of(person, "CI"))


@with_script
def rotate_on_a_page(person, site, user):
    person.open(f"/tokens/{id_of(site, 'CI: nightly report')}/rotate").find("#overlap")


@state
def rotated(person, site, user):
    person.submit()
    site.tokens.append(person.read("#token"))


@state
def rotated_before(person, site, user):
    """By a form that was opened before."""
    person.open(f"/tokens/{id_of(site, 'CI: nightly report')}/rotate")
    site.sql("UPDATE jiratoken SET digest = ? WHERE label = 'CI: nightly report'",
             "0" * 64)
    person.submit().find(".note.warn")


@state
def list_with_an_old_secret(person, site, user):
    person.open("/tokens/")


@state
def rename(person, site, user):
    person.ask_to("rename", row_of(person, "CI"))


@with_script
def rename_with_a_fault_of_the_page(person, site, user):
    person.type("new-label", "git")
    person.find("dialog[open] button[type=submit]").click()
    person.find("#new-label[aria-invalid]")


@state
def rename_with_a_fault_of_the_server(person, site, user):
    person.open(f"/tokens/{id_of(site, 'CI: nightly report')}/rename")
    person.type("label", "git").send_unchecked().find("#label-fault")


@state
def list_after_revoking(person, site, user):
    person.open("/tokens/").ask_to_revoke(row_of(person, "WWW"))
    person.submit().find(".note[role=status]")


@state
def limit(person, site, user):
    [[count]] = site.sql("SELECT count(*) FROM jiratoken WHERE user_name = ?", user)
    for number in range(MOST - count):
        add_row(site, user, f"Excel {number}", -5, 90, -number if number else None)
    person.open("/tokens/").find(".note.full")
    assert len(person.rows()) == MOST


@state
def create_at_the_limit(person, site, user):
    person.open("/tokens/create").find("[role=alert]")


@state
def nearly_full(person, site, user):
    site.sql("DELETE FROM jiratoken WHERE user_name = ? AND label = 'Excel 1'", user)
    person.open("/tokens/").find("meter")


@state
def create_duplicate(person, site, user):
    person.open("/tokens/create").type("label", "Excel 0").submit().find("#label-fault")


@state
def connect(person, site, user):
    person.open("/tokens/connect").find("#recipe-curl")


@state
def connect_with_all_recipes(person, site, user):
    open_recipes(person)


# ---- the administrators'

@state
def admin_list(person, site, user):
    add_others(site)
    person.open("/admin/").find(".needs")


@state
def admin_with_faults(person, site, user):
    person.open("/admin/?unused=0&expired=0&user=" + "W" * 300).find("#f-unused-fault")


@state
def admin_without_a_match(person, site, user):
    person.open("/admin/?user=nobody").find(".empty")


@state
def admin_revoke_several(person, site, user):
    person.open("/admin/?state=expired")
    for box in person.find_all(".tokens .pick input[name=id]")[:2]:
        person.run("arguments[0].scrollIntoView({ block: 'center' })", box)
        box.click()
    person.ask_to_revoke_selected().find(".several li")


@state
def admin_list_after_revoking(person, site, user):
    person.submit().find(".note[role=status]")


@state
def admin_revoke_matching(person, site, user):
    person.open("/admin/revoke?user=user001&state=expired").find(".facts")


@state
def admin_revoke_everything(person, site, user):
    person.open("/admin/revoke").type("confirm", "revoke").submit().find("#confirm-fault")


@state
def admin_audit(person, site, user):
    person.open("/admin/audit").find(".events")


@state
def admin_audit_with_faults(person, site, user):
    person.expect("does not conform to the required format")
    person.open("/admin/audit?to=2020-13-01&user=" + "W" * 300).find("#f-to-fault")


@state
def admin_audit_without_a_match(person, site, user):
    person.open("/admin/audit?user=nobody").find(".empty")


@state
def admin_swept(person, site, user):
    """Of so many tokens it is told how far it is."""
    rows = ", ".join(f"('crowd', {n}, 'no. {n}', '{secrets.token_hex(32)}')"
                     for n in range(1200))
    site.sql(f"INSERT INTO jiratoken (user_name, slot, label, digest) VALUES {rows}")
    person.open("/admin/revoke?user=crowd").submit().find(".progress li")
    person.find("main > .actions")


# ---- words alone

@state
def not_found(person, site, user):
    person.open("/tokens/999999/revoke").find("h1:focus")


@state
def nobody(person, site, user):
    person.open("/unprotected/").find("h1")
    assert person.find_all("nav ul") == []
