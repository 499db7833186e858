"""The NeuroML core definitions: read from the archive inside the installed pyneuroml distribution.

Neither pyneuroml nor Java is started: the archive is a zip file, found through the package's
location. What it holds stays there; nothing of it is copied into this package.
"""

from __future__ import annotations

import glob
import os
import re
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

from annarchy_ml import cache_folder
from annarchy_ml.diagnostics.core import EnvironmentFault

if TYPE_CHECKING:
    from zipfile import ZipFile

CORE_FOLDER = "NeuroML2CoreTypes/"
EXAMPLE_FOLDERS = ("LEMSexamples/", "examples/")
ARCHIVE_PREFIX = "pyneuroml-archive:"
"""Before the names of its files, where they stand among others."""


@lru_cache(maxsize=1)
def archive_path() -> str:
    """Path of the archive.

    Raises:
        EnvironmentFault: If pyneuroml is not installed or holds no archive.
    """
    spec = find_spec("pyneuroml")
    if spec is None or not spec.submodule_search_locations:
        raise EnvironmentFault(
            "the NeuroML core definitions are read from the pyneuroml distribution, which is not "
            "installed; run: pip install pyneuroml"
        )
    folder = os.path.join(next(iter(spec.submodule_search_locations)), "lib")
    found = sorted(glob.glob(os.path.join(folder, "jNeuroML-*.jar")))
    if not found:
        raise EnvironmentFault(
            f"no jNeuroML archive in {folder}; reinstall it with: pip install --force-reinstall "
            "pyneuroml"
        )
    return found[-1]


def archive_identity() -> str:
    """A text that changes when the archive does: its name, size and time."""
    path = archive_path()
    status = os.stat(path)
    return f"{os.path.basename(path)}:{status.st_size}:{status.st_mtime_ns}"


class Index(NamedTuple):
    """What is asked of the archive without opening it: its directory has many thousand entries.

    Attributes:
        names: all files that models may include.
        schema_attributes: names of all attributes in the newest NeuroML schema.
    """

    names: frozenset[str]
    schema_attributes: frozenset[str]


@lru_cache(maxsize=1)
def _opened() -> ZipFile:
    import zipfile

    return zipfile.ZipFile(archive_path())


@lru_cache(maxsize=1)
def index() -> Index:
    """The index, out of the user's cache folder where it is."""
    path = cache_folder.entry("core", ("index", Index._fields, archive_identity()))
    known = cache_folder.load(path) if path is not None else None
    if isinstance(known, tuple) and len(known) == len(Index._fields):
        return Index(*known)
    found = Index(_model_files(), _schema_attributes())
    if path is not None:
        cache_folder.publish_later(lambda: cache_folder.publish(path, tuple(found)))
    return found


def is_archived(name: str) -> bool:
    """Whether a name among the files of a document is one of the archive."""
    return name.startswith(ARCHIVE_PREFIX)


def archive_names() -> frozenset[str]:
    """Names of all files in the archive that models may include."""
    return index().names


def schema_attributes() -> frozenset[str]:
    """Names of all attributes in the newest NeuroML schema of the archive."""
    return index().schema_attributes


def read_archived(name: str) -> bytes:
    """Content of one file of the archive, by its full name there."""
    return _opened().read(name)


def core_file_name(include: str) -> str | None:
    """Full name in the archive of a file that is included by its bare name, or None.

    A core definition is also meant by any path into a folder called ``NeuroML2CoreTypes``, as files
    beside a checkout of the standard write it.
    """
    folder, _, base = include.replace("\\", "/").rpartition("/")
    if folder and folder.rpartition("/")[2] + "/" != CORE_FOLDER:
        return None
    places = (CORE_FOLDER,) if folder else (CORE_FOLDER, "examples/")
    return next((place + base for place in places if place + base in archive_names()), None)


def _model_files() -> frozenset[str]:
    return frozenset(
        name
        for name in _opened().namelist()
        if name.startswith((CORE_FOLDER, *EXAMPLE_FOLDERS)) and not name.endswith("/")
    )


def schema_name() -> str:
    """Full name in the archive of the newest NeuroML schema; empty if there is none."""
    names = [name for name in _opened().namelist() if re.search(r"NeuroML_v2[\d.]*\.xsd$", name)]
    return max(names, key=lambda name: [int(part) for part in re.findall(r"\d+", name)], default="")


def _schema_attributes() -> frozenset[str]:
    name = schema_name()
    if not name:
        return frozenset()
    text = _opened().read(name).decode("utf-8", "replace")
    return frozenset(re.findall(r"<xs:attribute\s+name=\"(\w+)\"", text))
