# SPDX-License-Identifier: Apache-2.0
"""Programs that people give a user name and a token to, each called as its manual
says, and what they open. CLIENTS is the table: most send nothing until they are
asked, some send at once."""

import atexit
import dataclasses
import functools
import os
import pathlib
import shutil
import subprocess
import tempfile
import urllib.parse

SOURCE = pathlib.Path(__file__).resolve().parent / "Fetch.java"
HELLO = "hello from the site"   # what who got in has seen
PATIENCE = 300      # seconds that a program may take on a busy machine

# Below the URL {at}: a file, WebDAV, git and Subversion.
SERVICES = """
Alias "{at}/hello.txt" "{root}/app/hello.txt"
Alias "{at}/dav" "{root}/app/dav"
DavLockDB "{root}/data/locks"
<Directory "{root}/app">
    Require all granted
</Directory>
<Location "{at}/dav">
    Dav On
</Location>
ScriptAlias "{at}/git" "{git}/git-http-backend"
<Directory "{git}">
    Require all granted
</Directory>
<Location "{at}/git">
    SetEnv GIT_PROJECT_ROOT "{root}/app/git"
    SetEnv GIT_HTTP_EXPORT_ALL 1
    SetEnv GIT_CONFIG_COUNT 1
    SetEnv GIT_CONFIG_KEY_0 safe.directory
    SetEnv GIT_CONFIG_VALUE_0 *
</Location>
<Location "{at}/svn">
    DAV svn
    SVNPath "{root}/app/svn"
</Location>
"""


def run(words, home, more=None, stdin=""):
    """As somebody else's account, with nothing of the host's set."""
    clean = {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8",
             "no_proxy": "localhost,127.0.0.1", "GIT_TERMINAL_PROMPT": "0",
             "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_COUNT": "1",
             "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*",
             "GIT_ASKPASS": "/bin/false", "EMAIL": "somebody@example.org", **(more or {})}
    return subprocess.run([str(word) for word in words], env=clean, cwd=home, text=True,
                          input=stdin, capture_output=True, timeout=PATIENCE, check=False)


def succeed(words, home):
    done = run(words, home)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


# ---- what there is to open


def use_services(server, at="/app"):
    """Everything that CLIENTS open, below this URL of a server that is not yet
    running. Who may, the test adds."""
    app = server.root / "app"
    (app / "dav").mkdir(parents=True)
    (app / "hello.txt").write_text(HELLO + "\n")
    (app / "dav/hello.txt").write_text(HELLO + "\n")
    make_git(app / "git/project.git", app / "work")
    succeed(["svnadmin", "create", app / "svn"], app)
    succeed(["svn", "mkdir", "-q", "-m", HELLO, f"file://{app}/svn/trunk"], app)
    server.give(app)
    server.modules += ["dav", "dav_fs", "dav_svn", "authz_svn",
                       "cgi" if server.mpm == "prefork" else "cgid"]
    server.locations += SERVICES.format(
        at=at, root=server.root, git=succeed(["git", "--exec-path"], app).stdout.strip())


def make_git(bare, work):
    """A repository with one commit."""
    home = work.parent
    succeed(["git", "init", "-q", "--bare", "-b", "main", bare], home)
    succeed(["git", "init", "-q", "-b", "main", work], home)
    (work / "hello.txt").write_text(HELLO + "\n")
    succeed(["git", "-C", work, "add", "hello.txt"], home)
    succeed(["git", "-C", work, "commit", "-q", "-m", "one"], home)
    succeed(["git", "-C", work, "push", "-q", bare, "main"], home)


@dataclasses.dataclass
class Visit:
    """Who opens what: url is where the services are, without a slash at its end.
    home: an empty folder. more: variables of the environment."""

    url: str
    user: str
    password: str
    home: pathlib.Path
    more: dict = dataclasses.field(default_factory=dict)

    def run(self, *words, stdin=""):
        return run(words, self.home, self.more, stdin)

    @property
    def file(self):
        return self.url + "/hello.txt"

    @property
    def repository(self):
        return self.url + "/git/project.git"

    @property
    def host(self):
        return urllib.parse.urlsplit(self.url).hostname

    def url_with_credentials(self):
        who = ":".join(urllib.parse.quote(text, "") for text in (self.user, self.password))
        return self.url.replace("://", f"://{who}@")

    def write_netrc(self):
        path = self.home / ".netrc"
        path.write_text(f"machine {self.host}\nlogin {self.user}\n"
                        f"password {self.password}\n")
        path.chmod(0o600)


# ---- the programs


def curl(visit):
    return visit.run("curl", "-fsS", "-u", f"{visit.user}:{visit.password}", visit.file)


def curl_when_asked(visit):
    return visit.run("curl", "-fsS", "--anyauth", "-u", f"{visit.user}:{visit.password}",
                     visit.file)


def curl_netrc(visit):
    visit.write_netrc()
    return visit.run("curl", "-fsS", "-n", visit.file)


def wget(visit):
    return visit.run("wget", "-q", "--tries=1", "-O", "-", f"--user={visit.user}",
                     f"--password={visit.password}", visit.file)


def wget_at_once(visit):
    return visit.run("wget", "-q", "--tries=1", "-O", "-", "--auth-no-challenge",
                     f"--user={visit.user}", f"--password={visit.password}", visit.file)


def git(visit, *words):
    """With the token from git's own store, where a person keeps it."""
    (visit.home / "store").write_text(visit.url_with_credentials() + "\n")
    return visit.run("git", "-c", f"credential.helper=store --file={visit.home}/store",
                     *words)


def git_clone(visit):
    return cloned(visit, git(visit, "clone", "-q", visit.repository, "copy"))


def git_clone_url(visit):
    """With the token in the URL, as CI jobs have it."""
    return cloned(visit, visit.run(
        "git", "clone", "-q", visit.url_with_credentials() + "/git/project.git", "copy"))


def cloned(visit, done):
    copy = visit.home / "copy/hello.txt"
    done.stdout += copy.read_text() if copy.exists() else ""
    return done


def git_push(visit):
    visit.run("git", "init", "-q", "-b", "main")
    visit.run("git", "commit", "-q", "--allow-empty", "-m", "two")
    done = git(visit, "push", "--porcelain", visit.repository,
               "main:refs/heads/" + visit.home.name)
    done.stdout = done.stdout.replace("[new branch]", HELLO)
    return done


def svn(visit, *words):
    return visit.run("svn", *words, "--non-interactive", "--no-auth-cache",
                     "--username", visit.user, "--password-from-stdin",
                     stdin=visit.password)


def svn_log(visit):
    return svn(visit, "log", visit.url + "/svn")


def svn_commit(visit):
    done = svn(visit, "mkdir", "-m", "two", f"{visit.url}/svn/{visit.home.name}")
    done.stdout = done.stdout.replace("Committing transaction...", HELLO)
    return done


def cadaver(visit):
    visit.write_netrc()
    return visit.run("cadaver", visit.url + "/dav/", stdin="cat hello.txt\nquit\n")


def rclone(visit):
    secret = visit.run("rclone", "obscure", visit.password).stdout.strip()
    return visit.run("rclone", "cat", ":webdav:hello.txt", "--low-level-retries=1",
                     "--retries=1", f"--webdav-url={visit.url}/dav",
                     f"--webdav-user={visit.user}", f"--webdav-pass={secret}")


def requests(visit):
    code = "import requests, sys; url, *who = sys.argv[1:]; " \
           "who = tuple(text.encode() for text in who); " \
           "answer = requests.get(url, auth=who); print(answer.text); " \
           "answer.raise_for_status()"
    return visit.run("/usr/bin/python3", "-c", code, visit.file, visit.user,
                     visit.password)


def urllib_when_asked(visit):
    code = "import sys, urllib.request as u; url, *who = sys.argv[1:]; " \
           "keys = u.HTTPPasswordMgrWithDefaultRealm(); " \
           "keys.add_password(None, url, *who); " \
           "opener = u.build_opener(u.HTTPBasicAuthHandler(keys)); " \
           "print(opener.open(url).read().decode())"
    return visit.run("/usr/bin/python3", "-c", code, visit.file, visit.user,
                     visit.password)


@functools.cache
def java_classes():
    """Compiled once a run."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="jiratoken-java."))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    succeed(["javac", "-d", folder, SOURCE], folder)
    return folder


def java(visit, how="HttpClient"):
    visit.more = {**visit.more, "SITE_USER": visit.user, "SITE_TOKEN": visit.password}
    return visit.run("java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
                     "-cp", java_classes(), "Fetch", how, visit.file)


def java_url(visit):
    return java(visit, "HttpURLConnection")


CLIENTS = {
    "curl": curl, "curl, when asked": curl_when_asked, "curl -n": curl_netrc,
    "wget": wget, "wget, at once": wget_at_once, "git clone": git_clone,
    "git clone URL": git_clone_url, "git push": git_push,
    "svn log": svn_log, "svn commit": svn_commit, "cadaver": cadaver, "rclone": rclone,
    "python3-requests": requests, "urllib": urllib_when_asked,
    "Java's HttpClient": java, "Java's HttpURLConnection": java_url,
}


def got_in(done):
    return HELLO in done.stdout and done.returncode == 0
