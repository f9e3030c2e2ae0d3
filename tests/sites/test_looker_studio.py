# SPDX-License-Identifier: Apache-2.0
"""The whole job: somebody signs in at the provider, makes a read-only token on the
pages, by Chromium, and a connector of Looker Studio reads Jira with it. The connector's
requests are those that Apps Script's UrlFetchApp sends."""

import base64
import json

import pytest

import chromium
import jira_site
import oidc
from examples import use_example
from oidc import Employee, challenges

pytestmark = pytest.mark.plain

# There is no Accept, no Cookie, and nothing of Fetch Metadata.
APPS_SCRIPT = {
    "Accept-Encoding": "gzip, deflate, br",
    "User-Agent": "Mozilla/5.0 (compatible; Google-Apps-Script; beanserver; "
                  "+https://script.google.com; id: UAEmdDd8)",
    "X-Cloud-Trace-Context": "105445aa7843bc8bf206b12000100000/1;o=1"}


class Connector:
    """What its form asks for: an address, a user name and a password."""

    def __init__(self, site, user, password):
        self.site = site
        # Utilities.base64Encode(user + ":" + password)
        self.credentials = base64.b64encode(f"{user}:{password}".encode()).decode()

    def fetch(self, path, payload=None, credentials=None):
        headers = {**APPS_SCRIPT, "Authorization": f"Basic {credentials or self.credentials}"}
        if payload is None:
            return self.site.get(path, headers=headers)
        return self.site.request("POST", path, body=json.dumps(payload), headers={
            **headers, "Content-Type": "application/json"})

    def is_auth_valid(self):
        """As its function of this name does."""
        return self.fetch("/rest/api/2/myself").status == 200

    def get_data(self):
        """The reporters of all that it finds, by GET and by POST."""
        fields = self.fetch("/rest/api/2/field")
        assert fields.status == 200, fields.text
        found = [self.fetch("/rest/api/2/search?jql=text%20~%20one&startAt=0&maxResults=50"),
                 self.fetch("/rest/api/2/search", {"jql": "text ~ one", "startAt": 0})]
        return [json.loads(answer.text)["issues"][0]["fields"]["reporter"]["name"]
                for answer in found]


@pytest.fixture(scope="module")
def driver():
    with chromium.start("performance") as started:
        yield started


@pytest.fixture
def site(server, openid_provider):
    with jira_site.backend() as (url, server.seen):
        use_example(server, "looker-studio", JIRA=url,
                    **oidc.values_of_example(server, openid_provider))
        yield server.start()
        server.stop()


@pytest.fixture
def employee(driver, site):
    chromium.open_empty_tab(driver)
    return Employee(driver, site)


def make_token(employee, label):
    """Read only, as the page lets her choose."""
    employee.open("/tokens/create").sees("Create token").paste("label", label)
    employee.find("input[name=read]").click()
    return employee.press("Create").read_token()


def test_person_signs_in_makes_a_token_and_the_connector_reads_jira(site, employee):
    employee.sign_in().sees("Tokens")
    token = make_token(employee, "Looker Studio")
    site.tokens.append(token)
    employee.open("/tokens/connect")
    assert employee.read("#looker-user") == "alice"
    assert employee.read("#looker-address").rstrip("/") == f"http://127.0.0.1:{site.port}"
    connector = Connector(site, "alice", token)
    assert connector.is_auth_valid()
    assert connector.get_data() == ["alice", "alice"]
    for _, _, headers, _ in site.seen:
        assert headers["X-Remote-User"] == "alice" and token not in str(headers)
    assert connector.fetch("/rest/api/2/issue", {"fields": {}}).status == 403
    employee.open("/tokens/").ask_to_revoke()
    employee.press("Revoke").sees("Tokens")
    assert not connector.is_auth_valid()
    assert not challenges(employee.answers())


def test_only_a_read_only_token_opens_the_rest_api_and_nothing_else_of_jira(site):
    alice = oidc.Holder(site)
    reader, writer = alice.create(read="1"), alice.create()
    assert Connector(site, "alice", reader).is_auth_valid()
    site.expect("AH01631: user alice: authorization failure")
    for user, text, status in (("alice", writer, 403), ("bob", reader, 401),
                               ("alice", reader[:-1], 401), ("alice", "wonderland", 401)):
        connector = Connector(site, user, text)
        assert connector.fetch("/rest/api/2/myself").status == status
    del site.seen[:]
    for path in ("/", "/secure/Dashboard.jspa", "/rest/pat/latest/tokens", "/rest/apix"):
        assert Connector(site, "alice", reader).fetch(path).status in (302, 401), path
    assert not site.seen
    assert alice.ask("/rest/api/2/myself").json()["name"] == "alice"
    assert alice.ask("/secure/Dashboard.jspa").status_code == 404      # this Jira's own
    assert [path for _, path, _, _ in site.seen][-1] == "/secure/Dashboard.jspa"


@pytest.mark.parametrize("way", [
    "/rest/api/..;/..;/secure/x", "/rest/api/..;a=b/..;/secure/x",
    "/rest/api/..%2f..%2fsecure/x", "/rest/api/%2e%2e%2F%2e%2e%2fsecure/x",
    "/rest/api/%2e%2e;/%2e%2e;/secure/x", "/rest/api/a%2f..%2f..%2f..%2fsecure/x",
    "/rest/api/..%5c..%5csecure/x", "/rest/api/.;/..;/..;/secure/x",
    "/rest/api/../../secure/x", "/rest/api/%2e%2e/%2e%2e/secure/x",
    "/rest/api/2/..%3b/..%3b/..%3b/secure/x", "/secure/../rest/api/2/myself",
    "/secure/x/%2E%2E/%2e%2e/rest/api/2/myself?x=/", "/rest/api/x/..", "/rest/api/x/.?a"])
def test_token_climbs_out_of_the_rest_api_in_no_spelling_of_the_folder_above(site, way):
    site.expect("AH01630: client denied by server configuration")
    connector = Connector(site, "alice", oidc.Holder(site).create(read="1"))
    assert connector.fetch("/rest/api/2/issue/a;b=c/..d/e.").status == 404  # Jira's own
    del site.seen[:]
    assert connector.fetch(way).status in (302, 401, 403)
    assert not site.seen


def test_credentials_that_a_connector_encoded_in_another_way_are_refused(site):
    token = oidc.Holder(site).create(read="1")
    connector = Connector(site, "alice", token)
    for wrong in (connector.credentials.rstrip("="), connector.credentials[:40]):
        assert connector.fetch("/rest/api/2/myself", credentials=wrong).status in (400, 401)
    assert connector.is_auth_valid()
