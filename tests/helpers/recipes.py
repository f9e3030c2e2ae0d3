# SPDX-License-Identifier: Apache-2.0
"""The examples that the pages tell people to paste, what they open, and a person who
runs them as they stand."""

import json
import os
import pathlib
import subprocess

from clients import HELLO, PATIENCE, use_services
from page import Page, text
from terminal import type_in

# In single quotes, in double quotes, in a URL and in XML something else each.
HOSTILE = "o'brien $(id) `id` \"x\" \\ %USER% ${HOME} <b>&amp;"
JIRA = {"baseUrl": "http://jira", "version": "9.12.0", "versionNumbers": [9, 12, 0],
        "deploymentType": "Server", "serverTitle": "Jira"}

# One address for all that is not git and not Subversion.
EVERYTHING = """
Alias "/app" "{root}/every"
<Directory "{root}/every">
    Require all granted
    Dav On
    DirectoryIndex index.html index.txt
    DirectoryCheckHandler On
</Directory>
AddType text/html .html
<LocationMatch "^/(app|more)">
    AuthType Basic
    AuthName "site"
    AuthBasicProvider jiratoken
    Require valid-user
</LocationMatch>
JiraTokenServiceURL http://127.0.0.1:{port}/app/ "Everything"
JiraTokenServiceURL http://127.0.0.1:{port}/more/git/project.git "Code"
JiraTokenServiceURL http://127.0.0.1:{port}/more/svn "Revisions"
"""


def examples(page):
    """The blocks of code, by the name of their example."""
    return {details.get("id").removeprefix("recipe-"):
            [text(block) for block in details.iter("pre")]
            for details in page.all("details")}


def use_everything(server):
    """What the examples open, on a server that is not yet running: its folder, for
    what a test adds."""
    use_services(server, "/more")
    every = server.root / "every"
    (every / "rest/api/2").mkdir(parents=True)
    (every / "index.txt").write_text(HELLO + "\n")
    (every / "rest/api/2/serverInfo").write_text(json.dumps(JIRA))
    (every / "rest/api/2/myself").write_text(json.dumps({"name": HELLO}))
    server.locations += EVERYTHING.format(root=server.root, port=server.port)
    return every


def change(token):
    """One character of it."""
    return token[:20] + ("A" if token[20] != "A" else "B") + token[21:]


class Reader:
    """Somebody with an empty home and the page that shows a token, or the same page
    with one character of the token misspelt. folder: an empty one."""

    def __init__(self, answer, folder, is_misspelt=False):
        page = Page(answer)
        self.token = page.id("token").text
        self.examples = examples(page)
        if is_misspelt:
            wrong = change(self.token)
            self.examples = {name: [block.replace(self.token, wrong) for block in blocks]
                             for name, blocks in self.examples.items()}
            self.token = wrong
        self.home = pathlib.Path(folder)
        self.more = {}

    def environment(self):
        """Debian's own programs first, and nothing of the host's set."""
        return {"PATH": "/usr/bin:/bin:" + os.environ["PATH"], "HOME": str(self.home),
                "LC_ALL": "C.UTF-8", "no_proxy": "127.0.0.1", "GIT_CONFIG_NOSYSTEM": "1",
                "TERM": "dumb", **self.more}

    def run(self, command):
        """As a script runs it: there is nobody to ask."""
        return subprocess.run(
            ["bash", "-c", command], cwd=self.home, text=True, check=False,
            timeout=PATIENCE, stdin=subprocess.DEVNULL, capture_output=True,
            start_new_session=True, env={**self.environment(), "GIT_TERMINAL_PROMPT": "0"})

    def type(self, command):
        """In a terminal, where the token is pasted for each password."""
        return type_in(["bash", "-c", command], self.token, self.home,
                       self.environment())

    def write(self, name, block, mode=0o600):
        """A file of the home, as an example says."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block + "\n")
        path.chmod(mode)


def check_both(show, example, folder):
    """An example as it stands works, and visibly fails with a token that is
    misspelt. show: makes a token, and answers with the page that shows it."""
    for is_misspelt in (False, True):
        home = folder / ("misspelt" if is_misspelt else "right")
        home.mkdir()
        reader = Reader(show(), home, is_misspelt)
        done = example(reader)
        said = done.stdout + (done.stderr or "")
        if is_misspelt:
            assert HELLO not in done.stdout, said
            assert done.returncode != 0 or "401" in done.stdout, said
        else:
            assert done.returncode == 0 and HELLO in done.stdout, said
