# SPDX-License-Identifier: Apache-2.0
"""A terminal, for programs that ask for a password there and nowhere else."""

import os
import pty
import re
import select
import subprocess
import time

from clients import PATIENCE

ASKED = re.compile(rb"(assword for|Username|\(yes/no\))[^\n]*[:?] ?$")


def read_some(wire, end, said):
    """What comes next; b"" at the end."""
    ready, _, _ = select.select([wire], [], [], max(0, end - time.monotonic()))
    assert ready, f"the program does not end: {said[-300:]!r}"
    try:
        return os.read(wire, 65536)
    except OSError:     # nobody has the other side open any more
        return b""


def type_in(words, password, cwd, environment):
    """Run it, and type the password whenever it asks for one: what it said, as
    subprocess.run() tells it. Whom it does not let in is somebody else the next time,
    and nothing is to be kept."""
    answers = {b"assword for": password.encode(), b"Username": b"nobody", b"(yes/no)": b"no"}
    child, wire = pty.fork()
    if child == 0:
        os.chdir(cwd)
        os.execvpe(words[0], words, environment)
    said, seen, end = b"", 0, time.monotonic() + PATIENCE
    try:
        while part := read_some(wire, end, said):
            said += part
            if asked := ASKED.search(said[seen:]):
                seen = len(said)
                os.write(wire, answers[asked[1]] + b"\n")
    finally:
        os.close(wire)      # which ends what still waits for an answer
        _, status = os.waitpid(child, 0)
    return subprocess.CompletedProcess(words, os.waitstatus_to_exitcode(status),
                                       said.decode(errors="backslashreplace"))
