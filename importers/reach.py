"""Which files a model may include: those of its project, and of folders that the user names.

A model file is untrusted input, yet models are kept in trees of folders, where ``LEMS/sim.xml``
includes ``../cells/a.cell.nml`` and ``cells/RS/RS.cell.nml`` includes ``../../channels/K.nml``. So
the project reaches a few folders up from the main file, but never to a home, temporary or system
folder: what lies in those belongs to others.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass

LEVELS = 3
"""So many folders above that of the main file may belong to its project."""
_HOMES = ("/home", "/Users")
_SYSTEM = frozenset(
    f"/{name}"
    for name in (
        "", "bin", "boot", "dev", "dev/shm", "etc", "home", "lib", "lib64", "private",
        "private/tmp", "private/var", "proc", "root", "run", "sbin", "sys", "tmp", "usr",
        "usr/local", "usr/share", "Users", "var", "var/lib", "var/tmp", "Volumes",
    )
)  # fmt: skip
_REPOSITORY = (".git", ".hg")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


@dataclass(frozen=True, slots=True)
class Reach:
    """What may be read: everything below these folders, given as real paths."""

    roots: tuple[str, ...] = ()

    def allows(self, path: str) -> bool:
        """Whether a file or folder, given by its real path, may be read."""
        return any(path == root or path.startswith(_with_end(root)) for root in self.roots)


def reach_of(main_file: str, include_dirs: Iterable[str]) -> Reach:
    """What a model may include; a link to a main file counts where it is and where it leads."""
    beside = [os.path.dirname(path) or "." for path in (main_file, os.path.realpath(main_file))]
    projects = [project_of(os.path.realpath(folder)) for folder in beside]
    given = [os.path.realpath(folder) for folder in include_dirs]
    return Reach(tuple(dict.fromkeys(projects + given)))


def project_of(folder: str) -> str:
    """The outermost folder of the project whose main file lies in ``folder``, a real path."""
    for _ in range(LEVELS):
        above = os.path.dirname(folder)
        if above in _SYSTEM or _is_home(above):
            break
        folder = above
    return folder


def is_address(target: str) -> bool:
    """Whether an include names something on a network, or a file as an address."""
    return _ADDRESS.match(target) is not None


def _is_home(folder: str) -> bool:
    """Whether a folder is somebody's home, and not at the same time a repository of models."""
    if os.path.dirname(folder) not in _HOMES and folder != _own_home():
        return False
    return not any(os.path.isdir(os.path.join(folder, name)) for name in _REPOSITORY)


def _own_home() -> str:
    """The home folder by the list of users: ``HOME`` may name any folder."""
    import pwd

    try:
        return os.path.realpath(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        return ""


def _with_end(folder: str) -> str:
    return folder if folder.endswith(os.sep) else folder + os.sep
