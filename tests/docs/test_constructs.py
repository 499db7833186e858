"""The table of constructs: each example holds what it stands for, no core type is left out."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import pytest

from annarchy_ml.importers.neuroml import (
    archive,
    checks,
    component_types,
    dynamics,
    examples,
    lems,
)

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "constructs.md").read_text(encoding="utf-8")
ROWS = [
    (re.findall(r"`([A-Za-z_]\w*)`", construct), example)
    for construct, _, example in re.findall(r"^\| (.*?) \| (.*?) \| (.*?) ?\|$", TEXT, re.M)
]
STATES = [
    (re.findall(r"`([A-Za-z_]\w*)`", construct), state)
    for construct, state, _ in re.findall(r"^\| (.*?) \| (.*?) \| (.*?) ?\|$", TEXT, re.M)
]
NOT_LISTED = re.compile(
    r"^base|^bqbiol|^bqmodel|^dc|^foaf|^rdf|^prism|^collex|^scoro|^orcid|DL$|^from$|^to$|^path$"
)
PARTS = frozenset(
    [
        "annotation",
        "channelDensityNonUniform",
        "channelDensityNonUniformGHK",
        "channelDensityNonUniformNernst",
        "channelPopulationNernst",
        "concentrationModel",
        "continuousConnectionInstance",
        "distal",
        "distalDetails",
        "explicitConnection",
        "gate",
        "include",
        "inhomogeneousParameter",
        "inhomogeneousValue",
        "initMembPotential",
        "intracellularProperties",
        "intracellularProperties2CaPools",
        "KSState",
        "KSTransition",
        "member",
        "membraneProperties",
        "membraneProperties2CaPools",
        "biophysicalProperties2CaPools",
        "Meta",
        "notes",
        "parent",
        "point3DWithDiam",
        "pointCellCondBasedCa",
        "property",
        "proximal",
        "proximalDetails",
        "resistivity",
        "segment",
        "segmentGroup",
        "specificCapacitance",
        "spike",
        "spikeThresh",
        "subTree",
        "variableParameter",
        "HHExpLinearVariable",
    ]
)
"""Parts of a construct that is listed, and types that the standard calls unfinished."""


@lru_cache(maxsize=64)
def _text_of(example: str) -> str:
    found = examples.find_example(example)
    texts = [archive.read_archived(name).decode("utf-8") for name in examples.files_of(found)]
    return re.sub(r"<!--.*?-->", "", "\n".join(texts), flags=re.S)


def _example_text(cell: str) -> str:
    file = re.search(r"`((?:examples|tests)/[^`]+)`", cell)
    if re.fullmatch(r"Ex\w+", cell):
        return _text_of(cell)
    return (DOCS.parent / file[1]).read_text(encoding="utf-8") if file is not None else ""


@pytest.mark.parametrize(("names", "example"), ROWS, ids=[", ".join(row[0]) for row in ROWS])
def test_example_holds_its_constructs(names: list[str], example: str) -> None:
    text = _example_text(example)
    missing = [name for name in names if text and not re.search(rf"\b{name}\b", text)]
    assert not missing


def test_every_core_type_is_listed() -> None:
    listed = {name for names, _ in ROWS for name in names}
    defined: set[str] = set()
    for name in archive.archive_names():
        if name.startswith(archive.CORE_FOLDER):
            text = archive.read_archived(name).decode("utf-8")
            text = re.sub(r"<!--.*?-->", "", text, flags=re.S)
            defined |= set(re.findall(r'<ComponentType name="(\w+)"', text))
    left_out = {name for name in defined - listed - PARTS if not NOT_LISTED.search(name)}
    assert not left_out


def test_every_element_that_is_read_is_listed() -> None:
    """The tables of the reader are the list of what a LEMS file may hold."""
    members = (*lems._TOP, *component_types._MEMBERS, *dynamics._MEMBERS)
    elements = (*component_types._PARAMETERS, *component_types._REFERENCES)
    parts = (*component_types._STRUCTURE, *component_types._SIMULATION)
    listed = {name for names, _ in ROWS for name in names}
    assert not {*members, *elements, *parts} - listed


def test_every_element_that_is_refused_is_listed() -> None:
    refused = {name for names, state in STATES for name in names if "unsupported." in state}
    assert not checks.NOT_SUPPORTED - refused
