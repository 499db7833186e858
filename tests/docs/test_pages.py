"""Runs the user guide: every code block of a page, in order, in a folder of its own.

Fences of ``python`` share one namespace; a ``text`` fence that follows shows what was printed.
Lines of a ``console`` fence that start with ``$`` are commands, the others what they print, where
``...`` stands for anything. Comments in front of a fence say more:

    <!-- file: NAME -->         the text is written to a file instead
    <!-- exit: N -->            the last command ends with this code
    <!-- needs: a, b -->        skipped where a package is missing
    <!-- not run -->            only shown
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import re
import runpy
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from annarchy_ml.cli import main

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(path.name for path in DOCS.glob("*.md"))
PICTURE_BYTES = 60_000
CHECKED = ("python", "console", "text", "xml")
_MARK = re.compile(r"<!--\s*(.*?)\s*-->")


@dataclass(frozen=True)
class Block:
    """A fence: its language, the marks in front of it, its text and where it begins."""

    language: str
    marks: dict[str, str]
    text: str
    line: int


@dataclass
class Page:
    """What the blocks of one page share."""

    name: str
    names: dict[str, Any] = field(default_factory=dict)
    printed: str | None = None

    def run(self, block: Block) -> None:
        """Does what a block says."""
        place = f"{self.name}:{block.line}"
        printed, self.printed = self.printed, None
        if "not run" in block.marks or _is_missing(block.marks.get("needs", "")):
            return
        if "file" in block.marks:
            path = Path(block.marks["file"])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.language == "python":
            self.printed = self._execute(block, place)
        elif block.language == "console":
            _run_console(block, place)
        elif block.language == "text" and printed is not None:
            _compare(block.text, printed, place)

    def _execute(self, block: Block, place: str) -> str:
        code = compile("\n" * block.line + block.text, str(DOCS / self.name), "exec")
        with _captured() as output:
            exec(code, self.names)
        return output.getvalue()


def _is_missing(names: str) -> bool:
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    return any(importlib.util.find_spec(name) is None for name in wanted)


def blocks_of(text: str) -> Iterator[Block]:
    """The fences of a page, each with the marks on the lines right in front of it."""
    marks: dict[str, str] = {}
    inside: tuple[str, int] | None = None
    held: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        fence = re.match(r"```(\w*)$", line)
        if inside is not None and line == "```":
            yield Block(inside[0], marks, "\n".join(held) + "\n", inside[1])
            inside, held, marks = None, [], {}
        elif inside is not None:
            held.append(line)
        elif fence:
            inside = (fence[1], number)
        elif mark := _MARK.fullmatch(line):
            key, _, value = mark[1].partition(":")
            marks[key.strip()] = value.strip()
        elif line.strip():
            marks = {}


@contextlib.contextmanager
def _captured() -> Iterator[io.StringIO]:
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        yield output


def _run_console(block: Block, place: str) -> None:
    steps = re.split(r"^\$ ", block.text, flags=re.M)
    assert not steps[0].strip(), f"{place}: the first line must be a command"
    for number, step in enumerate(steps[1:], 1):
        command, _, expected = step.partition("\n")
        wanted = int(block.marks.get("exit", 0)) if number == len(steps) - 1 else 0
        code, printed = _command(command)
        assert code == wanted, f"{place}: $ {command}\nended with {code}\n{printed}"
        if expected.strip():
            _compare(expected, printed, f"{place}: $ {command}")


def _command(command: str) -> tuple[int, str]:
    words = shlex.split(command)
    if words[0] == "cd":
        os.chdir(words[1])
        return 0, ""
    if words[0] == "annarchy-ml" and "|" not in words:
        with _captured() as output:
            code = main(words[1:])
        return code, output.getvalue()
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def _compare(expected: str, printed: str, place: str) -> None:
    parts = [re.escape(part) for part in _trimmed(expected).split("...")]
    assert re.fullmatch(".*".join(parts), _trimmed(printed), re.S), (
        f"{place}\n--- the page says\n{expected}\n--- printed was\n{printed}"
    )


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


@pytest.fixture(scope="session", autouse=True)
def hook() -> None:
    """Does what the ``.pth`` file of an installation does."""
    file = DOCS.parent / "importers" / "pynn" / "hook" / "_annarchy_ml_pynn.py"
    runpy.run_path(str(file))["install"]()


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all pages."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def folder(tmp_path: Path, shared_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, without a display."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANNARCHY_ML_CACHE", str(shared_cache))
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.delenv("ANNARCHY_ML_DEBUG", raising=False)
    return tmp_path


@pytest.mark.parametrize("name", PAGES)
def test_page_runs(name: str, folder: Path, request: pytest.FixtureRequest) -> None:
    """Pictures of tutorials are made by them; ``--update-golden`` puts them into docs/images/."""
    page, text = Page(name), (DOCS / name).read_text(encoding="utf-8")
    for block in blocks_of(text):
        page.run(block)
    if not name.startswith("tutorial") or _is_missing("matplotlib"):
        return
    for shown in re.findall(r"\]\((images/[^)]+)\)", text):
        made = folder / Path(shown).name
        assert made.stat().st_size < PICTURE_BYTES, f"{name} shows {shown}"
        if request.config.getoption("--update-golden"):
            shutil.copyfile(made, DOCS / shown)


@pytest.mark.parametrize("name", PAGES)
def test_page_uses_known_fences(name: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    unknown = [b.line for b in blocks_of(text) if b.language not in CHECKED]
    assert not unknown, f"{name}: lines {unknown}: write one of {', '.join(CHECKED)}"


@pytest.mark.parametrize("name", PAGES)
def test_links_stay_within_the_guide(name: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in link]
    broken = [link for link in links if link.startswith("..") or not (DOCS / link).is_file()]
    assert not broken, f"{name}: {broken}: `mkdocs build --strict` refuses these"


def test_the_site_shows_every_page() -> None:
    shown = re.findall(r": (\S+\.md)$", (DOCS.parent / "mkdocs.yml").read_text("utf-8"), re.M)
    assert sorted(shown) == PAGES
