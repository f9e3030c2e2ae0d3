# SPDX-License-Identifier: Apache-2.0
"""build/guard: each rule catches a fault that is planted in a copy of the
sources, and the sources as they are have none."""

import pytest

OPEN = "TO" + "DO"
FOLDERS = ("core", "html", "state", "service", "auth", "pages", "api", "admin")


def add(tree, name, text):
    """Appends to a file, or makes it, with its license."""
    path = tree / name
    path.parent.mkdir(parents=True, exist_ok=True)
    old = path.read_text() if path.exists() else \
        "/* SPDX-License-Identifier: Apache-2.0 */\n"
    path.write_text(old + text)


@pytest.fixture
def tree(copied, tmp_path):
    """The sources, and in each folder a header jt_other.h."""
    made = copied(tmp_path / "a copy")
    for folder in FOLDERS:
        add(made, f"mod_jiratoken/{folder}/jt_other.h", "")
    return made


@pytest.fixture
def guard(run, tree):
    """What the guard says of the tree, line by line."""
    def guard():
        return run(tree / "build/guard", cwd="/", check=False).stdout.splitlines()
    return guard


def test_the_sources_have_no_fault(guard):
    said = guard()
    assert said[-1].endswith(" passed, 0 failed"), "\n".join(said)


def body(lines):
    """A function of so many lines, with those of its brackets."""
    return "int jt_planted(void)\n{\n" + "    ;\n" * (lines - 3) + "}\n"


CORE = "mod_jiratoken/core/jt_planted.c"
# What is added to which file, and what the guard says then.
FAULTS = {
    "a function that was renamed": (
        "docs/ARCHITECTURE.md", "\n`jt_authn.c admit_nobody()`\n",
        "map_is_true: docs/ARCHITECTURE.md: there is no function admit_nobody()"),
    "a function in the wrong file": (
        "docs/ARCHITECTURE.md", "\n`core/jt_date.c jt_verify()`\n",
        "map_is_true: docs/ARCHITECTURE.md: core/jt_date.c has no function jt_verify()"),
    "a page that reaches a connection": (
        "mod_jiratoken/pages/jt_planted.c", '#include "state/jt_dbd.h"\n',
        "arrows: mod_jiratoken/pages/jt_planted.c: may not include state/jt_dbd.h"),
    "a page that reaches the SQL": (
        "mod_jiratoken/pages/jt_planted.c", '#include "core/jt_store.h"\n',
        "arrows: mod_jiratoken/pages/jt_planted.c: may not include core/jt_store.h"),
    "settings that know a page": (
        "mod_jiratoken/jt_config.c", '#include "pages/jt_other.h"\n',
        "arrows: mod_jiratoken/jt_config.c: may not include pages/"),
    "a map of what was": ("docs/ARCHITECTURE.md", "\n`core/jt_gone.c jt_gone()`\n",
                          "map_is_true: docs/ARCHITECTURE.md: there is no file "
                          "core/jt_gone.c"),
    "banned": (CORE, "void f(char *a) { strcpy(a, a); }\n",
               f"banned_functions: {CORE}: strcpy() is banned"),
    "httpd.h in core": (CORE, "#include <httpd.h>\n",
                        f"without_httpd: {CORE}: <httpd.h> is httpd's"),
    "http_log.h in html": ("mod_jiratoken/html/jt_other.h", '#  include "http_log.h"\n',
                           'without_httpd: mod_jiratoken/html/jt_other.h: "http_log.h"'),
    "ap_ in core": (CORE, "int f(void) { return ap_rind(0); }\n",
                    f"without_httpd: {CORE}: ap_rind is httpd's"),
    "request_rec in html": ("mod_jiratoken/html/jt_planted.h", "int f(request_rec *r);\n",
                            "without_httpd: mod_jiratoken/html/jt_planted.h: request_rec"),
    "after a comment within quotes": (
        CORE, 'char *a = "*/*";\n#include <mod_dbd.h>\nchar *b = "*/";\n',
        f"without_httpd: {CORE}: <mod_dbd.h>"),
    "auth to pages": ("mod_jiratoken/auth/jt_planted.c", '#include "pages/jt_other.h"\n',
                      "arrows: mod_jiratoken/auth/jt_planted.c: may not include pages/"),
    "service to pages": (
        "mod_jiratoken/service/jt_planted.h", '#include "pages/jt_other.h"\n',
        "arrows: mod_jiratoken/service/jt_planted.h: may not include pages/"),
    "service to auth": (
        "mod_jiratoken/service/jt_planted.c", '#include "auth/jt_other.h"\n',
        "arrows: mod_jiratoken/service/jt_planted.c: may not include auth/"),
    "auth to html": ("mod_jiratoken/auth/jt_planted.c", '#include "html/jt_other.h"\n',
                     "arrows: mod_jiratoken/auth/jt_planted.c: may not include html/"),
    "html to state": ("mod_jiratoken/html/jt_planted.c", '#include "state/jt_other.h"\n',
                      "arrows: mod_jiratoken/html/jt_planted.c: may not include state/"),
    "core to html": (CORE, '#include <html/jt_other.h>\n',
                     f"arrows: {CORE}: may not include html/"),
    "core to the settings": (CORE, '#include "jt_config.h"\n',
                             f"arrows: {CORE}: may not include jt_config.h"),
    "html to the settings": (
        "mod_jiratoken/html/jt_planted.c", '#include "jt_config.h"\n',
        "arrows: mod_jiratoken/html/jt_planted.c: may not include jt_config.h"),
    "settings to auth": ("mod_jiratoken/jt_config.h", '#include "auth/jt_other.h"\n',
                         "arrows: mod_jiratoken/jt_config.h: may not include auth/"),
    "unknown folder": ("mod_jiratoken/misc/jt_planted.c", "",
                       "arrows: mod_jiratoken/misc/jt_planted.c: misc/ has no place"),
    "folder in a folder": ("mod_jiratoken/core/in/jt_planted.c", "",
                           "arrows: mod_jiratoken/core/in/jt_planted.c: core/in/ has no"),
    "own folder not named": (
        "mod_jiratoken/core/jt_planted.c", '#include "jt_other.h"\n',
        "own_names: mod_jiratoken/core/jt_planted.c: <jt_other.h> does not name"),
    "folder by dots": (
        "mod_jiratoken/core/jt_planted.c", '#include "../core/jt_other.h"\n',
        "own_names: mod_jiratoken/core/jt_planted.c: <../core/jt_other.h> does not name"),
    "library to the rest": ("mod_jiratoken/html/jt_planted.c", '#include "core/jt_other.h"\n',
                            "without_httpd: mod_jiratoken/html/jt_planted.c: mod_jiratoken/"
                            "core/jt_other.h is not in the library"),
    "61 lines": (CORE, body(61), "jt_planted() has more than 60 lines"),
    "long file": (CORE, "\n" * 600, f"too_long: {CORE} has "),
    "long header": ("mod_jiratoken/core/jt_other.h", "int a;\n" * 101,
                    "too_long: mod_jiratoken/core/jt_other.h has "),
    "7 parameters": (CORE, "int f(int a, int b, int c, int d,\n    int e, int f, int g)\n"
                     "{\n    return a;\n}\n", "f() has 7 parameters, more than 6"),
    "7 in a prototype": ("mod_jiratoken/core/jt_other.h",
                         "int f(int, int, int, int, int, int, int (*)(int, int));\n",
                         "f() has 7 parameters, more than 6"),
    "81 columns": (CORE, "/* " + "x" * 75 + " */\n", "over 80 columns"),
    "tab": (CORE, "\tint a;\n", "a tab or a trailing space"),
    "directive": ("conf/jiratoken.conf", "#JiraTokenPlanted On\n",
                  "directives: JiraTokenPlanted: in only one"),
    "left open": ("README.md", f"{OPEN}: more\n", f"left_open: README.md: {OPEN}"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(guard, tree, fault):
    name, text, expected = FAULTS[fault]
    assert not any(expected in line for line in guard())
    add(tree, name, text)
    said = guard()
    assert any(expected in line for line in said[:-1]), "\n".join(said)
    assert not said[-1].endswith(" 0 failed")


def test_files_that_need_each_other_are_found(tree, guard):
    add(tree, "mod_jiratoken/state/jt_other.c", '#include "state/jt_planted.h"\n')
    assert not any("circles" in line for line in guard())
    add(tree, "mod_jiratoken/state/jt_planted.h", '#include "state/jt_other.h"\n')
    assert "circles: mod_jiratoken/state/jt_other -> mod_jiratoken/state/jt_planted -> " \
        "mod_jiratoken/state/jt_other" in guard()


def test_headers_that_need_each_other_through_the_settings_are_found(tree, guard):
    add(tree, "mod_jiratoken/state/jt_other.h", '#include "jt_config.h"\n')
    add(tree, "mod_jiratoken/jt_config.h", '#include "state/jt_other.h"\n')
    assert any(line.startswith("circles: mod_jiratoken/jt_config -> ") for line in guard())


# What looks like a fault and is none.
HARMLESS = {
    "60 lines": (CORE, body(60)),
    "6 parameters": (CORE, "int f(int a, int b, int c, int d, int e,\n"
                     "      int (*g)(int, int), ...);\n"),
    "httpd in a comment": (CORE, "/* ap_rind() and <httpd.h> */\n"),
    "banned in a string": (CORE, 'const char *t = "strcpy(a)";\n'),
    "pages to all below": (
        "mod_jiratoken/pages/jt_planted.c",
        "".join(f'#include "{x}"\n' for x in (
            "jt_config.h", "auth/jt_other.h", "service/jt_other.h", "core/jt_other.h",
            "html/jt_other.h", "pages/jt_other.h"))),
    "state to the settings": ("mod_jiratoken/state/jt_planted.c",
                              '#include "jt_config.h"\n#include <httpd.h>\n'),
    "the module to all": ("mod_jiratoken/mod_jiratoken.c",
                          '#include "pages/jt_other.h"\n#include "html/jt_other.h"\n'),
}


@pytest.mark.parametrize("case", HARMLESS)
def test_what_is_no_fault_is_not_called_one(guard, tree, case):
    before = guard()
    add(tree, *HARMLESS[case])
    assert guard() == before


@pytest.mark.parametrize("name", ["build/check", "tests/conftest.py",                                   "mod_jiratoken/html/web/app.js", ".ci/run",
                                  "mod_jiratoken/mod_jiratoken.c"])
def test_a_missing_license_is_found(run, tree, guard, name):
    path = tree / name
    path.write_text(path.read_text().replace("SPDX-License-Identifier", "License"))
    assert f"licenses: {name} does not open with its license" in guard()


def test_what_is_linked_without_httpd_follows_from_the_makefile(tree, guard):
    add(tree, "mod_jiratoken/state/jt_planted.c", "#include <httpd.h>\n")
    before = guard()
    assert not any("jt_planted" in line for line in before)
    path = tree / "Makefile.am"
    path.write_text(path.read_text() +
                    "libjiratoken_la_SOURCES += \\\n\t$(src)/state/jt_planted.c\n")
    assert "without_httpd: mod_jiratoken/state/jt_planted.c: <httpd.h> is httpd's" \
        in guard()


def test_a_directive_without_an_example_is_found(tree, guard):
    path = tree / "docs/directives.md"
    path.write_text(path.read_text().replace("```", "'''"))
    assert any("has no example" in line for line in guard())


def test_what_is_built_in_the_tree_is_not_judged(run, built, repository):
    clean = run(repository / "build/guard", cwd="/", check=False).stdout
    assert run(built / "build/guard", cwd="/", check=False).stdout == clean
