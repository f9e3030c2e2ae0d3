# SPDX-License-Identifier: Apache-2.0
"""The JSON API: its shapes and statuses, who may do what, and what is wrong with a
body in words."""

import json
import random
import time

import pytest

from api import Client, mount
from remembering import use_cache
from server import TOKEN, basic, shaped

pytestmark = pytest.mark.plain


@pytest.fixture
def api(server):
    mount(server)
    server.locations += ('<Location "/files">\nJiraTokenArea files "Files"\n</Location>\n'
                         '<Location "/chain">\nJiraTokenArea chain "Chain"\n</Location>\n')
    return Client(server.start())


def words(answer):
    return json.loads(answer.text)["error"]


def test_token_that_is_made_works_and_is_shown_without_its_secret(api):
    made = api.create(name="ci", expirationDuration=90)
    token = made.pop("rawToken")
    assert TOKEN.fullmatch(token)
    assert api.server.check("alice", token).status == 200
    shown = json.loads(api.call("GET", f"/tokens/{made['id']}").text)
    assert shown.keys() == made.keys() and token not in json.dumps(shown)
    listed = json.loads(api.call("GET", "/tokens").text)
    assert [one["id"] for one in listed] == [made["id"]]
    assert "lastAccessedAt" in listed[0]


def test_days_end_at_24_00_utc(server):
    mount(server)
    server.set_clock("2026-01-15 10:30:00")
    made = Client(server.start()).create(name="ci", expirationDuration=90)
    assert made["createdAt"] == "2026-01-15T10:30:00.000+0000"
    assert made["expiringAt"] == "2026-04-16T00:00:00.000+0000"
    other = Client(server).create(name="day", expiresOn="2026-01-15")
    assert other["expiringAt"] == "2026-01-16T00:00:00.000+0000"
    assert Client(server).create(name="never", expirationDuration=None)["expiringAt"] is None


def test_restrictions_are_kept_and_shown(api):
    made = api.create(readOnly=True, areas=["chain", "files"],
                      allowedFrom=["127.0.0.1/32", "2001:DB8::/32"])
    assert (made["readOnly"], made["areas"], made["allowedFrom"]) \
        == (True, ["files", "chain"], ["127.0.0.1", "2001:db8::/32"])
    [[text]] = api.server.sql("SELECT restrictions FROM jiratoken")
    assert text == "read areas=files,chain from=127.0.0.1,2001:db8::/32"
    assert f'restrictions="{text}" user=alice' in api.server.log()


@pytest.mark.parametrize("body,said", [
    ({}, "name"), ({"name": 1}, "name"), ({"name": ""}, "empty"),
    ({"name": "x" * 101}, "100"), ({"name": "a\u202eb"}, "direction"),
    ({"name": "x", "expirationDuration": 0}, "expirationDuration"),
    ({"name": "x", "expirationDuration": -1}, "expirationDuration"),
    ({"name": "x", "expirationDuration": 36526}, "expirationDuration"),
    ({"name": "x", "expirationDuration": 1.5}, "expirationDuration"),
    ({"name": "x", "expirationDuration": "9"}, "expirationDuration"),
    ({"name": "x", "expirationDuration": True}, "expirationDuration"),
    ({"name": "x", "expirationDuration": 5, "expiresOn": "2099-01-01"}, "not both"),
    ({"name": "x", "expiresOn": "2020-01-01"}, "today"),
    ({"name": "x", "expiresOn": "tomorrow"}, "YYYY-MM-DD"),
    ({"name": "x", "expiresOn": ""}, "YYYY-MM-DD"),
    ({"name": "x", "expiresOn": 5}, "expiresOn"),
    ({"name": "x", "readOnly": "yes"}, "readOnly"),
    ({"name": "x", "areas": []}, "areas"), ({"name": "x", "areas": "files"}, "areas"),
    ({"name": "x", "areas": [1]}, "areas"), ({"name": "x", "areas": ["nope"]}, "'nope'"),
    ({"name": "x", "allowedFrom": []}, "allowedFrom"),
    ({"name": "x", "allowedFrom": ["10.1"]}, "'10.1'"),
    ({"name": "x", "allowedFrom": ["10.0.0.1/8"]}, "10.0.0.0/8"),
    ({"name": "x", "allowedFrom": ["0.0.0.0/0"]}, "every address"),
    ({"name": "x", "allowedFrom": [f"10.0.0.{n}" for n in range(17)]}, "16"),
    ("", "no JSON"), ("nonsense", "no JSON"), ("[]", "object"), ("1", "no JSON"),
    ('{"name":"a","name":"b"}', "twice"), ('{"name":"a\\u0000b"}', "no JSON"),
    ('{"name":"x","deep":' + "[" * 30000 + "]" * 30000 + "}", "no JSON"),
    (b'{"name":"\xff"}', "no JSON"), ('{"name":"x"} {}', "no JSON"),
])
def test_bad_body_is_400_in_words_and_makes_nothing(api, body, said):
    answer = api.call("POST", "/tokens", body)
    assert answer.status == 400 and said in words(answer), answer.text
    assert api.server.rows() == []


def test_unknown_members_are_ignored(api):
    api.create(name="x", colour="red", nested={"a": [1, 2]})


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded",
                                  "application/jsonx", "multipart/form-data"])
def test_body_is_json_by_its_type(api, kind):
    headers = {"Content_Type": kind} if kind else {"Content_Type": ""}
    assert api.call("POST", "/tokens", {"name": "x"}, **headers).status == 415
    assert api.call("POST", "/tokens", {"name": "x"},
                    Content_Type="application/json; charset=utf-8").status == 201


def test_large_body_is_413(api):
    assert api.call("POST", "/tokens", '{"name":"' + "x" * 65536 + '"}').status == 413


@pytest.mark.parametrize("path", ["/tokens/0", "/tokens/01", "/tokens/-1", "/tokens/x",
                                  "/tokens/9223372036854775808", "/tokens/1/x", "/nothing",
                                  "/tokensx", "/tokens/1x", "/tokens/999", "/tokens/self"])
def test_what_is_not_there_is_404(api, path):
    api.create()
    assert api.call("GET", path).status == 404


def test_method_that_is_not_for_a_url_is_405_with_those_that_are(api):
    made = api.create()
    for method, path, allow in (("PUT", "/tokens", "GET, HEAD, POST"),
                                ("POST", f"/tokens/{made['id']}", "GET, HEAD, PATCH, DELETE"),
                                ("GET", f"/tokens/{made['id']}/rotate", "POST")):
        answer = api.call(method, path)
        assert (answer.status, answer.get("Allow")) == (405, allow)


def test_limit_and_names_are_409(server):
    mount(server)
    server.settings += "JiraTokenMax 2\n"
    api = Client(server.start())
    api.create(name="a")
    assert api.call("POST", "/tokens", {"name": "a"}).status == 409
    other = api.create(name="b")
    assert "2" in words(api.call("POST", "/tokens", {"name": "c"}))
    assert api.call("PATCH", f"/tokens/{other['id']}", {"name": "a"}).status == 409


def test_renaming_and_deleting(api):
    made = api.create(name="a")
    path = f"/tokens/{made['id']}"
    assert json.loads(api.call("PATCH", path, {"name": "b"}).text)["name"] == "b"
    assert Client(api.server, "bob").call("DELETE", path).status == 404
    answer = api.call("DELETE", path)
    assert (answer.status, answer.text) == (204, "")
    assert api.call("DELETE", path).status == 404
    assert api.server.check("alice", made["rawToken"]).status == 401


# ---- by a token


@pytest.mark.parametrize("scheme", ["Basic", "Bearer"])
@pytest.mark.parametrize("limits", [{}, {"readOnly": True}, {"areas": ["files"]}])
def test_token_shows_rotates_and_revokes_itself_and_nothing_else(api, scheme, limits):
    made, other = api.create(**limits), api.create()
    token = Client(api.server, token=made["rawToken"], scheme=scheme)
    assert json.loads(token.call("GET", "/tokens/self").text)["id"] == made["id"]
    assert json.loads(token.call("GET", f"/tokens/{made['id']}").text)["id"] == made["id"]
    assert [one["id"] for one in json.loads(token.call("GET", "/tokens").text)] == [made["id"]]
    for method, path, body in (("POST", "/tokens", {"name": "x"}),
                               ("GET", f"/tokens/{other['id']}", None),
                               ("DELETE", f"/tokens/{other['id']}", None),
                               ("GET", "/tokens/999", None),
                               ("PATCH", "/tokens/self", {"name": "x"}),
                               ("POST", f"/tokens/{other['id']}/rotate", {})):
        assert token.call(method, path, body).status == 403, (method, path)
    rotated = json.loads(token.call("POST", "/tokens/self/rotate",
                                    {"overlapSeconds": 3600}).text)
    api.server.tokens.append(rotated["rawToken"])
    assert "previousValidUntil" in rotated
    assert token.call("GET", "/tokens/self").status == 200
    assert token.call("POST", "/tokens/self/rotate", {}).status == 403
    assert token.call("DELETE", "/tokens/self").status == 204
    new = Client(api.server, token=rotated["rawToken"], scheme=scheme)
    assert new.call("GET", "/tokens/self").status == 401


def test_remembered_token_rotates_itself(server):
    mount(server)
    api = Client(use_cache(server, "JiraTokenCacheTimeout 600").start())
    made = api.create()
    assert {server.check("alice", made["rawToken"]).status for _ in range(8)} == {200}
    token = Client(server, token=made["rawToken"])
    answer = token.call("POST", "/tokens/self/rotate", {"overlapSeconds": 60})
    assert answer.status == 200, answer.text
    server.tokens.append(json.loads(answer.text)["rawToken"])
    assert token.call("POST", "/tokens/self/rotate", {}).status == 403


def test_token_from_another_address_does_not_even_see_itself(api):
    made = api.create(allowedFrom=["192.0.2.1"])
    answer = Client(api.server, token=made["rawToken"]).call("GET", "/tokens/self")
    assert (answer.status, answer.get("JiraToken-Status")) == (401, "address")


@pytest.mark.parametrize("overlap", [-1, 604801, "60", 1.5, True])
def test_overlap_is_bounded(api, overlap):
    made = api.create()
    answer = api.call("POST", f"/tokens/{made['id']}/rotate", {"overlapSeconds": overlap})
    assert answer.status == 400 and "overlapSeconds" in words(answer)
    assert api.server.check("alice", made["rawToken"]).status == 200


@pytest.mark.parametrize("number", ["3600", "3600.0", "3.6e3", "0.0", "-0.0", "null"])
def test_whole_number_may_be_written_as_a_floating_point_one(api, number):
    made = api.create()
    rotated = json.loads(api.call("POST", f"/tokens/{made['id']}/rotate",
                                  '{"overlapSeconds":%s}' % number).text)
    api.server.tokens.append(rotated["rawToken"])
    assert ("previousValidUntil" in rotated) == number.startswith("3")
    answer = api.call("POST", "/tokens", '{"name":"90","expirationDuration":9e1}')
    api.server.tokens.append(json.loads(answer.text)["rawToken"])
    assert answer.status == 201


@pytest.mark.parametrize("number", ["0.5", "-1.0", "604800.5", "604801.0", "1e15", "1e17",
                                    "1e300", "-1e300", "1e999", "NaN", "36000000000000000000"])
def test_number_beyond_the_bounds_is_400_however_it_is_written(api, number):
    made = api.create()
    body = '{"overlapSeconds":%s}' % number
    assert api.call("POST", f"/tokens/{made['id']}/rotate", body).status == 400


# ---- scripts of web pages


@pytest.mark.parametrize("headers", [
    {"Origin": "http://x"}, {"Sec_Fetch_Site": "same-origin"}, {"Sec_Fetch_Site": "none"},
    {"Sec_Fetch_Site": "cross-site", "Origin": "https://elsewhere.example"}])
def test_script_neither_makes_nor_rotates_a_token(api, headers):
    made = api.create()
    assert api.call("POST", "/tokens", {"name": "x"}, **headers).status == 403
    assert api.call("POST", f"/tokens/{made['id']}/rotate", {}, **headers).status == 403
    assert api.call("GET", "/tokens", **headers).status == 200
    is_own = headers.get("Sec_Fetch_Site") == "same-origin"
    assert (api.call("DELETE", f"/tokens/{made['id']}", **headers).status == 204) == is_own


# ---- whoever holds a token may kill it


def test_found_tokens_are_revoked_and_nobody_learns_which_were_any(api):
    mine, his = api.create(), Client(api.server, "bob").create()
    anybody = Client(api.server, user=None)
    seen = [anybody.call("POST", "/credentials/revoke", {"credentials": sent})
            for sent in ([f" {mine['rawToken']}\r\n", "x", shaped()], [shaped()], [],
                         [his["rawToken"]] * 3)]
    assert {answer.status for answer in seen} == {202}
    assert all(answer.without_date() == seen[0].without_date() for answer in seen)
    assert api.server.check("alice", mine["rawToken"]).status == 401
    assert api.server.check("bob", his["rawToken"]).status == 401


@pytest.mark.parametrize("number", [50, 51, 1000])
def test_any_number_of_found_tokens_is_revoked_at_once(api, number):
    """Beside those of theirs that were not found, in any order."""
    found, kept = ([shaped() for _ in range(n)] for n in (number, 3))
    for i, token in enumerate(found + kept):
        api.server.insert("t", f"user{i}", digest=api.server.digest(token), expires_at=1)
    random.shuffle(found)
    assert Client(api.server, user=None).call(
        "POST", "/credentials/revoke", {"credentials": found}).status == 202
    assert {digest for [digest] in api.server.sql("SELECT digest FROM jiratoken")} == {
        api.server.digest(token) for token in kept}
    told = api.server.log().count("token revoked: ")
    api.server.tokens += found + kept
    assert told == number


def test_former_secret_that_was_found_kills_its_token_while_it_is_valid(api):
    over, valid = api.create(), api.create()
    for made, overlap in ((over, 0), (valid, 3600)):
        answer = api.call("POST", f"/tokens/{made['id']}/rotate", {"overlapSeconds": overlap})
        api.server.tokens.append(json.loads(answer.text)["rawToken"])
    Client(api.server, user=None).call("POST", "/credentials/revoke", {
        "credentials": [over["rawToken"], valid["rawToken"]]})
    assert [row for [row] in api.server.sql("SELECT id FROM jiratoken")] == [over["id"]]
    api.server.sql("UPDATE jiratoken SET previous_digest = ?, previous_until = ?",
                   api.server.digest(valid["rawToken"]), int(time.time()))
    Client(api.server, user=None).call("POST", "/credentials/revoke", {
        "credentials": [valid["rawToken"]]})
    assert len(api.server.rows()) == 1


@pytest.mark.parametrize("sent", [None, "x", {}, [1], ["x"] * 1001])
def test_what_is_no_list_of_credentials_is_400(api, sent):
    answer = Client(api.server, user=None).call("POST", "/credentials/revoke",
                                                {"credentials": sent})
    assert answer.status == 400 and "credentials" in words(answer)


def test_nobody_and_strangers_get_nothing(api):
    api.create()
    for method, path in (("GET", "/tokens"), ("POST", "/tokens"), ("GET", "/tokens/1")):
        assert Client(api.server, user=None).call(method, path).status == 401
    answer = api.server.get("/api/tokens", headers={"Authorization": basic("alice", shaped())})
    assert answer.status == 401
