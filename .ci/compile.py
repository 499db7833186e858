#!/usr/bin/env python3
"""Calls a compiler of C or C++, or takes the object that it has made of the same text before.

CMake starts it as ``CMAKE_CXX_COMPILER_LAUNCHER``. The checks build the native sources in several
places: in place, from the source package, as a project of its own, for the native tests. Each of
them is preprocessed where it lies, so that a file that lacks is missed; what comes out is the text,
and the options that say what is made of it decide whether an object is taken. It lies in the folder
that ``ANNARCHY_ML_OBJECTS`` names.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_WITH_PATH = ("-I", "-isystem", "-MF", "-MT", "-MQ", "-D", "-U")
"""Options that say where something lies, or what is seen in the text."""
_BOUND_TO_A_PLACE = ("-g", "-save-temps", "--coverage", "-fprofile", "-fsanitize", "-march=native")


def known_by(arguments: list[str]) -> list[str]:
    """The arguments on which an object depends besides its text."""
    kept, given = [], iter(arguments)
    for item in given:
        if item in (*_WITH_PATH, "-o", "-c"):
            next(given, None)
        elif not item.startswith((*_WITH_PATH, "-MD", "-MMD")):
            kept.append(item)
    return kept


def compiler(name: str) -> str:
    """Which compiler it is."""
    path = os.path.realpath(shutil.which(name) or name)
    about = os.stat(path)
    return f"{path} {about.st_mtime_ns} {about.st_size}"


def text_of(arguments: list[str], target: str) -> bytes | None:
    """What the preprocessor makes of a source, without the places of its lines.

    It writes the list of files that were read, too.
    """
    call = list(arguments)
    call[call.index("-c")] = "-E"
    call[call.index("-o") + 1] = "-"
    named = [] if {"-MT", "-MQ"} & set(call) else ["-MT", target]
    done = subprocess.run([*call, "-P", *named], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return done.stdout if done.returncode == 0 else None


def main(arguments: list[str]) -> int:
    """The status of the compiler."""
    folder = os.environ.get("ANNARCHY_ML_OBJECTS")
    bound = any(item.startswith(_BOUND_TO_A_PLACE) for item in arguments)
    if not folder or bound or "-c" not in arguments or "-o" not in arguments:
        return subprocess.run(arguments, check=False).returncode
    target = Path(arguments[arguments.index("-o") + 1])
    text = text_of(arguments, str(target))
    if text is None:  # says what is wrong
        return subprocess.run(arguments, check=False).returncode
    options = "\0".join([compiler(arguments[0]), *known_by(arguments[1:])])
    kept = Path(folder) / hashlib.sha256(options.encode() + b"\0" + text).hexdigest()
    if kept.exists():
        shutil.copyfile(kept, target)
        return 0
    status = subprocess.run(arguments, check=False).returncode
    if status == 0:
        Path(folder).mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as made:
            made.write(target.read_bytes())
        os.replace(made.name, kept)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
