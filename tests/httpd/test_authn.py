# SPDX-License-Identifier: Apache-2.0
"""Passwords: what section 5 of the contract promises, from outside."""


def test_token_opens_the_folder_until_it_is_revoked(running):  # A01, A05, C01
    token = running.create()
    assert running.check("alice", token).status == 200
    running.revoke(token)
    assert running.check("alice", token).status == 401
