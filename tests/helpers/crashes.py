# SPDX-License-Identifier: Apache-2.0
"""Where httpd's processes crashed: a library that is loaded into them writes it
down, and a report that is whole tells whether the module had to do with it."""

import atexit
import functools
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
REPORT = re.compile(r"^crash of (\d+) by signal \d+\n((?:.*\n)*?)end\n", re.M)
# "/lib/x86_64-linux-gnu/libc.so.6(+0x3c050)[0x7f0123456789]"
FRAME = re.compile(r"^(/[^(]*)\(.*\)\s*\[0x[0-9a-f]+\]$")


@functools.cache
def library(source):
    """This C file of this folder, compiled once a run to be loaded into httpd."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="jiratoken-crashes."))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)
    made = (folder / source).with_suffix(".so")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", made,
                    HERE / source, "-ldl"], check=True)
    return made


def watch(environment, path):
    """This environment, and that crashes are written to this path."""
    path.touch()
    path.chmod(0o666)
    loaded = [*environment.get("LD_PRELOAD", "").split(), str(library("crash_trace.c"))]
    return {**environment, "JIRATOKEN_CRASHES": str(path), "LD_PRELOAD": " ".join(loaded)}


def read(path):
    """{pid: where it crashed}."""
    text = path.read_text(errors="backslashreplace") if path.exists() else ""
    return {int(pid): frames for pid, frames in REPORT.findall(text)}


def files(frames):
    """The names of the files that a stack goes through, the innermost first, or
    None where some of it is not known, or where it breaks off."""
    found = [FRAME.match(line) for line in frames.splitlines()]
    if not found or not all(found):
        return None
    names = [os.path.basename(match[1]) for match in found]
    return names if names[-1].startswith(("libc.so", "apache2", "httpd")) else None


def is_without(frames, name):
    """Known to have nothing to do with this file."""
    names = files(frames)
    return names is not None and name not in names
