# SPDX-License-Identifier: Apache-2.0
"""Instructions of httpd for one request, whole and in parts."""

import re

from callgrind import fill_list, run_counted
from forms import form_section, load_form, sign_in, sign_in_section
from server import PASSWORDS, Server, basic, shaped
from variants import NAME_CACHED, NAME_FILE

SOME = 16       # tokens, or users, that take turns


def instructions(server, url, headers, count, *options, **more):
    """The start and the end of httpd fall out of the difference between a long
    and a short run; the short one is long enough for what is done once."""
    few = max(count // 20, SOME)
    short = run_counted(server, url, headers, few, *options, **more)
    long = run_counted(server, url, headers, few + count, *options, **more)
    return (long - short) / count


def of_places(server, count):
    """{place: instructions for a request}, of the fewest rows."""
    fewest = {place.name: place for place in reversed(server.places)}
    return {place: instructions(server, place.url, place.headers[:SOME],
                                max(int(count * place.variant.counted), 2))
            for place in server.places if place is fewest[place.name]}


def of_refusals(server, count):
    """(of a 401 without credentials, of one for a token with a wrong checksum)"""
    url = server.place(NAME_CACHED).url
    mistyped = basic("alice", shaped()[:-6] + shaped()[-6:])
    return tuple(instructions(server, url, headers, count, status=401)
                 for headers in ([], [mistyped]))


def of_page(server, count):
    """Of a list of 25 tokens: in all, of these the database's, and of an empty
    file behind the same sign-in."""
    server.sql("DELETE FROM jiratoken")
    fill_list(server)
    (server.root / "docs/file/empty.txt").write_text("")
    header = [basic("alice", PASSWORDS["alice"])]
    page = f"http://127.0.0.1:{server.port}/tokens/"
    empty = server.place(NAME_FILE).url.replace("hello.txt", "empty.txt")
    return (instructions(server, page, header, count),
            instructions(server, page, header, count, "--toggle-collect=jt_dbd_run"),
            instructions(server, empty, header, count))


class Bare(Server):
    """The same httpd without the module."""

    def configuration(self):
        text = super().configuration().replace("AuthBasicProvider jiratoken",
                                               "AuthBasicProvider file")
        return re.sub(r".*[jJ]ira[tT]oken.*\n", "", text.replace(str(self.root), "ROOT")) \
            .replace("ROOT", str(self.root))


def of_session(module, count):
    """Of a person's request in a location with JiraTokenAccept On, by the
    cookie of a session: (without the module, with it)."""
    found = []
    for made in (Bare(module), Server(module)):
        load_form(made)
        made.locations = (form_section(made, "/open", "JiraTokenAccept On")
                          + sign_in_section(made))
        try:
            made.start()
            cookie = sign_in(made, "bob", PASSWORDS["bob"])["Cookie"]
            made.stop()
            found.append(instructions(
                made, f"http://127.0.0.1:{made.port}/open/hello.txt", [cookie], count,
                name="Cookie"))
        finally:
            made.close(failed=True)     # it needs no clean log
    return tuple(found)
