# SPDX-License-Identifier: Apache-2.0
"""Each file of conf/examples has a recipe and a test that starts it, each recipe its
file, and what would say otherwise is found."""

import shutil

import pytest

from examples import FOLDER, INDEX, fill, find_faults, find_names, read_example
from server import TOP

pytestmark = pytest.mark.plain

NAME = "ldap-chain"


def test_each_example_has_its_recipe_and_its_test():
    assert len(list(FOLDER.glob("*.conf"))) > 0
    assert list(find_faults(TOP)) == []


@pytest.fixture
def tree(tmp_path):
    """A copy of all that is looked at."""
    for folder in ("conf/examples", "docs/recipes", "tests/sites"):
        shutil.copytree(TOP / folder, tmp_path / folder,
                        ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
    shutil.copy(TOP / "Makefile.am", tmp_path)
    return tmp_path


def replace(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_example_without_anything_is_found(tree):
    (tree / "conf/examples/new.conf").write_text("Define A b\nListen 80\n")
    assert len(list(find_faults(tree))) == 6


@pytest.mark.parametrize("path", ["conf/examples/{}.conf", "docs/recipes/{}.md"])
def test_half_of_a_pair_is_found(tree, path):
    (tree / path.format(NAME)).unlink()
    assert [fault for fault in find_faults(tree) if NAME in fault and "missing" in fault]


def test_example_that_no_test_starts_is_found(tree):
    for path in (tree / "tests/sites").glob("test_*.py"):
        path.write_text(path.read_text().replace("use_example(", "forget("))
    assert f"{NAME}: no test in tests/sites starts it" in find_faults(tree)


@pytest.mark.parametrize("path, old", [
    (f"docs/recipes/{INDEX}.md", f"({NAME}.md)"), (f"docs/recipes/{NAME}.md", "`LDAP_URL`"),
    (f"docs/recipes/{NAME}.md", "## What goes wrong"),
    (f"docs/recipes/{NAME}.md", f"conf/examples/{NAME}.conf"),
    (f"conf/examples/{NAME}.conf", "a2enmod"), ("Makefile.am", f"conf/examples/{NAME}.conf"),
    (f"conf/examples/{NAME}.conf", "docs/recipes")])
def test_gap_is_found(tree, path, old):
    replace(tree / path, old, "something else")
    assert len(list(find_faults(tree))) == 1


def test_only_the_lines_at_the_head_are_an_administrators():
    text = "# x\nDefine A b\nDefine B \"c d\"\nListen 80\nDefine C e\n"
    assert find_names(text) == {"A": "b", "B": '"c d"'}
    assert fill(text, {"A": "z"}) == text.replace("Define A b", 'Define A "z"')
    with pytest.raises(AssertionError):
        fill(text, {"C": "z"})
    assert fill(read_example(NAME), {}) == read_example(NAME)
