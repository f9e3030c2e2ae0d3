# SPDX-License-Identifier: Apache-2.0
"""Every page in every state, with script and without, in light, in dark and in the
colours of a palette, from a phone to a desk: nothing scrolls or sticks out to the side
at any width, all text stands out, all controls can be hit and read, and axe finds
nothing. A page is loaded once; then only the window and the palette change. With
--pictures some go into screenshots/, to be looked at."""

import pathlib

import pytest

from person import switch_script_off
from sight import FORCED_COLOURS, OUTSIDE, OWN_COLOURS, RULES, SIDEWAYS, faults
from states import STATES, prepare

PICTURES = pathlib.Path(__file__).parent / "screenshots"
SWEEP = range(320, 1401, 20)
# The last width of each layout (style.css) and the first of the next.
BREAKS = (639, 640, 719, 720, 721, 1239, 1240, 1241)
WIDTHS = (1280, 1241, 1100, 768, 390, 320)
WITH_AXE = (1280, 768, 320)     # where the layout is another
SCHEMES = {
    "light": {"prefers_color_scheme": "light", "forced_colors": "none"},
    "dark": {"prefers_color_scheme": "dark", "forced_colors": "none"},
    # Then the browser paints a palette over the page's colours: a contrast that is
    # measured there is the palette's, which its user chose.
    "forced": {"prefers_color_scheme": "light", "forced_colors": "active"},
}
SIDES = {"scrolls sideways to": SIDEWAYS, "sticks out": OUTSIDE}


def colour_faults(person, axe, where, width, scheme):
    person.prefer(**SCHEMES[scheme])
    if scheme == "forced":
        rules, without = FORCED_COLOURS, ["color-contrast"]
    else:
        rules, without = OWN_COLOURS, []
    found = faults(person, where, rules)
    # What axe says of the same page in a palette differs in contrast alone.
    if width in WITH_AXE and (scheme != "forced" or width == 1280):
        found += [f"{where}: axe: {fault}" for fault in axe.faults(person, without)]
    return found


def photograph(person, name, width, scheme):
    """Of each scheme, and of a tablet. The ground that a dialog dims ends with the
    window."""
    if width == 1280 or (width, scheme) == (768, "light"):
        kind = "medium" if width == 768 else scheme
        kind += "" if person.has_script else "-noscript"
        if person.has_script or kind.startswith("light"):
            person.photograph(PICTURES / f"{kind}-{name}.png", whole=not person.is_asked())


def resize(person, width):
    """As high as a dialog is, and from its start, or at its end for the bar: axe asks
    for the ground of what is covered by something that sticks to an edge."""
    person.resize(width, 1600 if person.is_asked() else 800)
    person.run("window.scrollTo(0, document.querySelector('.bar.picked')"
               " ? document.body.scrollHeight : 0)")


def look_at(person, axe, name):
    """All faults of the page in front of the person."""
    found = []
    for width in WIDTHS:
        resize(person, width)
        found += faults(person, f"{name} at {width}", RULES)
        for scheme in SCHEMES:
            where = f"{name} at {width} in {scheme}"
            found += colour_faults(person, axe, where, width, scheme)
            photograph(person, name, width, scheme)
    person.prefer(**SCHEMES["light"])
    for width in sorted({*SWEEP, *BREAKS}):
        person.resize(width, 800)
        found += faults(person, f"{name} at {width}", SIDES)
    person.resize(1280, 800)
    return found


@pytest.mark.parametrize("has_script", [True, False], ids=["script", "no-script"])
def test_every_page_meets_the_bars(person, site, axe, has_script):
    if not has_script:
        switch_script_off(person)
    prepare(person)
    found = []
    there = [state for state in STATES if state.is_there(has_script)]
    for number, state in enumerate(there):
        person.resize(1280, 800)
        state.show(person, site, "dana")
        person.settle()
        # Measuring takes script; none of the page's own runs any more.
        person.tell("Emulation.setScriptExecutionDisabled", value=False)
        assert person.run("return document.documentElement.className") \
            == ("js" if has_script else "")
        found += look_at(person, axe, f"{number:02}-{state.name}")
        person.tell("Emulation.setScriptExecutionDisabled", value=not has_script)
    assert not found, "\n".join(found)
