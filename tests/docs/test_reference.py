"""The reference of the equation language is what the docstrings say, and leaves no name out."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

import annarchy_ml


@pytest.fixture(scope="module")
def reference() -> Any:
    path = Path(__file__).with_name("equation_reference.py")
    spec = importlib.util.spec_from_file_location("equation_reference", path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_the_page_is_up_to_date(reference: Any) -> None:
    kept = reference.PAGE.read_text(encoding="utf-8")
    assert kept == reference.page(), "run: python tests/docs/equation_reference.py"


def test_no_public_name_is_left_out(reference: Any) -> None:
    found = ((name, getattr(annarchy_ml, name)) for name in annarchy_ml.__all__)
    places = {name: getattr(item, "__module__", "") for name, item in found}
    rooms = (reference.ROOM, "annarchy_ml.model.laws")
    public = {name for name, place in places.items() if place.startswith(rooms)}
    shown = [name for names in reference.SECTIONS.values() for name in names]
    assert len(shown) == len(set(shown))
    assert public == set(shown)


def test_every_name_is_explained(reference: Any) -> None:
    heads = reference.page().split("\n#")
    empty = [head.splitlines()[0] for head in heads if not "".join(head.splitlines()[1:]).strip()]
    assert [name for name in empty if not name.startswith("# ")] == []
