# SPDX-License-Identifier: Apache-2.0
"""What makes a page hard to see or to hit, as scripts that a browser runs on the page
in front of it. Each returns what it found; nothing is well."""

# WCAG 2.2, 1.4.3: text whose contrast with what is behind it is below 4.5.
FAINT = """
function channels(colour) {
    return colour.match(/[\\d.]+/g).map(Number);
}
function luminance(c) {
    var l = c.slice(0, 3).map(function (v) {
        v /= 255;
        return v <= 0.04045 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4);
    });
    return 0.2126 * l[0] + 0.7152 * l[1] + 0.0722 * l[2];
}
function ground(e) {
    for (; e; e = e.parentElement) {
        var c = channels(getComputedStyle(e).backgroundColor);
        if (c.length < 4 || c[3] === 1) { return c; }
    }
    throw new Error("no background");
}
function has_text(e) {
    return e.value || Array.from(e.childNodes).some(function (n) {
        return n.nodeType === 3 && n.data.trim();
    });
}
return Array.from(document.querySelectorAll("body *")).filter(function (e) {
    return has_text(e) && e.checkVisibility();
}).map(function (e) {
    var a = luminance(channels(getComputedStyle(e).color));
    var b = luminance(ground(e));
    return [e.textContent || e.value,
            (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
}).filter(function (found) { return found[1] < 4.5; });
"""

# WCAG 2.2, 2.5.8: controls, other than links within text, below 24 px. What is
# pressed for a checkbox is its label too.
SMALL = """
function is_within_text(e) {
    var around = e.parentElement.closest("p, li, dd, td");
    return e.matches("a") && getComputedStyle(e).display === "inline" && around
        && around.innerText.trim().length > e.innerText.trim().length;
}
function size(e) {
    var isBox = e.type === "checkbox" || e.type === "radio";
    var boxes = (isBox ? [e, ...e.labels] : [e]).map(function (part) {
        return part.getBoundingClientRect();
    });
    return ["width", "height"].map(function (side) {
        return Math.max.apply(null, boxes.map(function (box) { return box[side]; }));
    });
}
return Array.from(document.querySelectorAll(
    "button, input, select, textarea, summary, nav a, main a, dialog a"))
    .filter(function (e) {
        return e.checkVisibility() && !is_within_text(e) && Math.min(...size(e)) < 24;
    }).map(function (e) { return e.outerHTML; });
"""

# What crosses the page's edges. Text for screen readers alone may.
OUTSIDE = """
var width = document.documentElement.clientWidth;
return Array.from(document.querySelectorAll("body *")).filter(function (e) {
    var box = e.getBoundingClientRect();
    return !e.closest(".hidden, .skip") && box.width
        && (box.right > width + 0.5 || box.left < -0.5);
}).map(function (e) { return e.outerHTML; });
"""

# What does not fit into its own box: it lies over what is beside it, or is cut off.
# In a field, text may be longer.
SPILLING = """
return Array.from(document.querySelectorAll("body *")).filter(function (e) {
    return e.scrollWidth > e.clientWidth + 1 && e.clientWidth && e.checkVisibility()
        && !e.closest(".hidden, input, select, meter")
        && getComputedStyle(e).display !== "inline";
}).map(function (e) { return e.outerHTML; });
"""

# Words that belong on one line and stand on several.
BROKEN = """
function boxes(e) {
    var all = [], walk = document.createTreeWalker(e, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        if (walk.currentNode.parentElement.closest(".hidden")) { continue; }
        var words = document.createRange();
        words.selectNodeContents(walk.currentNode);
        all.push(...words.getClientRects());
    }
    return all;
}
return Array.from(document.querySelectorAll(".button, .state, thead th"))
    .filter(function (e) {
        var all = e.checkVisibility() ? boxes(e) : [];
        return all.some(function (one) {
            return all.some(function (other) { return other.top >= one.bottom - 1; });
        });
    }).map(function (e) { return e.outerHTML; });
"""

SIDEWAYS = """
var page = document.documentElement;
return page.scrollWidth > page.clientWidth ? [page.scrollWidth] : [];
"""

# In a palette that replaces the page's colours, a button's edge alone tells it
# from text, and what keeps its own colours may be invisible.
EDGELESS = """
return Array.from(document.querySelectorAll(".button")).filter(function (e) {
    var look = getComputedStyle(e);
    return e.checkVisibility()
        && (look.borderTopStyle === "none" || look.borderTopWidth === "0px");
}).map(function (e) { return e.outerHTML; });
"""

UNFORCED = """
return Array.from(document.querySelectorAll("body *")).filter(function (e) {
    return getComputedStyle(e).forcedColorAdjust === "none";
}).map(function (e) { return e.outerHTML; });
"""

RULES = {"scrolls sideways to": SIDEWAYS, "sticks out": OUTSIDE, "spills": SPILLING,
         "is too small": SMALL, "is broken": BROKEN}
OWN_COLOURS = {"is faint": FAINT}
FORCED_COLOURS = {"has no edge": EDGELESS, "keeps its own colours": UNFORCED}


def faults(person, where, rules):
    """Each as `where: rule: what was found`, of which the beginning will do."""
    return [f"{where}: {rule}: {found}"[:400] for rule, script in rules.items()
            for found in person.run(script)]
