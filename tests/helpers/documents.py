# SPDX-License-Identifier: Apache-2.0
"""What the documents print for people to copy, so that tests run it."""

import re

from server import TOP


def blocks(name, kind="", word=""):
    """The fenced blocks of this kind in a file, those that have this word."""
    found = re.findall(r"(?ms)^```(\w*)\n(.*?)^```$", (TOP / name).read_text())
    return [block for its, block in found if its == kind and word in block]
