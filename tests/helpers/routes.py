# SPDX-License-Identifier: Apache-2.0
"""Every route of the pages, how it is asked for, and how one sees that nothing
of anybody's came back."""

from server import SAME_ORIGIN

LABEL = "label that is nobody else's business"
NOBODY = "token pages without a signed-in user"    # what the log then says


def section(server, place, *lines, provider="jiratoken file"):
    """Pages that take passwords and, as far as Basic goes, tokens."""
    return "\n".join([
        f'<Location "{place}">', "SetHandler jiratoken", "AuthType Basic",
        'AuthName "both"', f"AuthBasicProvider {provider}",
        f'AuthUserFile "{server.root}/users"', "Require valid-user", *lines,
        "</Location>\n"])


def routes(row):
    """Every route, as (method, path)."""
    reads = ["", "/", "/?done=revoked", "/?sort=label&order=desc", "/create",
             "/create?label=x", "/connect", f"/{row}/revoke", "/999/revoke", "/revoke",
             f"/revoke?id={row}", f"/revoke?id={row}&id=999", "/revoke?expired=1",
             "/assets/style.css", "/assets/app.js", "/assets/nothing", "/nothing"]
    found = [(method, path) for path in reads for method in ("GET", "HEAD")]
    found += [("POST", path) for path in ("/create", f"/{row}/revoke", "/revoke", "/",
                                          "/nothing")]
    return found + [(method, path) for path in ("/create", "/revoke")
                    for method in ("PUT", "DELETE", "OPTIONS")]


def changes(row):
    """Every route that changes something, with a form that it would take."""
    return [("/create", "label=made"), (f"/{row}/revoke", ""), ("/revoke", f"id={row}")]


# A form that every route would take: a label, and the ids of all the tokens
# that a test has made.
EVIL = "label=evil&" + "&".join(f"id={row}" for row in range(1, 10))


def ask(server, method, path, **headers):
    sent = {**SAME_ORIGIN, **headers}
    if method == "POST":
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    return server.request(method, path, headers=sent,
                          body=EVIL if method == "POST" else None)


def is_closed(server, answer):
    """Nothing of anybody's stands in it."""
    return (LABEL not in answer.text and "of 25 tokens" not in answer.text
            and 'id="token"' not in answer.text and "recipes" not in answer.text
            and all(token not in answer.text for token in server.tokens))
