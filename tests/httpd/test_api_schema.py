# SPDX-License-Identifier: Apache-2.0
"""docs/openapi.json and the server agree, in both directions: what the document
allows is taken, what it does not is 400, each answer is one that it names (the
client validates it), and each answer that it names can be had."""

import itertools
import json
import urllib.parse

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import schemas
from api import DOCUMENT, Client, mount
from faults import break_table, mend_table
from server import basic, shaped

pytestmark = pytest.mark.plain

AREAS = ("files", "chain")
OPERATIONS = [(method.upper(), path) for path, item in DOCUMENT["paths"].items()
              for method in item if method != "parameters"]
BODIES = [pair for pair in OPERATIONS
          if "requestBody" in DOCUMENT["paths"][pair[1]][pair[0].lower()]]
OF_ONE = [pair for pair in OPERATIONS if "{id}" in pair[1]]
MEANINGS = {
    "areas": st.none() | st.lists(st.sampled_from(AREAS), min_size=1, max_size=4),
    "allowedFrom": st.none() | schemas.networks(),
    "expiresOn": st.none() | schemas.days(),
}
RUN = settings(derandomize=True, deadline=None, max_examples=40, database=None,
               suppress_health_check=list(HealthCheck))


def responses(method, path):
    return {int(status) for status in DOCUMENT["paths"][path][method.lower()]["responses"]}


def schema_of(method, path):
    content = DOCUMENT["paths"][path][method.lower()]["requestBody"]["content"]
    return content["application/json"]["schema"]


@pytest.fixture
def api(server):
    mount(server)
    server.settings += "JiraTokenMax 1000\n"
    for area in AREAS:
        server.locations += f'<Location "/{area}">\nJiraTokenArea {area} "{area}"\n</Location>\n'
    server.add_user("b\u00adc", "hidden")       # a name that can have no tokens
    return Client(server.start())


@pytest.fixture(params=BODIES, ids=map(" ".join, BODIES))
def operation(request, api):
    """(method, its path with a token in it, the schema of its body)."""
    method, path = request.param
    number = str(api.create(name="the one that is there")["id"])
    return method, path.replace("{id}", number), schema_of(method, path)


def test_body_within_the_schema_is_taken(api, operation):
    method, path, schema = operation

    @RUN
    @given(schemas.make_object(schemas.resolve(schema), MEANINGS)
           .filter(lambda body: schemas.is_valid(body, schema)))
    def attempt(body):
        answer = api.call(method, path, body)
        assert answer.status in (200, 201, 202, 409), (body, answer.text)
        if answer.status != 409 and "rawToken" in answer.text:
            api.server.tokens.append(json.loads(answer.text)["rawToken"])
    attempt()


def test_body_outside_of_the_schema_is_400_and_changes_nothing(api, operation):
    method, path, schema = operation
    before = api.server.rows()

    @RUN
    @given(schemas.make_wrong(schema, MEANINGS))
    def attempt(body):
        answer = api.call(method, path, body)
        assert answer.status == 400, (body, answer.text)
    attempt()
    assert api.server.rows() == before


@pytest.mark.parametrize("method, path", OF_ONE, ids=map(" ".join, OF_ONE))
def test_other_id_is_404_whether_the_schema_allows_it_or_not(api, method, path):
    [parameter] = DOCUMENT["paths"][path]["parameters"]
    number, name = parameter["schema"]["oneOf"]
    mine = api.create()
    ids = st.from_regex(number["pattern"], fullmatch=True).filter(str(mine["id"]).__ne__) \
        | st.just(name["const"]) | st.integers().map(str) \
        | schemas.TEXT.filter(lambda text: "/" not in text and text not in ("", ".", ".."))
    body = {"name": "x"} if method in ("POST", "PATCH") else None

    @RUN
    @given(ids.filter(lambda text: text != str(mine["id"])))
    def attempt(text):
        answer = api.call(method, path.replace("{id}", urllib.parse.quote(text, "")), body)
        assert answer.status == 404, (text, answer.text)
    attempt()


# ---- each status of the document


def mine(server):
    return server.insert("mine")


def over(server):
    return server.insert("over", expires_at=1)


def nobodys(_):
    return 999999


def ask(api, method, path, clients):
    """The statuses of one operation, whoever asks for whichever token by whatever
    request."""
    kinds = ("application/json", "text/plain")
    bodies = ('{"name":"new","credentials":[]}', '{"name":"taken","credentials":[]}',
              "nonsense", '{"name":"' + "x" * 65536 + '"}')
    with_body = (method, path) in BODIES
    rows = (mine, over, nobodys) if "{id}" in path else (nobodys,)
    found = set()
    for client, origin, kind, body, row in itertools.product(
            clients, (None, "http://elsewhere.example"), kinds if with_body else (None,),
            bodies if with_body else (None,), rows):
        headers = {"Content_Type": kind} if kind else {}
        headers.update({"Origin": origin} if origin else {})
        api.server.sql("DELETE FROM jiratoken WHERE label IN ('mine', 'over', 'new')")
        number = row(api.server)
        found.add(client.call(method, path.replace("{id}", str(number)), body,
                              **headers).status)
    return found


@pytest.mark.parametrize("method, path", OPERATIONS, ids=map(" ".join, OPERATIONS))
def test_each_status_of_the_document_can_be_had(api, method, path):
    server = api.server
    server.insert("taken")
    token = api.create(name="token")["rawToken"]
    unfit = Client(server)
    unfit.credentials = basic("b\u00adc", "hidden")
    clients = [api, Client(server, token=token), unfit, Client(server, token=shaped())]
    server.expect("AH01618|no tokens")
    found = ask(api, method, path, clients)
    body = '{"name":"x","credentials":["%s"]}' % shaped() if (method, path) in BODIES \
        else None
    break_table(server)
    found.add(api.call(method, path.replace("{id}", "1"), body).status)
    mend_table(server)
    assert found == responses(method, path)


@pytest.mark.database("sqlite3")
def test_each_state_of_the_document_can_be_had(server):
    mount(server)
    server.settings += "JiraTokenMaxIdle 30\nJiraTokenOwnerSeen 30\n"
    server.database.make_owners()
    server.give(server.root / "data")
    api = Client(server.start())
    now = int(server.now())
    server.expect("where a number belongs")
    for label, columns in {
            "active": {"created_at": now}, "expires-soon": {"expires_at": now + 3600},
            "expired": {"expires_at": now - 1}, "idle": {"created_at": now - 31 * 86400},
            "unreadable": {"expires_at": "abc"}}.items():
        server.insert(label, **columns)
    listed = json.loads(api.call("GET", "/tokens").text)
    assert all(one["state"] == one["name"] for one in listed)
    # Each list has one owner, who has been seen, or has not.
    server.poll(lambda: server.sql("SELECT 1 FROM jiratoken_owners "
                                   "WHERE user_name = 'alice'"))
    server.sql("UPDATE jiratoken_owners SET seen_on = 1")
    later = json.loads(api.call("GET", "/tokens").text)
    assert {one["name"] for one in later if one["state"] == "owner-not-seen"} \
        == {"active", "expires-soon"}
    assert {one["state"] for one in listed + later} \
        == set(DOCUMENT["components"]["schemas"]["Token"]["properties"]["state"]["enum"])
