"""The per-user cache of kernel libraries: private, checked on every use, published atomically.

    FOLDER/compiler-version            what the compiler said of itself
    FOLDER/index/KEY                   content key -> library key
    FOLDER/libraries/KEY/              kernels.so, kernels.c, manifest
    FOLDER/libraries/build-*           being built

An entry that cannot be read, or whose library differs from its manifest, counts as missing.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from annarchy_ml import cache_folder
from annarchy_ml.diagnostics.core import EnvironmentFault

LIBRARY, SOURCE, MANIFEST = "kernels.so", "kernels.c", "manifest"
_TEMPORARY = "build-"
_LOCK_TIMEOUT_S = 600.0


@dataclass(frozen=True, slots=True)
class CompiledModule:
    """A kernel library that can be loaded.

    Attributes:
        symbols: exported kernels, besides `aml_abi_version` and `aml_real_size`.
    """

    path: Path
    symbols: tuple[str, ...]
    source_path: Path


@dataclass(frozen=True, slots=True)
class EntryFiles:
    """How the files of an entry are called."""

    library: str
    source: str


CODE_OF_CPUS = EntryFiles(LIBRARY, SOURCE)
CODE_OF_DEVICES = EntryFiles("kernels.cubin", "kernels.cu")


@dataclass(frozen=True, slots=True)
class Entry:
    """One cached library, for `annarchy-ml cache`."""

    key: str
    size_bytes: int
    modified_s: float


def fingerprint(parts: Iterable[str]) -> str:
    """A name for all these texts together."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return digest.hexdigest()


@lru_cache(maxsize=1)
def _folder_of_this_process() -> Path:
    """A private folder, removed at exit, for where the user's own cannot be used."""
    import atexit
    import shutil
    import tempfile

    path, owner = tempfile.mkdtemp(prefix="annarchy_ml-"), os.getpid()

    def remove() -> None:
        if os.getpid() == owner:  # not at the end of a fork
            shutil.rmtree(path, ignore_errors=True)

    atexit.register(remove)
    return Path(path)


class KernelCache:
    """Kernel libraries in one folder that belongs to the user alone.

    Without a folder it is the user's own cache, or one of this process where that cannot be used.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._settle(cache_folder.root() if folder is None else folder)
        try:
            self._make_private()
        except EnvironmentFault:
            if folder is not None:
                raise
            self._settle(_folder_of_this_process())
            self._make_private()

    def _settle(self, folder: Path) -> None:
        self.folder = folder
        self._libraries = folder / "libraries"
        self._index = folder / "index"

    def find(self, key: str, files: EntryFiles = CODE_OF_CPUS) -> CompiledModule | None:
        """The library of this key, or None if there is no sound one."""
        folder = self._libraries / key
        try:
            first, *symbols = (folder / MANIFEST).read_text(encoding="ascii").splitlines()
            data = (folder / files.library).read_bytes()
        except (OSError, ValueError):
            return None
        if _checksum(data, tuple(symbols)) != first:
            return None
        return CompiledModule(folder / files.library, tuple(symbols), folder / files.source)

    def find_by_content(self, content: str) -> CompiledModule | None:
        """The library that was last stored for this content."""
        try:
            key = (self._index / content).read_text(encoding="ascii")
        except (OSError, ValueError):
            return None
        return self.find(key) if _is_key(key) else None

    def remember_content(self, content: str, key: str) -> None:
        """Let `find_by_content(content)` give the library of `key`."""
        temporary = self._index / f"{content}.{os.getpid()}"
        temporary.write_text(key, encoding="ascii")
        os.replace(temporary, self._index / content)

    def store(
        self,
        key: str,
        symbols: tuple[str, ...],
        make: Callable[[Path], None],
        files: EntryFiles = CODE_OF_CPUS,
    ) -> CompiledModule:
        """The library of this key, made if no other process has made it meanwhile.

        Args:
            key: name of the entry.
            symbols: what the library exports.
            make: writes the files into the folder that it is given.
            files: their names.
        """
        import shutil
        import tempfile

        from filelock import FileLock

        with FileLock(self._libraries / f"{key}.lock", timeout=_LOCK_TIMEOUT_S):
            found = self.find(key, files)
            if found is not None:
                return found
            work = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=self._libraries))
            try:
                make(work)
                checksum = _checksum((work / files.library).read_bytes(), symbols)
                manifest = "\n".join((checksum, *symbols))
                (work / MANIFEST).write_text(manifest, encoding="ascii")
                self._publish(work, self._libraries / key)
            finally:
                shutil.rmtree(work, ignore_errors=True)
        found = self.find(key, files)
        if found is None:
            raise EnvironmentFault(f"the kernel cache {self.folder} does not keep what is written")
        return found

    def entries(self) -> tuple[Entry, ...]:
        """All libraries, the newest first."""
        found = [
            Entry(folder.name, _size(folder), folder.stat().st_mtime)
            for folder in self._libraries.iterdir()
            if folder.is_dir() and _is_key(folder.name)
        ]
        return tuple(sorted(found, key=lambda entry: -entry.modified_s))

    def clear(self) -> int:
        """Remove all libraries; returns how many there were."""
        import shutil

        count = len(self.entries())
        for path in (*self._libraries.iterdir(), *self._index.iterdir()):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        return count

    def _publish(self, built: Path, place: Path) -> None:
        import shutil

        if place.exists():  # a damaged entry; others may still have its library mapped
            old = place.with_name(f"{_TEMPORARY}old-{place.name}-{os.getpid()}")
            os.replace(place, old)
            shutil.rmtree(old, ignore_errors=True)
        os.replace(built, place)

    def _make_private(self) -> None:
        folders = (self.folder, self._libraries, self._index)
        try:
            for folder in folders:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            state = os.stat(self.folder)
            if state.st_uid != os.getuid():
                raise self._unusable("belongs to another user")
            if stat.S_IMODE(state.st_mode) & 0o077:
                os.chmod(self.folder, 0o700)
        except OSError as error:
            raise self._unusable(f"cannot be written: {error.strerror}") from error
        if not all(os.access(folder, os.R_OK | os.W_OK | os.X_OK) for folder in folders):
            raise self._unusable("cannot be written: Permission denied")

    def _unusable(self, why: str) -> EnvironmentFault:
        return EnvironmentFault(
            f"the kernel cache {self.folder} {why}",
            hint="set ANNARCHY_ML_CACHE to a folder of your own",
        )


def _checksum(library: bytes, symbols: tuple[str, ...]) -> str:
    digest = hashlib.sha256(library)
    digest.update("\n".join(("", *symbols)).encode("ascii"))
    return digest.hexdigest()


def _is_key(name: str) -> bool:
    return len(name) == 64 and set(name) <= set("0123456789abcdef")


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())
