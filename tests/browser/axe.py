# SPDX-License-Identifier: Apache-2.0
"""axe-core on the page that a person looks at. It is the tests' own: its source
comes from npm (`npm ci` in this folder), and no page loads or names it."""

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

# A contrast that axe cannot work out (a picture or something else is behind the
# text) is a fault here too: our pages have nothing that hides it. Not so where
# it asks whether an arrow or a single letter is text at all: the contrast of
# these is measured by test_looks.py, as if they were. What else is incomplete
# asks for a person's judgement.
RUN = """
var options = arguments[0], answer = arguments[1];
function checks(node) {
    return node.any.concat(node.all, node.none);
}
function isHidden(node) {
    return checks(node).some(function (check) {
        var key = check.data && check.data.messageKey;
        return key !== "nonBmp" && key !== "shortTextContent";
    });
}
function tell(rule, nodes) {
    return nodes.map(function (node) {
        return rule.id + ": " + node.target.join(" ") + ": "
            + checks(node).map(function (check) { return check.message; }).join("; ");
    });
}
axe.run(document, options).then(function (results) {
    var unclear = results.incomplete.filter(function (rule) {
        return rule.id === "color-contrast";
    });
    answer(results.violations.flatMap(function (rule) {
        return tell(rule, rule.nodes);
    }).concat(unclear.flatMap(function (rule) {
        return tell(rule, rule.nodes.filter(isHidden));
    })));
}, function (error) {
    answer(["axe ended: " + error]);
});
"""


class Axe:
    def __init__(self, path):
        self.source = path.read_text(encoding="utf-8")

    def faults(self, person, without=()):
        """Each violation as `rule: element: what is wrong`. without: rules that
        are left out. Colours that are still on their way to others would be
        measured as they are now, so the page is brought to rest first."""
        person.settle()
        if not person.run("return 'axe' in window"):
            person.run(self.source)
        options = {"runOnly": {"type": "tag", "values": TAGS},
                   "rules": {rule: {"enabled": False} for rule in without},
                   "resultTypes": ["violations", "incomplete"]}
        return person.driver.execute_async_script(RUN, options)
