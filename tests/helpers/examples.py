# SPDX-License-Identifier: Apache-2.0
"""The files of conf/examples as an administrator takes them: the file as it is,
with other values in the Define lines at its head, and the modules that Debian has
enabled and those that the head says to enable. A test that starts one names it in
its call of use_example()."""

import ast
import re

from server import TOP

FOLDER = TOP / "conf/examples"
MODULES = re.compile(r"(?m)^#   a2enmod ([a-z0-9_ ]+)$")
# What stands before the first directive that is no Define.
HEAD = re.compile(r"\A(?:#.*\n|\n|Define .*\n)*")
DEFINE = re.compile(r"(?m)^Define (\w+) +(.*\S)$")
# Of these Debian's package enables each by itself, but unixd, which is built in. Not
# reqtimeout, which ends connections by the clock: on a busy machine, those of a test.
DEBIAN = ["unixd", "access_compat", "alias", "auth_basic", "authn_core", "authn_file",
          "authz_core", "authz_host", "authz_user", "autoindex", "deflate", "dir", "env",
          "filter", "mime", "negotiation", "setenvif", "status"]


def read_example(name):
    return (FOLDER / f"{name}.conf").read_text()


def find_names(text):
    """What an administrator may change: {name: value}, in the order of the file."""
    return dict(DEFINE.findall(HEAD.match(text)[0]))


def find_modules(text):
    return [name for line in MODULES.findall(text) for name in line.split()]


def fill(text, values):
    """With these values in the place of its own, and everything else as it is."""
    head = HEAD.match(text)[0]
    unknown = set(values) - set(find_names(text))
    assert not unknown, f"the example has no Define for {unknown}"

    def put(found):
        name = found[1]
        return f'Define {name} "{values[name]}"' if name in values else found[0]
    return DEFINE.sub(put, head) + text[len(head):]


def use_example(server, name, **values):
    """This server, which is not yet running, has the example in the place of the
    locations that tests have otherwise."""
    text = read_example(name)
    own = {"TOKENS_KEY": server.root / "key",
           "TOKENS_DATABASE": getattr(server.database, "path", None)}
    values = {**{key: value for key, value in own.items()
                 if key in find_names(text)}, **values}
    path = server.root / f"{name}.conf"
    path.write_text(fill(text, values))
    server.modules = DEBIAN + find_modules(text)
    server.table_and_key = str
    server.site = lambda: f'Include "{path}"\n'
    return server


# ---- what every example has

PARTS = ["What it is for", "The file", "What to change", "How to see that it works",
         "What goes wrong"]
INDEX = "README"


def find_started(tests):
    """The examples that a test below this folder starts: the second argument of each
    call of use_example()."""
    for path in tests.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "use_example"
                    and len(node.args) > 1 and isinstance(node.args[1], ast.Constant)):
                yield node.args[1].value


def find_page_faults(name, page, text):
    """What this recipe does not say about its file."""
    parts = re.findall(r"(?m)^## (.*)$", page)
    if parts != PARTS:
        yield f"docs/recipes/{name}.md: its parts are {parts}"
    if f"(../../conf/examples/{name}.conf)" not in page:
        yield f"docs/recipes/{name}.md: no link to conf/examples/{name}.conf"
    for word in find_names(text):
        if f"`{word}`" not in page:
            yield f"docs/recipes/{name}.md: nothing about {word}"


def find_faults(top):
    """Of a tree: examples without a recipe or a test, and the other way round."""
    files = {path.stem: path.read_text() for path in (top / "conf/examples").glob("*.conf")}
    pages = {path.stem: path.read_text() for path in (top / "docs/recipes").glob("*.md")}
    index, installed = pages.pop(INDEX, ""), (top / "Makefile.am").read_text()
    started = set(find_started(top / "tests/sites"))
    for name in sorted(set(files) | set(pages) | started):
        if name not in files:
            yield f"conf/examples/{name}.conf is missing"
        elif name not in pages:
            yield f"docs/recipes/{name}.md is missing"
        else:
            yield from find_page_faults(name, pages[name], files[name])
        if name not in started:
            yield f"{name}: no test in tests/sites starts it"
        if f"({name}.md)" not in index:
            yield f"docs/recipes/{INDEX}.md does not name {name}.md"
        if not re.search(rf"\sconf/examples/{name}\.conf\s", installed):
            yield f"Makefile.am does not install {name}.conf"
    for name, text in files.items():
        if not find_names(text) or not find_modules(text):
            yield f"conf/examples/{name}.conf: its head has no Define, or no a2enmod"
        if f"docs/recipes/{name}.md" not in HEAD.match(text)[0]:
            yield f"conf/examples/{name}.conf does not name its recipe"
