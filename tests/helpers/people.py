# SPDX-License-Identifier: Apache-2.0
"""A token made on pages that somebody has signed in to by whatever the site has."""

import re

from server import TOKEN


def token_of(page):
    """The token that a page shows once."""
    token = re.search(r'<code id="token"[^>]*>([^<]+)</code>', page)[1]
    assert TOKEN.fullmatch(token)
    return token
