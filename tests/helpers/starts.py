# SPDX-License-Identifier: Apache-2.0
"""Configurations that httpd takes or refuses, and starts that come to nothing."""


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
