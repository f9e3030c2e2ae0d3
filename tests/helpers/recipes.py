# SPDX-License-Identifier: Apache-2.0
"""The commands that the Connect page tells people to paste."""

from page import text


def examples(page):
    """The commands, by the heading above them."""
    found, heading = {}, None
    for element in (e for part in page.all("section") for e in part.iter()):
        heading = text(element) if element.tag == "h3" else heading
        if element.tag == "pre":
            assert heading not in found
            found[heading] = text(element)
    return found
