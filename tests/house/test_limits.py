"""The size limits of the sources: what does not fit is split, or excused here with its reason."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

LIMITS = {
    "file": 400,
    "class": 200,
    "function": 40,
    "parameters": 6,
    "nesting": 3,
    "no docstring": 0,
}

EXCEPTIONS: dict[tuple[str, str], str] = {
    (
        "parameters",
        "annarchy_ml/session/model.py:Model.compile",
    ): "the options of a run, all by keyword",
    (
        "parameters",
        "annarchy_ml/session/network_model.py:NetworkModel.compile",
    ): "the options of a run, all by keyword",
    (
        "parameters",
        "annarchy_ml/session/network_model.py:NetworkModel.projection",
    ): "what a connection is made of, most of it by keyword",
    (
        "parameters",
        "annarchy_ml/session/coupled_library.py:CoupledLibrary.coupling",
    ): "what a coupling is made of, most of it by keyword",
    (
        "parameters",
        "annarchy_ml/session/coupled_library.py:CoupledLibrary.junctions",
    ): "what a junction is made of, most of it by keyword",
    (
        "parameters",
        "annarchy_ml/lems_call.py:run_lems_with_annarchy_ml",
    ): "as in pyNeuroML, by keyword",
    ("parameters", "annarchy_ml/api.py:run"): "the options of a run, all by keyword",
    (
        "parameters",
        "importers/equations/distances.py:Distances.dog",
    ): "as in ANNarchy, by keyword",
    (
        "parameters",
        "importers/equations/specific/filters.py:Convolution.__init__",
    ): "as in ANNarchy, by keyword",
    (
        "parameters",
        "importers/equations/specific/filters.py:Pooling.__init__",
    ): "as in ANNarchy, by keyword",
    ("parameters", "importers/equations/models.py:Izhikevich.__init__"): "parameters of the model",
    ("parameters", "importers/equations/monitor.py:Monitor.__init__"): "as in ANNarchy, by keyword",
    (
        "parameters",
        "importers/equations/neuron.py:Neuron.__init__",
    ): "parts of a neuron, by keyword",
    ("parameters", "importers/equations/synapse.py:Synapse.__init__"): "its parts, by keyword",
    ("parameters", "importers/pynn/projections.py:Projection.__init__"): "as in PyNN",
    (
        "parameters",
        "importers/equations/inputs/trains.py:HomogeneousCorrelatedSpikeTrains.__init__",
    ): "as in ANNarchy, by keyword",
    ("parameters", "importers/equations/reports/writing.py:report"): "as in ANNarchy, by keyword",
    ("class", "engine/codegen/openmp.py:_LoopWriter"): "the state of printing one loop",
    ("function", "tests/conftest.py:hh_module"): "one kernel, statement by statement",
    ("parameters", "annarchy_ml/results.py:Results.__init__"): "parts of a result, by keyword",
}
"""Reasons by (measure, place)."""

ROOT = Path(__file__).parents[2]
PACKAGE_FOLDERS = ("annarchy_ml", "importers", "exporters", "engine")
PYTHON_FOLDERS = (*PACKAGE_FOLDERS, "benchmarks", "examples", "tests")
NATIVE_FOLDERS = ("cpp", "tests/cpp", "engine")
NATIVE_SUFFIXES = (".cpp", ".hpp", ".h", ".c", ".cu", ".cuh")

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)
_NOISE = re.compile(
    r"//[^\n]*|/\*.*?\*/|R\"(\w*)\(.*?\)\1\"|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])+'", re.S
)
_PREPROCESSOR = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.M)
_BRACE_INITIALIZER = re.compile(r"[:,]\s*[\w:<>]+\s*$")
_NO_BODY = re.compile(r"\b(namespace|class|struct|enum|union|extern)\b[^;()]*$|=\s*$")


@dataclass(frozen=True)
class Measure:
    """One number taken of one thing; `place` is ``file`` or ``file:name``."""

    what: str
    place: str
    value: int


def python_files() -> list[Path]:
    """All Python files of the repository."""
    return [path for folder in PYTHON_FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]


def native_files() -> list[Path]:
    """All C and C++ files, templates and headers; golden files are no sources."""
    found = [path for folder in NATIVE_FOLDERS for path in sorted((ROOT / folder).rglob("*"))]
    return [path for path in found if path.suffix in NATIVE_SUFFIXES]


def shown(path: Path) -> str:
    """A path as the tables of exceptions write it."""
    return path.relative_to(ROOT).as_posix()


def measure_python(path: Path) -> Iterator[Measure]:
    """All measures of a Python file."""
    text = path.read_text(encoding="utf-8")
    file = shown(path)
    yield Measure("file", file, text.count("\n"))
    tree = ast.parse(text)
    yield Measure("no docstring", file, 0 if ast.get_docstring(tree) or not text.strip() else 1)
    for name, node in _named(tree, ""):
        place = f"{file}:{name}"
        if isinstance(node, ast.ClassDef):
            yield Measure("class", place, _lines(node))
        else:
            yield Measure("function", place, _lines(node) - _docstring_lines(node))
            yield Measure("parameters", place, _parameters(node))
            yield Measure("nesting", place, _depth(node.body))


def measure_native(path: Path) -> Iterator[Measure]:
    """Lengths of a C or C++ file and of the functions in it."""
    text = path.read_text(encoding="utf-8")
    file = shown(path)
    yield Measure("file", file, text.count("\n"))
    if path.parent.name == "templates":
        return
    for line, length in _native_functions(text):
        yield Measure("function", f"{file}:{line}", length)


def _named(node: ast.AST, prefix: str) -> Iterator[tuple[str, ast.ClassDef | ast.FunctionDef]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.ClassDef, *_FUNCTIONS)):
            name = f"{prefix}{child.name}"
            yield name, child  # type: ignore[misc]
            yield from _named(child, f"{name}.")
        else:
            yield from _named(child, prefix)


def _lines(node: ast.ClassDef | ast.FunctionDef) -> int:
    """Lines of the body: neither decorators nor the signature count."""
    return (node.end_lineno or 0) - node.body[0].lineno + 1


def _docstring_lines(node: ast.FunctionDef) -> int:
    if ast.get_docstring(node) is None:
        return 0
    text = node.body[0]
    return (text.end_lineno or 0) - text.lineno + 1


def _parameters(node: ast.FunctionDef) -> int:
    given = node.args
    names = [item.arg for item in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return len([name for name in names if name not in ("self", "cls")])


def _depth(body: list[ast.stmt]) -> int:
    """Blocks inside blocks; an ``elif`` is no deeper than its ``if``."""
    deepest = 0
    for statement in body:
        if isinstance(statement, (ast.ClassDef, *_FUNCTIONS)):
            continue
        inner = 0
        for block in _blocks(statement):
            inner = max(inner, _depth(block))
        deepest = max(deepest, inner + isinstance(statement, _BLOCKS))
    return deepest


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    for field in ("body", "finalbody"):
        yield getattr(statement, field, [])
    for part in (*getattr(statement, "handlers", []), *getattr(statement, "cases", [])):
        yield part.body
    other = getattr(statement, "orelse", [])
    if isinstance(statement, ast.If) and len(other) == 1 and isinstance(other[0], ast.If):
        yield from _blocks(other[0])
    else:
        yield other


def _native_functions(text: str) -> Iterator[tuple[int, int]]:
    """First line and number of body lines of each function that is not inside another."""
    clean = _NOISE.sub(_blank, text)
    clean = _PREPROCESSOR.sub(_blank, clean)
    stack: list[int | None] = []
    last = 0
    for match in re.finditer(r"[{};]", clean):
        head = clean[last : match.start()]
        last = match.end()
        if match[0] == "{":
            inside = any(start is not None for start in stack)
            if not inside and _BRACE_INITIALIZER.search(head):
                last -= len(head) + 1
            is_function = not inside and ")" in head and not _NO_BODY.search(head)
            stack.append(match.start() if is_function else None)
        elif match[0] == "}" and stack:
            start = stack.pop()
            if start is not None:
                length = clean.count("\n", start, match.start()) - 1
                yield clean.count("\n", 0, start) + 1, max(0, length)


def _blank(match: re.Match[str]) -> str:
    """Spaces in place of what is left out, so that line numbers stay."""
    return re.sub(r"[^\n]", " ", match[0])


@pytest.fixture(scope="module")
def faults() -> list[Measure]:
    """All that is beyond a limit."""
    measures = [item for path in python_files() for item in measure_python(path)]
    measures += [item for path in native_files() for item in measure_native(path)]
    assert len(measures) > 1000, "the sources were not found"
    return [item for item in measures if item.value > LIMITS[item.what]]


@pytest.mark.parametrize("what", LIMITS)
def test_sizes_stay_within_the_limits(faults: list[Measure], what: str) -> None:
    listed = [
        f"{item.place}: {item.value}"
        for item in faults
        if item.what == what and (what, item.place) not in EXCEPTIONS
    ]
    assert not listed, f"{what}: at most {LIMITS[what]}\n" + "\n".join(listed)


def test_every_exception_is_still_needed(faults: list[Measure]) -> None:
    needed = {(item.what, item.place) for item in faults}
    assert set(EXCEPTIONS) <= needed, "remove these exceptions: they fit now"
