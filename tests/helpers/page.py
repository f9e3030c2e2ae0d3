# SPDX-License-Identifier: Apache-2.0
"""A page as a strict parser sees it: markup that a browser would have to mend
fails the test that reads it."""

import urllib.parse

import html5lib


class Page:
    def __init__(self, answer):
        assert answer.get("content-type") == "text/html; charset=utf-8"
        tree = html5lib.getTreeBuilder("etree")
        parser = html5lib.HTMLParser(tree, strict=True, namespaceHTMLElements=False)
        self.root = parser.parse(answer.text)
        self.ids = [e.get("id") for e in self.root.iter() if e.get("id")]
        # What a script opens over the list is no part of what is read there.
        self.dialogs = {e.get("id"): e for e in self.root.iter("dialog")}
        for around in list(self.root.iter()):
            for inner in list(around):
                if inner.tag == "dialog" and inner.get("id") != "create":
                    around.remove(inner)

    def all(self, tag):
        return list(self.root.iter(tag))

    def id(self, name):
        """The one element with this id, or None."""
        found = [e for e in self.root.iter() if e.get("id") == name]
        assert len(found) <= 1, f"two elements have the id {name}"
        return found[0] if found else None

    def input(self, name):
        [found] = [e for e in self.all("input") if e.get("name") == name]
        return found

    def described(self, element):
        """The texts that a screen reader adds to a field."""
        names = element.get("aria-describedby", "").split()
        return " ".join(text(self.id(name)) for name in names)

    def named(self, element):
        """What a screen reader calls a control."""
        names = element.get("aria-labelledby", "").split()
        if names:
            return " ".join(text(self.id(name)) for name in names)
        return element.get("aria-label") or text(element)

    def title(self):
        [found] = self.all("h1")
        return text(found)

    def user(self):
        """The user name that can be copied: one text in one <bdi>, no more."""
        [name] = self.id("user")
        assert name.tag == "bdi" and len(name) == 0
        assert not self.id("user").text and not name.tail
        return name.text

    def buttons(self):
        """What can be pressed: buttons, and links that look like one."""
        found = self.all("button") + [a for a in self.all("a")
                                      if "button" in a.get("class", "").split()]
        return [text(e) for e in found]

    def table(self):
        """The list's rows, as the texts of their cells: the label as it is, the
        others as a browser joins their lines, the last as its button. The box in
        front is no text."""
        return [[cell_text(cell) for cell in row if cell.get("class") != "pick"]
                for row in self.all("tr")[1:]]

    def column(self, number):
        """The same of one column: 0 is the label."""
        return [row[number] for row in self.table()]

    def notes(self, role):
        """What the page says above all else: "status" or "alert"."""
        return [line(e) for e in self.all("p") if e.get("role") == role
                and "note" in e.get("class", "").split()]

    def references(self):
        """All that this page links to, as written."""
        return [value for e in self.root.iter() for name, value in e.items()
                if name in ("href", "src", "action")]

    def links(self, path):
        """The same as paths, for a page at this path; none within the page."""
        return sorted({urllib.parse.urljoin(path, reference)
                       for reference in self.references()
                       if not reference.startswith("#")})

    def single_nodes(self, tag):
        """The texts of elements that hold nothing but one text node."""
        return [e.text for e in self.all(tag) if len(e) == 0]


def text(element):
    return "".join(element.itertext())


def cell_text(cell):
    """Of a table: what is said beside it, as of a label's limits, is left out."""
    if cell.tag == "th":
        return text(cell.find("bdi")) if cell.find("bdi") is not None else text(cell)
    if cell.get("class") == "act":
        return " ".join(line(e) for e in cell if "button" in e.get("class", ""))
    return line(cell)


def line(element):
    """Its text as a browser shows it: any white space is one blank."""
    return " ".join(text(element).split())
