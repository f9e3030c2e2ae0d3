# SPDX-License-Identifier: Apache-2.0
"""Configurations that httpd takes or refuses, and starts that come to nothing, or
say what the database lacks."""

DOWN = "the token database gives no answer yet"


def refused(server, *words):
    """httpd -t fails and says all of this in one line."""
    code, said = server.check_configuration()
    assert code != 0, said
    assert any(all(word in line for word in words) for line in said.splitlines()), said
    return said


def accepted(server):
    code, said = server.check_configuration()
    assert code == 0, said
    return said


def refused_start(server):
    server.expect(r"jiratoken|AH00020|AH00016")
    assert not server.try_start()
    return server.log()


def said_of(server, phrase):
    """The one line of the log that has this phrase."""
    [line] = [line for line in server.log().splitlines() if phrase in line]
    return line
