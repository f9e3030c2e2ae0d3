# SPDX-License-Identifier: Apache-2.0
"""JiraTokenServiceURL: which addresses of the examples and which titles httpd starts
with. tests/unit/test_url.c has more of the addresses."""

import pytest

pytestmark = pytest.mark.plain

URL = "https://jira.example.com/"
NO_SERVICES = [
    "/", "/files/", "jira.example.com", "//jira.example.com/", "ftp://x/", "HTTPS://x/",
    "javascript:alert(1)", "http:///x", "http://", "https://:443/", "https://a@x/",
    "https://a:b@x/", "https://x/?a=b", "https://x/#a", "https://x/a b", "https://x/'",
    "https://x/$(id)", "https://x/`id`", "https://x/&a", "https://x/;id", "https://x/<b>",
    "https://x/{a,b}", "https://x/[a]", "https://x/*", "https://x/!a", "https://x/(a)",
    "https://x/\u00e9", "https://\u00e9/", "https://x/\u202e", "https://x/%", "https://x/%0",
    "https://x/%PATH%", "https://x/" + "a" * 991, "https://x:y/", "https://[]/",
    "https://x|y/",
]
NO_TITLES = [" ", "x" * 101, "a\tb", "a\x01b", "a\u2028b", "a\u202eb", "\ufffe"]


def check(server, *lines):
    """(whether httpd starts with them, what it says of the directive)."""
    server.settings += "\n".join(lines) + "\n"
    code, said = server.check_configuration()
    return code == 0, " ".join(line for line in said.splitlines()
                               if "JiraTokenServiceURL" in line)


@pytest.mark.parametrize("url", [
    URL, "https://jira.example.com", "http://127.0.0.1:8080/files/hello.txt",
    "https://[2001:db8::1]:8443/x", "https://x/git/project.git",
    "https://x/~a/b.c-d_e:f@g+h,i=j/%C3%A9", "https://x/" + "a" * 990])
def test_address_is_taken(server, url):
    assert check(server, f'JiraTokenServiceURL "{url}"') == (True, "")


@pytest.mark.parametrize("url", NO_SERVICES)
def test_what_is_no_plain_address_is_refused_and_says_what_to_write(server, url):
    fine, said = check(server, f'JiraTokenServiceURL "{url}"')
    assert not fine
    assert "is not an address that begins with http:// or https:// and a host, without " \
           "user name, query and fragment, of at most 1000 characters; write %XX" in said


@pytest.mark.parametrize("title", ["x", "x" * 100, "\u00e9" * 100, "{{user}}", "<b>x</b>"])
def test_title_is_taken(server, title):
    assert check(server, f'JiraTokenServiceURL {URL} "{title}"') == (True, "")


@pytest.mark.parametrize("title", NO_TITLES)
def test_title_that_is_no_line_of_text_is_refused(server, title):
    fine, said = check(server, f'JiraTokenServiceURL {URL} "{title}"')
    assert not fine
    assert "is not a title of 1 to 100 characters of UTF-8 without control characters" \
        in said


@pytest.mark.parametrize("values", ["", f"{URL} a b"])
def test_it_takes_an_address_and_perhaps_a_title(server, values):
    fine, said = check(server, f"JiraTokenServiceURL {values}")
    assert not fine and "JiraTokenServiceURL takes 1-2 arguments" in said


def test_there_may_be_many(server):
    assert check(server, *[f"JiraTokenServiceURL https://x/{n} {n}" for n in range(100)]) \
        == (True, "")
