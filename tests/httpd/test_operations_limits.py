# SPDX-License-Identifier: Apache-2.0
"""The recipes for limited tokens in docs/operations.md, as they stand there, with
the programs that they are about."""

import json

import pytest

from clients import Visit, cadaver, git_clone, git_push, got_in, svn_commit, svn_log, \
    use_services
from documents import blocks
from forms import form_section, load_form, sign_in, sign_in_section
from jira_site import jira
from server import basic

pytestmark = pytest.mark.plain

BASIC = """
<Location "{place}">
    AuthType Basic
    AuthName "site"
    AuthBasicProvider jiratoken file
    AuthUserFile "{root}/users"
    Require valid-user
    JiraTokenBearer On
</Location>
"""
SCHEMES = ("Basic", "Bearer")


def recipe(word):
    [block] = blocks("docs/operations.md", "apache", word)
    return block


def protect(server, place):
    """By the chain; the recipes come below."""
    server.locations += BASIC.format(place=place, root=server.root)
    return server


def header(scheme, token):
    return {"Authorization": basic("alice", token) if scheme == "Basic"
            else f"Bearer {token}"}


def make_pages(server, *places):
    for place in places:
        (server.root / "docs" / place).mkdir(parents=True, exist_ok=True)
        (server.root / "docs" / place / "page.txt").write_text("a page\n")


def statuses(server, place, token, method="GET"):
    """By each scheme."""
    return [server.request(method, place, headers=header(scheme, token)).status
            for scheme in SCHEMES]


@pytest.fixture
def visit(tmp_path):
    """made(server, token): who opens what is at the server's root."""
    def made(server, token):
        home = tmp_path / str(len(list(tmp_path.iterdir())))
        home.mkdir()
        return Visit(f"http://localhost:{server.port}", "alice", token, home)
    return made


# ---- areas


def test_token_for_one_application_opens_that_one_alone(server):
    make_pages(server, "git", "wiki", "wiki/admin", "other")
    for place in ("/git", "/wiki", "/other"):
        protect(server, place)
    server.locations += recipe("JiraTokenArea")
    server.start()
    everywhere, wiki = server.create(), server.create(area="wiki")
    for place, status in (("wiki", 200), ("wiki/admin", 403), ("git", 403), ("other", 403)):
        assert statuses(server, f"/{place}/page.txt", wiki) == [status] * 2, place
        assert statuses(server, f"/{place}/page.txt", everywhere) == [200] * 2


# ---- what reads by POST, and WebDAV


@pytest.fixture
def services(server):
    use_services(server, "")
    for place in ("/git", "/dav", "/svn"):
        protect(server, place)
    server.locations += recipe("git-upload-pack") + recipe("Dav On")
    server.expect("svn|dav|AH00526")
    return server.start()


def test_read_only_token_clones_and_does_not_push(services, visit):
    token = services.create(read="1")
    done = git_clone(visit(services, token))
    assert got_in(done), done.stderr
    done = git_push(visit(services, token))
    assert not got_in(done) and "403" in done.stderr, done.stderr
    assert got_in(git_push(visit(services, services.create())))


def test_read_only_token_lists_and_fetches_by_webdav_and_changes_nothing(services, visit):
    reading = visit(services, services.create(read="1"))
    done = cadaver(reading)
    assert got_in(done), done.stdout
    folder = services.root / "app/dav"
    before = sorted(folder.iterdir())
    (reading.home / "new.txt").write_text("new\n")
    for change in ("put new.txt", "delete hello.txt", "move hello.txt gone.txt",
                   "copy hello.txt copy.txt", "mkcol more", "lock hello.txt"):
        done = reading.run("cadaver", reading.url + "/dav/", stdin=f"{change}\nquit\n")
        assert "403" in done.stdout, (change, done.stdout)
    assert sorted(folder.iterdir()) == before
    writing = visit(services, services.create())
    (writing.home / "new.txt").write_text("new\n")
    writing.write_netrc()
    writing.run("cadaver", writing.url + "/dav/", stdin="put new.txt\nquit\n")
    assert (folder / "new.txt").read_text() == "new\n"


def curl(visiting, method, path, *words):
    done = visiting.run("curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "-X", method,
                        "-u", f"alice:{visiting.password}", *words, visiting.url + path)
    return int(done.stdout)


def test_curl_reads_by_webdav_with_a_read_only_token(services, visit):
    reading = visit(services, services.create(read="1"))
    assert curl(reading, "PROPFIND", "/dav/", "-H", "Depth: 1") == 207
    assert curl(reading, "GET", "/dav/hello.txt") == 200
    for method in ("PUT", "DELETE", "MOVE", "COPY", "MKCOL", "PROPPATCH", "LOCK"):
        assert curl(reading, method, "/dav/hello.txt", "-H",
                    "Destination: " + reading.url + "/dav/gone.txt") == 403, method


def test_read_only_token_reads_subversion_and_does_not_commit(services, visit):
    token = services.create(read="1")
    assert got_in(svn_log(visit(services, token)))
    assert not got_in(svn_commit(visit(services, token)))
    assert got_in(svn_commit(visit(services, services.create())))


@pytest.fixture
def searched(server):
    with jira(server) as seen:
        protect(server, "/rest")
        server.locations += recipe("/search$")
        server.seen = seen
        yield server.start()
        server.stop()


def test_read_only_token_searches_by_post_and_makes_no_issue(searched, visit):
    reading, writing = (visit(searched, searched.create(**more))
                        for more in ({"read": "1"}, {}))
    body = ("-H", "Content-Type: application/json", "-d",
            json.dumps({"jql": "text ~ " + "x" * 9000}))
    for version in ("2", "latest"):
        assert curl(reading, "POST", f"/rest/api/{version}/search", *body) \
            == (200 if version == "2" else 404)     # the backend's own answer
    assert curl(reading, "PUT", "/rest/api/2/search", *body) == 403
    before = len(searched.seen)
    assert curl(reading, "POST", "/rest/api/2/issue", *body) == 403
    assert curl(reading, "POST", "/rest/api/2/search/x", *body) == 403
    assert len(searched.seen) == before
    assert curl(writing, "POST", "/rest/api/2/issue", *body) == 201


# ---- expressions


def test_rule_about_the_limits_is_about_tokens_alone(server):
    make_pages(server, "reports")
    protect(server, "/reports").locations += recipe("JIRATOKEN_SCOPE")
    server.expect("AH01631")
    server.start()
    place = "/reports/page.txt"
    here = {"from": "127.0.0.0/8"}
    for limits, status in (({"read": "1"}, 200), ({"read": "1", **here}, 200),
                           ({}, 401), (here, 401)):
        assert statuses(server, place, server.create(**limits)) == [status] * 2
    assert server.get(place, user="alice").status == 200
    assert server.get(place).status == 401


def test_rule_about_the_label_asks_for_the_user_as_well(server):
    make_pages(server, "hooks/deploy")
    protect(server, "/hooks").locations += recipe("JIRATOKEN_LABEL")
    server.expect("AH01631|AH01629")
    server.start()
    place = "/hooks/deploy/page.txt"
    assert statuses(server, place, server.create(label="deploy")) == [200] * 2
    assert statuses(server, place, server.create(label="deploy2")) == [401] * 2
    his = server.create("bob", label="deploy")
    assert server.check("bob", his, place).status == 401
    answer = server.get(place)
    assert answer.status == 401 and "Basic" in answer.get("WWW-Authenticate")
    assert server.get(place, user="alice").status == 401


@pytest.mark.parametrize("word, part", [
    ("JIRATOKEN_LABEL", "%{REMOTE_USER} == 'alice' \\\n                  && "),
    ("/secure/admin", "Require valid-user\n")])
def test_part_of_a_rule_that_must_not_be_left_out(server, word, part):
    """Without it httpd decides before it asks for credentials."""
    make_pages(server, "hooks/deploy", "secure/admin")
    for place in ("/hooks", "/secure"):
        protect(server, place)
    assert part in recipe(word)
    server.locations += recipe(word).replace(part, "")
    server.start()
    token = server.create(label="deploy")
    assert statuses(server, "/hooks/deploy/page.txt", token) \
        == ([403] * 2 if word == "JIRATOKEN_LABEL" else [200] * 2)
    assert server.get("/secure/admin/page.txt").status \
        == (401 if word == "JIRATOKEN_LABEL" else 200)


# ---- no tokens


def forms(server, accept):
    """Where people sign in by a form."""
    load_form(server)
    server.locations += sign_in_section(server) + form_section(
        server, "/secure", 'AuthFormLoginRequiredLocation "/signin"',
        f"JiraTokenAccept {accept}", "JiraTokenBearer On")


def accept_file(server, accept):
    """Where they do by a password, which another provider knows."""
    protect(server, "/secure")
    server.locations = server.locations.replace(
        "AuthBasicProvider jiratoken file", f"AuthBasicProvider file\nJiraTokenAccept {accept}")


def listed(server, _):
    protect(server, "/secure")


WAYS = {"form": forms, "file": accept_file, "listed": listed}


@pytest.mark.parametrize("accept", ["On", "Challenge"])
@pytest.mark.parametrize("way", WAYS)
def test_no_token_opens_what_is_for_people_alone(server, way, accept):
    make_pages(server, "secure", "secure/admin")
    WAYS[way](server, accept)
    server.locations += recipe("/secure/admin")
    server.modules.append("rewrite")
    server.locations += ('<Location "/secure/detour">\nRewriteEngine On\n'
                         "RewriteRule ^ /secure/admin/page.txt\n</Location>\n")
    server.expect("AH01631|no token opens this location")
    server.start()
    for token in (server.create(), server.create(read="1")):
        assert statuses(server, "/secure/page.txt", token) == [200] * 2
        for method in ("GET", "HEAD", "POST", "PROPFIND"):
            assert statuses(server, "/secure/admin/page.txt", token, method) == [403] * 2
        assert statuses(server, "/secure/detour", token) == [403] * 2
    person = sign_in(server, "alice", "wonderland") if way == "form" \
        else {"Authorization": basic("alice", "wonderland")}
    assert server.get("/secure/admin/page.txt", headers=person).status == 200
    assert server.get("/secure/admin/page.txt").status in (401, 302)


@pytest.mark.parametrize("accept", ["On", "Challenge"])
def test_where_people_are_redirected_off_is_enough(server, accept):
    make_pages(server, "secure", "secure/admin")
    forms(server, accept)
    server.locations += '<Location "/secure/admin">\nJiraTokenAccept Off\n</Location>\n'
    server.start()
    token = server.create()
    assert statuses(server, "/secure/page.txt", token) == [200] * 2
    assert statuses(server, "/secure/admin/page.txt", token) == [302] * 2
    person = sign_in(server, "alice", "wonderland")
    assert server.get("/secure/admin/page.txt", headers=person).status == 200
