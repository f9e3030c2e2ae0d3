# SPDX-License-Identifier: Apache-2.0
"""build/demo, as somebody tries it: sign in, make a token, use it with curl and git and
by the examples of its page, revoke it, sign out, press Ctrl-C. And its --sso and
--several."""

import html
import http.cookiejar
import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]


class Demo:
    def __init__(self, temporary, *options):
        self.temporary = temporary
        self.process = subprocess.Popen(
            [TOP / "build/demo", *options], stdout=subprocess.PIPE, text=True,
            env={**os.environ, "TMPDIR": str(temporary)}, start_new_session=True)
        said = ""
        while "Ctrl-C" not in said:
            line = self.process.stdout.readline()
            assert line, "the demo ended:\n" + said
            said += line
        self.lines = said
        self.address = self.told("Address|First server")
        self.user = self.told("User")
        self.password = self.told("Password")
        self.browser = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def told(self, name):
        found = re.search(rf"(?:{name}): +(\S+)", self.lines)
        return found and found[1]

    def get(self, path):
        """As a browser: what it says, and where it has led."""
        request = urllib.request.Request(urllib.parse.urljoin(self.address, path),
                                         headers={"Accept": "text/html,application/xhtml+xml"})
        with self.browser.open(request) as answer:
            return answer.read().decode(), answer.url

    def post(self, path, **fields):
        request = urllib.request.Request(
            urllib.parse.urljoin(self.address, path),
            urllib.parse.urlencode(fields).encode(), {"Sec-Fetch-Site": "same-origin"})
        with self.browser.open(request) as answer:
            return answer.read().decode()

    def create(self, label="ci"):
        page = self.post("create", label=label, expires="")
        return re.search(r'id="token"[^>]*>([^<]+)<', page)[1], page

    def try_line(self, command, token, cwd, name="NAME", number=0):
        """A line that the demo prints, the first of these or a later one, with the token
        filled in."""
        lines = [x for x in self.lines.splitlines() if x.strip().startswith(command)]
        words = lines[number].replace("TOKEN", token).replace("NAME", name).split()
        if command == "curl":
            words.insert(1, "-fsS")
        return subprocess.run(words, cwd=cwd, text=True, capture_output=True,
                              timeout=60, check=False,
                              env={**os.environ, "GIT_TERMINAL_PROMPT": "0"})

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


@pytest.fixture
def folder():
    """httpd's children, another account, must get through: and pytest closes the
    parent of every tmp_path whenever another run of it begins."""
    made = pathlib.Path(tempfile.mkdtemp(prefix="jiratoken-demo."))
    made.chmod(0o755)
    yield made
    subprocess.run(["rm", "-rf", made], check=True)


@pytest.fixture
def demo(folder, request):
    made = Demo(folder, *getattr(request, "param", []))
    yield made
    if made.process.poll() is None:
        made.interrupt()


def examples(page, name):
    """The blocks of code in the page's example for a program."""
    [part] = re.findall(f'(?s)id="recipe-{name}".*?</details>', page)
    return [html.unescape(re.sub("<[^>]*>", "", block))
            for block in re.findall("(?s)<pre>(.*?)</pre>", part)]


def run(command, home):
    home.mkdir(exist_ok=True)
    return subprocess.run(["bash", "-c", command], cwd=home, text=True, timeout=60,
                          capture_output=True, check=False, stdin=subprocess.DEVNULL,
                          env={"PATH": "/usr/bin:/bin", "HOME": str(home),
                               "GIT_TERMINAL_PROMPT": "0", "no_proxy": "127.0.0.1"})


def try_page(demo, page, token, folder):
    """Its examples as they stand, with the token and with one character of it changed."""
    wrong = page.replace(token, token[:9] + ("a" if token[9] != "a" else "b") + token[10:])
    for which, text in (("right", page), ("wrong", wrong)):
        home = folder / which
        curl = run(examples(text, "curl")[3], home)
        python = run(f"/usr/bin/python3 -c {shlex.quote(examples(text, 'python')[0])}", home)
        clone, _, store, _, _, approve = examples(text, "git")
        git = run(f"{store}\n{approve}\n{clone}", home)
        if which == "right":
            assert "takes tokens" in curl.stdout and python.stdout == "200\n"
            assert "behind a token" in (home / "hello/README").read_text(), git.stderr
        else:
            assert curl.stdout.startswith("HTTP/1.1 401 ")
            assert python.stdout == "401\n" and python.returncode != 0
            assert git.returncode != 0 and not (home / "hello").exists()
        subprocess.run(["rm", "-rf", home], check=True)


def test_demo_does_the_main_job_and_leaves_nothing(demo, folder):
    page = demo.post("/sign-in", httpd_username=demo.user, httpd_password=demo.password)
    assert "0 of 25 tokens" in page
    token, page = demo.create("curl & git")

    curl = demo.try_line("curl", token, folder)
    assert curl.returncode == 0 and "takes tokens" in curl.stdout, curl.stderr
    clone = demo.try_line("git clone", token, folder)
    assert clone.returncode == 0, clone.stderr
    assert "behind a token" in (folder / "hello" / "README").read_text()

    try_page(demo, page, token, folder)
    assert "was revoked" in demo.post("1/revoke")
    assert "401" in demo.try_line("curl", token, folder).stderr
    subprocess.run(["rm", "-r", folder / "hello"], check=True)
    assert demo.try_line("git clone", token, folder).returncode != 0

    with demo.browser.open(urllib.parse.urljoin(demo.address, "/sign-out")) as answer:
        assert answer.url.endswith("/sign-in.html")
    with demo.browser.open(demo.address) as answer:
        assert answer.url.endswith("/sign-in.html")

    assert demo.interrupt() == 130
    assert list(folder.iterdir()) == []


# ---- single sign-on

def sign_in(demo, name, path=""):
    """At the provider, whose form is where the page leads."""
    text, place = demo.get(path)
    assert "<h1>Provider</h1>" in text
    return demo.post(place, login=name)


def sign_out(demo):
    page, _ = demo.get("")
    form, place = demo.get(html.unescape(re.search(r'href="([^"]*logout[^"]*)"', page)[1]))
    said = re.search(r'action="([^"]+)".*?name="xsrf" value="([^"]+)"', form, re.DOTALL)
    assert "asks nobody" in demo.post(urllib.parse.urljoin(place, said[1]), xsrf=said[2],
                                      logout="yes")


@pytest.mark.parametrize("demo", [["--sso"]], indirect=True, ids=["sso"])
def test_demo_of_single_sign_on(demo, folder):
    assert "0 of 25 tokens" in sign_in(demo, "alice")
    token, page = demo.create()
    assert "Files" in demo.get("create")[0]        # an area
    for name, code in (("alice", 0), ("bob", 22)):      # curl's, for a 401
        curl = demo.try_line("curl", token, folder, name)
        assert curl.returncode == code and ("takes tokens" in curl.stdout) == (code == 0)
    assert demo.try_line("git clone", token, folder, "alice").returncode == 0
    assert "takes tokens" in demo.get("/files/hello.txt")[0]
    try_page(demo, page, token, folder)

    shown = demo.try_line("curl", token, folder, "alice", 1)
    assert [each["name"] for each in json.loads(shown.stdout)] == ["ci"], shown.stderr
    assert demo.try_line("curl", token, folder, "alice", 2).returncode == 0
    assert demo.try_line("curl", token, folder, "alice").returncode == 22

    administrators = demo.told("Administrators")
    with pytest.raises(urllib.error.HTTPError):
        demo.get(administrators)
    sign_out(demo)
    assert "All tokens" in sign_in(demo, "admin", administrators)
    assert "Revoked" in demo.get(administrators + "audit")[0]
    subprocess.run(["rm", "-r", folder / "hello"], check=True)
    assert demo.interrupt() == 130
    assert list(folder.iterdir()) == []


# ---- several servers

@pytest.mark.parametrize("demo", [["--several"]], indirect=True, ids=["several"])
def test_demo_of_several_servers(demo, folder):
    demo.post("/sign-in", httpd_username=demo.user, httpd_password=demo.password)
    token, _ = demo.create()

    def both():
        return [demo.try_line("curl", token, folder, number=number) for number in (0, 1)]
    assert all("takes tokens" in each.stdout for each in both())
    # The first one's session opens the second, too.
    second = demo.told("Second server")
    assert second != demo.address and "1 of 25 tokens" in demo.get(second)[0]
    demo.address = second
    assert "was revoked" in demo.post("1/revoke")
    assert all("401" in each.stderr for each in both())
    assert demo.interrupt() == 130
    assert list(folder.iterdir()) == []


# ---- what it is asked for

@pytest.mark.parametrize("options, words", [
    (["--sso", "--several"], "--sso and --several are two demos"), (["--more"], "usage: ")])
def test_demo_says_what_it_does_not_take(options, words):
    done = subprocess.run([TOP / "build/demo", *options], text=True, capture_output=True,
                          timeout=60, check=False)
    assert done.returncode == 2 and words in done.stderr


@pytest.mark.parametrize("port", ["0", "65536", "x", "", "080"])
def test_demo_refuses_a_port_that_is_none(port):
    done = subprocess.run([TOP / "build/demo", "--port", port], text=True,
                          capture_output=True, timeout=20, check=False)
    assert done.returncode == 2
    assert "1 to 65535" in done.stderr and repr(port) in done.stderr
