# SPDX-License-Identifier: Apache-2.0
"""How long an answer takes, held against what this machine, busy as it is, takes
meanwhile for a file that no module of ours is asked for."""

import time

OPEN = "/open/hello.txt"
# An answer takes more turns of the processors than the file does: so many times.
SHARE = 20


def timed(ask):
    began = time.monotonic()
    answer = ask()
    return answer, time.monotonic() - began


def measure_open(server):
    """Seconds that the file takes now."""
    answer, seconds = timed(lambda: server.get(OPEN))
    assert answer.status == 200
    return seconds


def assert_soon(took, control, within, rank=0.5):
    """These seconds, or as large a part of them as rank says, were at most so many
    more than the machine's own share. control: the file's, of the same time."""
    def ranked(values):
        return sorted(values)[min(int(len(values) * rank), len(values) - 1)]
    assert ranked(took) < within + SHARE * ranked(control), (took, control)


def assert_answers_soon(server, ask, within, rank=0.5, number=10):
    """In turns with the file: the answers."""
    answers, took, control = [], [], []
    for _ in range(number):
        control.append(measure_open(server))
        answer, seconds = timed(ask)
        answers.append(answer)
        took.append(seconds)
    assert_soon(took, control, within, rank)
    return answers
