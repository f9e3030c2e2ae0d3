# SPDX-License-Identifier: Apache-2.0
"""conf/examples/prometheus and docs/operations/monitoring.md: what a real httpd counts
is what Prometheus reads, and the alerts are about that."""

import re
import subprocess

import pytest
from prometheus_client.parser import text_string_to_metric_families

from documents import blocks
from remembering import counts, use_cache
from server import HANGS, TOP, shaped

PAGE = "docs/operations/monitoring.md"
EXAMPLES = TOP / "conf/examples/prometheus"
SCRIPT = EXAMPLES / "jiratoken-metrics"

pytestmark = pytest.mark.plain


def printed(word, kind=""):
    [block] = blocks(PAGE, kind, word)
    return block


@pytest.fixture
def counting(server):
    server.modules += ["status"]
    use_cache(server)
    server.locations += printed("server-status", "apache")
    return server.start()


def run(*words):
    done = subprocess.run(words, text=True, capture_output=True, timeout=HANGS, check=False)
    return done.returncode, done.stdout, done.stderr


def url(server):
    return f"http://127.0.0.1:{server.port}/server-status?auto"


def read(text):
    """{(name, reason): value}, as Prometheus' own parser reads it."""
    found = {}
    for family in text_string_to_metric_families(text):
        assert family.type == ("gauge" if family.name == "jiratoken_up" else "counter")
        for sample in family.samples:
            key = sample.name, sample.labels.get("reason")
            assert key not in found
            found[key] = sample.value
    return found


def snake(name):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def expected(server):
    text = server.get("/server-status?auto").text
    found = {("jiratoken_up", None): 1}
    for name, number in re.findall(r"^JiraToken(\w+): (\d+)$", text, re.M):
        reason = name.removeprefix("Refused")
        if reason != name:
            found["jiratoken_refused_total", snake(reason)] = int(number)
        else:
            found[f"jiratoken_{snake(name)}_total", None] = int(number)
    return found


def test_each_counter_is_a_metric_with_its_value(counting):
    token = counting.create()
    for _ in range(5):
        counting.check("alice", token)
    counting.check("bob", token)
    counting.check("bob", shaped())
    counting.revoke(token)
    code, said, wrong = run(SCRIPT, url(counting))
    assert (code, wrong) == (0, "")
    found = read(said)
    assert found == expected(counting)
    assert found["jiratoken_checks_total", None] == 7
    assert found["jiratoken_revoked_total", None] == 1
    assert found["jiratoken_refused_total", "other_owner"] == 1
    assert len(found) == len(re.findall("(?m)^JiraToken", counting.get(
        "/server-status?auto").text)) + 1


def test_file_is_whole_at_each_instant_and_others_may_read_it(counting, tmp_path):
    file = tmp_path / "jiratoken.prom"
    for _ in range(2):
        assert run(SCRIPT, url(counting), file) == (0, "", "")
        assert file.stat().st_mode & 0o777 == 0o644
    assert read(file.read_text()) == expected(counting)
    assert list(tmp_path.iterdir()) == [file]
    counting.stop()
    code, _, wrong = run(SCRIPT, url(counting), file)
    assert code == 1 and "curl: (7)" in wrong
    assert read(file.read_text()) == {("jiratoken_up", None): 0}


@pytest.mark.parametrize("path", ["/open/hello.txt", "/nowhere", "/files/hello.txt"])
def test_other_pages_are_no_counters(counting, path):
    code, said, _ = run(SCRIPT, url(counting).replace("/server-status?auto", path))
    assert code == 1 and read(said) == {("jiratoken_up", None): 0}


def test_script_has_about_as_many_lines_as_it_says():
    lines = [line for line in SCRIPT.read_text().splitlines() if not line.startswith("#")]
    assert len(lines) <= 30


def test_alerts_are_about_metrics_that_there_are(counting):
    """And the page has each of them."""
    text = (EXAMPLES / "jiratoken.rules.yml").read_text()
    names = {name for name, _ in expected(counting)}
    reasons = {reason for _, reason in expected(counting)}
    used = set(re.findall(r"\bjiratoken_\w+", text))
    assert used <= names and "jiratoken_up" in used
    for words in re.findall(r'reason=~?"([^"]*)"', text):
        assert set(words.split("|")) <= reasons
    alerts = re.findall(r"- alert: (\w+)", text)
    assert len(alerts) >= 8
    page = (TOP / PAGE).read_text()
    for alert in alerts:
        assert f"`{alert}`" in page
    for name in names:
        assert f"`{name}" in page


def test_lines_for_the_log_find_what_they_say(counting):
    token = counting.create()
    for _ in range(3):
        counting.check("bob", token)
    counting.check("bob", shaped())

    def here(word):
        command = printed(word).replace("/var/log/apache2", str(counting.root / "logs"))
        return run("bash", "-c", command)
    code, said, _ = here("token refused")
    assert code == 0 and [line.split() for line in said.splitlines()] == [
        ["3", "somebody-else's", "127.0.0.1"], ["1", "unknown-or-revoked", "127.0.0.1"]]
    assert here("emerg") == (1, "", "")
    counting.expect("jiratoken:error|AH0063|AH00632|dbd")
    counting.sql("ALTER TABLE jiratoken RENAME TO away")
    assert counting.check("bob", shaped()).status == 503
    assert "the token database cannot answer" in here("emerg")[1]
    counting.sql("ALTER TABLE away RENAME TO jiratoken")


def test_probe_says_whether_it_got_in_and_until_when(server):
    """With a token in a file, on no command line."""
    server.start()
    token = server.create(expires="2094-12-31")
    netrc = server.root / "probe"
    netrc.write_text(f"machine 127.0.0.1 login alice password {token}\n")
    command = printed("netrc-file").replace("/etc/jiratoken/probe", str(netrc)).replace(
        "https://jira.example.org/status", f"http://127.0.0.1:{server.port}/files/hello.txt")
    assert run("bash", "-c", command)[1] == "200 2095-01-01T00:00:00Z\n"
    server.revoke(token)
    assert run("bash", "-c", command)[1].startswith("401")
