# SPDX-License-Identifier: Apache-2.0
"""docs/operations/leaks.md: a token that leaked is ended and found by what the page
prints, and the patterns for scanners find tokens and nothing else."""

import os
import re
import subprocess
import tomllib

import pytest

from api import mount
from auditing import use_audit
from documents import blocks
from server import HANGS, TOP, shaped

PAGE = "docs/operations/leaks.md"
SCANNERS = TOP / "conf/examples/secret-scanners"

pytestmark = pytest.mark.plain


def printed(word, kind=""):
    [block] = blocks(PAGE, kind, word)
    return block


def run(server, command, **more):
    for path, own in (("/etc/jiratoken/key", server.root / "key"),
                      ("/var/log/apache2", server.root / "logs"),
                      ("https://jira.example.org/rest/pat/latest",
                       f"http://127.0.0.1:{server.port}/api")):
        command = command.replace(path, str(own))
    done = subprocess.run(["bash", "-c", command], cwd=server.root, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=HANGS,
                          **more)
    assert done.returncode == 0, done.stdout
    return done.stdout


# ---- what to do


@pytest.mark.database
def test_leaked_token_is_ended_and_found(server):
    """One of another key among them, and a line that is no token."""
    mount(use_audit(server))
    former = "5c" * 32
    server.modules.append("log_config")
    server.settings += printed("CustomLog", "apache").replace(
        "/var/log/apache2", str(server.root / "logs"))
    server.write_key("# the first", server.key, former)
    server.start()
    alices, bobs, older = server.create(label="ci"), server.create("bob"), shaped()
    server.tokens.append(older)
    server.insert("older", digest=server.digest(older, former))
    row = server.id_of(alices)
    for _ in range(3):
        assert server.check("alice", alices).status == 200
    assert server.check("alice", older).status == 200
    (server.root / "leaked.txt").write_text(f"{alices}\nno token\n  {older}\n")
    run(server, printed("jq -Rn"))
    assert [server.check(user, token).status for user, token in (
        ("alice", alices), ("alice", older), ("bob", bobs))] == [401, 401, 200]
    run(server, printed("hmac.new"))
    fingerprints = (server.root / "fingerprints").read_text().split()
    assert {server.digest(alices)[:12], server.digest(older, former)[:12]} <= set(fingerprints)
    lines = run(server, printed("-f fingerprints")).splitlines()
    assert any("token created" in line and f"id={row}" in line for line in lines)
    assert sum("token revoked" in line for line in lines) == 2
    assert sum("token refused: reason=unknown-or-revoked" in line for line in lines) == 2
    assert not any("user=bob" in line for line in lines)
    used = printed("$NF == 7").replace("== 7", f"== {row}")
    server.poll(lambda: run(server, used).split() == ["3", "127.0.0.1"])
    statement = printed("jiratoken_audit", "sql").rstrip(";\n").replace(
        "token_id = 7", f"token_id = {row}")
    last = server.sql(statement)[-1]
    assert "nobody" in last and "127.0.0.1" in last and "revoked" in last


@pytest.mark.database
def test_fingerprint_alone_leads_to_the_row(running):
    statement = printed("previous_digest", "sql").rstrip(";\n")
    token, other = running.create(label="ci"), running.create(label="other")
    for text, label in ((token, "ci"), (other, "other")):
        found = running.sql(statement.replace("3f2a91c07d5e", running.digest(text)[:12]))
        assert [row[1:3] for row in found] == [("alice", label)]
    running.sql("UPDATE jiratoken SET previous_digest = ? WHERE label = 'ci'", "e" * 64)
    found = running.sql(statement.replace("3f2a91c07d5e", "e" * 12))
    assert [row[2] for row in found] == ["ci"]


# ---- what scanners look for


def patterns():
    """Of each file, and of the page."""
    [rule] = tomllib.loads((SCANNERS / "gitleaks.toml").read_text())["rules"]
    [hog] = re.findall(r"(?m)^      token: '(.*)'$", (SCANNERS / "trufflehog.yaml").read_text())
    pages = {printed("\\b", "text").strip(),
             *re.findall(r"grep -a?oP '([^']*)'", (TOP / PAGE).read_text())}
    assert rule["keywords"] == ["jt_"]
    return {rule["regex"], hog, *pages}


def by_python(pattern, text):
    return [found[0] for found in re.finditer(pattern, text)]


def by_grep(pattern, text):
    return subprocess.run(["grep", "-oP", pattern], input=text, text=True, check=False,
                          capture_output=True).stdout.split()


def by_github(_, text):
    """As the table says what stands before and behind."""
    row = re.search(r"secret format `(.*?)`; before `(.*?)`; after `(.*?)` ", (
        TOP / PAGE).read_text())
    secret, before, after = (part.replace("\\|", "|").replace("\\z", "\\Z")
                             for part in row.groups())
    return [found[1] for found in re.finditer(
        f"(?:{before})({secret})(?={after})", text)]


CONTEXTS = ["{}", '"{}"', "'{}'", "TOKEN={}", "token: {}", "https://alice:{}@jira.example.org/x",
            "curl -u alice:{} x", "({})", "{},", "{}.", "<{}>", "\t{}", "{}\r", "`{}`", "{}\\n",
            '{{"rawToken":"{}"}}', "password={}&x=1", "-{}-", "ü {} "]
OTHERS = ["jt_" + "a" * 48, "jt_" + "a" * 50, "JT_" + "a" * 49, "jt-" + "a" * 49,
          "jt_" + "a" * 40 + "-" + "a" * 8, "xjt_" + "a" * 49, "other_" + "a" * 49, "jt_"]


@pytest.mark.parametrize("find", [by_python, by_grep, by_github])
def test_pattern_finds_each_token_and_nothing_else(find):
    [pattern] = patterns()      # one for all
    for context in CONTEXTS:
        token = shaped()
        assert find(pattern, context.format(token) + "\n") == [token], context
    for text in OTHERS:
        assert find(pattern, f"x {text} y\n") == []
    both = [shaped(), shaped()]
    assert find(pattern, f"{both[0]} {both[1]}\n") == both


def test_tokens_that_httpd_makes_have_shape_and_checksum(running):
    made = [running.create() for _ in range(20)]
    [pattern] = patterns()
    assert all(by_grep(pattern, token) == [token] for token in made)
    assert passes(made) == made


def passes(texts):
    return subprocess.run([SCANNERS / "jiratoken-checksum"], text=True, check=True,
                          input="".join(f"{text}\n" for text in texts),
                          capture_output=True).stdout.split()


def test_checksum_tells_tokens_from_what_was_made_up():
    good = [shaped(prefix) for prefix in ("jt", "a1", "abcdefghijklmnop")]
    swapped = [text[:20] + text[21] + text[20] + text[22:] for text in good]
    made_up = ["jt_" + "0" * 49, *(text for text, before in zip(swapped, good)
                                   if text != before), good[0] + "x", good[0].upper(),
               "J" + good[0][1:], "x " + good[0], "", "jt_" + "é" * 49]
    assert passes(made_up + good) == good


def git(folder, *words, **more):
    return subprocess.run(
        ["git", "-c", "user.name=x", "-c", "user.email=x@localhost", "-c",
         "init.defaultBranch=main", *words], cwd=folder, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)


@pytest.fixture
def history(tmp_path):
    """(a repository, a token that was in it once)"""
    token, folder = shaped(), tmp_path / "work"
    folder.mkdir()
    git(folder, "init", "-q")
    for text in (f"password = {token}\n", "password = jt_" + "0" * 49 + "\n", "nothing\n"):
        (folder / "settings").write_text(text)
        git(folder, "add", "settings")
        assert git(folder, "commit", "-qm", "x").returncode == 0
    return folder, token


def path_with_checksum(environment):
    return {**environment, "PATH": f"{SCANNERS}:{environment['PATH']}"}


def test_history_is_searched(history):
    folder, token = history
    subprocess.run(["bash", "-c", printed("--all |")], cwd=folder, check=True,
                   env=path_with_checksum(os.environ))
    assert (folder / "leaked.txt").read_text() == token + "\n"


def test_hook_keeps_tokens_out(history, tmp_path):
    folder, token = history
    bare = tmp_path / "bare"
    git(tmp_path, "init", "-q", "--bare", "bare")
    hook = bare / "hooks/pre-receive"
    hook.write_text(printed("while read", "sh"))
    hook.chmod(0o755)
    environment = path_with_checksum(os.environ)
    pushed = git(folder, "push", "-q", str(bare), "main", env=environment)
    assert pushed.returncode != 0 and "there is an access token in it" in pushed.stdout
    assert token not in pushed.stdout
    git(folder, "checkout", "-q", "--orphan", "clean")
    assert git(folder, "commit", "-qm", "clean").returncode == 0
    for words in (("clean",), ("clean:other",), (":other",)):
        done = git(folder, "push", "-q", str(bare), *words, env=environment)
        assert done.returncode == 0, done.stdout
