# SPDX-License-Identifier: Apache-2.0
"""A site's own colours, as the manual's example has them, word for word: they stand
out on every page, by day and by night."""

import pytest

from documents import blocks
from sight import OWN_COLOURS, faults
from states import STATES, prepare

PAGES = ("list_empty", "create", "shown_once", "list_with_all_states", "list_with_ticks",
         "create_in_a_dialog", "revoke", "connect", "admin_list")
LOCATION = """
<LocationMatch "^/(tokens|admin)">
    JiraTokenStylesheet /open/tokens.css
</LocationMatch>
AddType text/css .css
"""
GROUNDS = """
var luminance = function (colour) {
    var all = colour.match(/[\\d.]+/g).slice(0, 3).map(function (v) {
        v /= 255;
        return v <= 0.04045 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4);
    });
    return 0.2126 * all[0] + 0.7152 * all[1] + 0.0722 * all[2];
};
var of = function (property) {
    var probe = document.createElement("p");
    probe.style.color = "var(" + property + ")";
    document.body.append(probe);
    var found = luminance(getComputedStyle(probe).color);
    probe.remove();
    return found;
};
return arguments[0].map(function (pair) {
    var both = pair.map(of);
    return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
});
"""
# Links stand on cards and on the ground, words on what has the colour of links.
PAIRS = [["--accent", "--paper"], ["--accent", "--ground"], ["--on-accent", "--accent"]]


@pytest.fixture
def branded(site, person):
    [example] = blocks("docs/directives.md", "css")
    (site.root / "docs" / "open" / "tokens.css").write_text(example)
    site.locations += LOCATION
    prepare(person)
    return person


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_manuals_example_stands_out(branded, scheme):
    branded.prefer(prefers_color_scheme=scheme)
    found = []
    for state in STATES:
        state.show(branded, branded.site, "dana")
        branded.settle()
        if state.name in PAGES:
            accent = branded.run("return getComputedStyle(document.documentElement)"
                                 ".getPropertyValue('--accent')")
            assert accent == {"light": "#7b1e3a", "dark": "#f0a5b8"}[scheme]
            found += faults(branded, state.name, OWN_COLOURS)
            contrasts = branded.run(GROUNDS, PAIRS)
            assert min(contrasts) >= 4.5, (state.name, contrasts)
    assert not found, "\n".join(found)


def test_one_colour_for_both_schemes_would_be_seen(branded):
    """As the manual had it once."""
    branded.prefer(prefers_color_scheme="dark")
    branded.open("/tokens/")
    branded.run("document.documentElement.style.setProperty('--accent', '#7b1e3a')")
    assert min(branded.run(GROUNDS, PAIRS)) < 4.5
    assert faults(branded, "list", OWN_COLOURS)
