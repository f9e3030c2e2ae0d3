# SPDX-License-Identifier: Apache-2.0
"""What a page costs and does while it loads: nothing moves, nothing comes from
elsewhere, and it is small."""

import time

import pytest

MOUNT = "/tokens/"
KIB = 1024
DAY = 86400


# ---- the pages

def list_tokens(person):
    person.open(MOUNT).sees("Tokens").find(".tokens")


def create(person):
    person.open(MOUNT + "create").sees("Create token")


def shown(person):
    person.create("Looker Studio")


def connect(person):
    person.open(MOUNT + "connect").sees("Connect")


def revoke(person):
    [row] = person.site.sql("SELECT id FROM jiratoken WHERE label = 'git on laptop'")
    person.open(f"{MOUNT}{row[0]}/revoke").sees("Revoke git on laptop?")


PAGES = (list_tokens, create, shown, connect, revoke)


def sign_in(person):
    now = int(time.time())
    for label in ("git on laptop", "CI: nightly report"):
        person.site.insert(label, created_at=now - 9 * DAY,
                           expires_at=(now // DAY + 90) * DAY,
                           last_used_at=now - DAY, last_used_from="192.0.2.7")
    person.sign_in()


# ---- nothing moves

# From the page's first moment on, by its own watch.
WATCH = """
window.shifts = [];
function keep(list) {
    list.getEntries().forEach(function (entry) {
        var moved = entry.sources.map(function (source) {
            return source.node ? source.node.nodeName : "?";
        });
        window.shifts.push(entry.value.toFixed(5) + " by " + moved.join(", "));
    });
}
window.observer = new PerformanceObserver(keep);
window.observer.observe({ type: "layout-shift", buffered: true });
"""

# A shift is known when the frame after it was painted.
PAINTED = """
var answer = arguments[0];
requestAnimationFrame(function () {
    requestAnimationFrame(function () {
        setTimeout(function () {
            answer(window.shifts);
        });
    });
});
"""

# As on a slow line: a page may wait for its script, but not jump when it comes.
SLOW_SCRIPTS = """
<LocationMatch "\\.js$">
    SetOutputFilter RATE_LIMIT
    SetEnv rate-limit 2
</LocationMatch>
"""
IS_LATE = """
return performance.getEntriesByType("resource").some(function (entry) {
    return new URL(entry.name).pathname.endsWith(".js") && entry.duration > 500;
});
"""


def shifts(person):
    return person.driver.execute_async_script(PAINTED)


def movements(person, late=False):
    """On every page, each as `page: how far by what`. The browser keeps no
    file, so that each page is loaded as the first one is."""
    person.on_new_pages(WATCH)
    person.forget_files()
    sign_in(person)
    for show in PAGES:
        show(person)
        for moved in shifts(person):
            yield f"{show.__name__}: {moved}"
        assert not late or person.run(IS_LATE), show.__name__


each_width = pytest.mark.parametrize("width", [1280, 320])


@each_width
def test_nothing_moves_while_a_page_loads(person, width):
    person.resize(width, 800)
    found = list(movements(person))
    assert not found, "\n".join(found)


@each_width
def test_nothing_moves_when_the_script_comes_late(person, site, width):
    site.modules.append("ratelimit")
    site.locations += SLOW_SCRIPTS
    site.restart()
    person.resize(width, 800)
    found = list(movements(person, late=True))
    assert not found, "\n".join(found)


def test_the_watch_sees_what_moves(person):
    person.on_new_pages(WATCH)
    sign_in(person)
    assert shifts(person) == []
    person.run("document.querySelector('h1').style.marginTop = '200px'")
    assert shifts(person) != []


# ---- nothing comes from elsewhere

LOADED = """
return performance.getEntriesByType("navigation")
    .concat(performance.getEntriesByType("resource"))
    .map(function (entry) { return [entry.name, entry.decodedBodySize]; });
"""


def loaded(person):
    """URL and size of all that the page in front of the person consists of."""
    return person.run(LOADED)


def strangers(person):
    return [url for url, _ in loaded(person)
            if not url.startswith(person.origin + MOUNT)]


def test_a_page_loads_nothing_but_what_lies_below_its_mount_point(person):
    sign_in(person)
    for show in PAGES:
        show(person)
        assert len(loaded(person)) >= 3     # itself, its styles, its script
        assert strangers(person) == [], show.__name__


@pytest.mark.parametrize("url", ["http://elsewhere.example/x.png", "/open/x.png"])
def test_the_watch_sees_what_comes_from_elsewhere(person, url):
    person.expect("ERR_NAME_NOT_RESOLVED|status of 404")
    person.tell("Page.setBypassCSP", enabled=True)
    sign_in(person)
    person.run("document.body.append("
               "Object.assign(new Image(), { src: arguments[0] }))", url)
    person.wait(lambda: strangers(person), "unseen")


# ---- and it is small

def weight(person, *endings):
    """Bytes, not compressed, of each file whose path ends so."""
    return [size for url, size in loaded(person) if url.split("?")[0].endswith(endings)]


def test_styles_and_scripts_weigh_under_28_kib(person):
    person.forget_files()
    sign_in(person)
    for show in PAGES:
        show(person)
        sizes = weight(person, ".css", ".js")
        assert len(sizes) >= 2 and all(sizes), show.__name__
        assert sum(sizes) < 28 * KIB, show.__name__


def test_a_full_list_weighs_under_40_kib(person, site):
    now = int(time.time())
    for number in range(25):
        site.insert(f"Looker Studio no. {number:02}", created_at=now - number * DAY,
                    expires_at=(now // DAY + 4 * number) * DAY,
                    last_used_at=now - number,
                    last_used_from=f"192.0.2.{100 + number}")
    person.sign_in()
    assert len(person.rows()) == 25
    [size] = weight(person, MOUNT)
    assert 0 < size < 40 * KIB
