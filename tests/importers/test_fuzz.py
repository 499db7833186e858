"""Documents with random damage: whatever is wrong with a file, its user gets diagnostics."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annarchy_ml import api
from annarchy_ml.diagnostics import Diagnostic, ModelError
from annarchy_ml.diagnostics.render import render_all

BROKEN = Path(__file__).parents[1] / "diagnostics" / "broken"
SOURCES = sorted(
    {
        path.read_bytes(): path
        for path in BROKEN.glob("*.fixed.*ml")
        if b"encoding" not in path.read_bytes()[:60]
    }.values()
)
WORDS = (
    "", " ", "0", "-1", "1e400", "nan", "v", "this", "parent", "..", "../..", "/", "//", "a/b",
    "x[0]", "pop[1]", "[", "]", "*", "5 mV", "3ms", "2 furlongs", "1 + ", "exp(", "t", "none", "é",
    "true", "*/", '"', "'", "\n", "int", "pop/0/iaf", "synapses[*]/i", "id", "spike", "in",
)  # fmt: skip


def damaged(text: str, draw: st.DrawFn) -> str:
    """The text with one to three random changes of its elements and attributes."""
    root = ElementTree.fromstring(text)
    for _ in range(draw(st.integers(1, 3))):
        parents = [item for item in root.iter() if len(item)]
        elements = [item for item in root.iter() if item is not root]
        if not elements:
            break
        kind = draw(
            st.sampled_from(["drop", "twice", "move", "tag", "name", "text", "less", "more"])
        )
        chosen = draw(st.sampled_from(elements))
        other = draw(st.sampled_from(elements))
        holder = next(item for item in parents if chosen in list(item))
        if kind == "drop":
            holder.remove(chosen)
        elif kind == "twice":
            holder.append(chosen)
        elif kind == "move":
            holder.remove(chosen)
            root.append(chosen)
        elif kind == "tag":
            chosen.tag = other.tag
        else:
            change_attribute(chosen, other, kind, draw)
    return ElementTree.tostring(root, encoding="unicode")


def change_attribute(
    chosen: ElementTree.Element, other: ElementTree.Element, kind: str, draw: st.DrawFn
) -> None:
    """Renames, replaces, removes or adds one attribute."""
    texts = [*WORDS, *chosen.attrib.values(), *other.attrib.values(), other.tag]
    names = [*other.attrib, "id", "type", "extends", "reduce", "select", "exposure"]
    if kind == "more":
        chosen.set(draw(st.sampled_from(names)), draw(st.sampled_from(texts)))
    elif chosen.attrib:
        name = draw(st.sampled_from(sorted(chosen.attrib)))
        text = chosen.attrib.pop(name)
        if kind == "name":
            chosen.set(draw(st.sampled_from(names)), text)
        elif kind == "text":
            chosen.set(name, draw(st.sampled_from(texts)))


@st.composite
def documents(draw: st.DrawFn) -> str:
    source = draw(st.sampled_from(SOURCES))
    return damaged(source.read_text(encoding="utf-8"), draw)


def examined(text: str) -> list[Diagnostic]:
    """All that is said of a text, rendered once so that rendering is examined too."""
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, "model.xml")
        Path(name).write_text(text, encoding="utf-8")
        found = api.check(name)
        assert render_all(found) or not found
        if any(item.severity == "error" for item in found):
            with pytest.raises(ModelError):
                api.load(name).compile(executor="interpreter")
    return found


@settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "120")),
    deadline=None,
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example],
)
@given(documents())
def test_damage_gives_diagnostics(text: str) -> None:
    for item in examined(text):
        assert item.message
        assert item.span is None or item.span.line >= 1


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.binary(max_size=60), st.integers(0, 400))
def test_damaged_bytes_give_diagnostics(noise: bytes, position: int) -> None:
    content = SOURCES[0].read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, "model.xml")
        Path(name).write_bytes(content[:position] + noise + content[position:])
        found = api.check(name)
        assert render_all(found) or not found


HOSTILE = [
    "*/ system(1); /*", "//", "a\\", '"; abort(); "', "int", "while", "__builtin_trap", "é", "名前",
    "a b", "a/b", "../../x", "-", "0", "%s%n", "${HOME}", "a&#10;b", "a&#9;b", "x" * 5000,
    "#define x",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A name of a component, a type or a file can be anything that XML allows, and does nothing."""
    monkeypatch.chdir(tmp_path)
    text = (BROKEN / "unit_unknown.fixed.xml").read_text(encoding="utf-8")
    quoted = name.replace('"', "&quot;").replace("<", "&lt;")
    text = text.replace('"iaf"', f'"{quoted}"').replace('id="proj"', f'id="{quoted}"')
    (tmp_path / "model.xml").write_text(text, encoding="utf-8")
    found = api.check("model.xml")
    assert not [item for item in found if item.severity == "error"], render_all(found)
    simulation = api.load("model.xml").compile(executor="interpreter", duration=1e-4)
    assert simulation.run().complete
    assert [path.name for path in tmp_path.iterdir()] == ["model.xml"]
