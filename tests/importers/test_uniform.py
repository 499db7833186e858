"""Which text of a file becomes rows, and that what only looks like rows does not."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from annarchy_ml.diagnostics import Diagnostics, ModelError
from annarchy_ml.importers.neuroml import xml_reader
from annarchy_ml.importers.neuroml.stored_bytes import StoredBytes
from annarchy_ml.importers.neuroml.xml_reader import Element
from annarchy_ml.model.rows import Rows, each_of

ROW = '<explicitInput target="p[3]" input="pulse" destination="synapses"/>\n'


def parsed(path: Path, text: str, stored: bool = False) -> Element:
    """The root of a file with this text."""
    path.write_text(text, encoding="utf-8")
    content = StoredBytes(str(path)) if stored else path.read_bytes()
    root = xml_reader.parse_bytes(content, path.name, Diagnostics(), str(path))
    assert root is not None
    return root


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(xml_reader, "LARGE_BYTES", 0)
    return tmp_path / "net.nml"


@pytest.mark.parametrize("around", ["<!-- {} -->", "<![CDATA[{}]]>", "<notes>{}</notes>"])
@pytest.mark.parametrize("before", [5, 13, 20])
@pytest.mark.parametrize("stored", [False, True])
def test_rows_that_do_not_count(around: str, before: int, stored: bool, path: Path) -> None:
    """Rows in comments and the like, written as the last one before them."""
    inside = ROW * before + around.format(ROW * 200) + ROW * 250
    (network,) = parsed(path, f"<a><net>{inside}</net></a>", stored).children
    assert any(isinstance(child, Rows) for child in network.children)
    assert len(list(each_of(list(network.children)))) == before + 250


def test_rows_in_different_blocks(path: Path) -> None:
    """Rows of several windows, with places that go on behind a comment."""
    rows = "".join(f'<c id="{i}" w="{i / 8}"><d x="{i}"/></c>\n' for i in range(60_000))
    text = f"<a><net>{rows}<!-- {rows[:9000]} -->{rows}</net></a>"
    (network,) = parsed(path, text, True).children
    found = list(each_of(list(network.children)))
    assert [int(item.attributes["id"]) for item in found] == 2 * list(range(60_000))
    assert [item.origin.ordinal for item in found if item.origin] == list(range(2, 240_002, 2))
    assert all(item.children[0].attributes["x"] == item.attributes["id"] for item in found)
    assert len(network.children) < 300


@pytest.mark.parametrize("after", [None, "<a/>"])
def test_file_that_changes(after: str | None, path: Path) -> None:
    """Texts that are read again are those of the same file, or none."""
    text = f"<a><net>{ROW * 300}</net></a>"
    (kept,) = parsed(path, text).children
    (network,) = parsed(path, text, True).children
    if after is None:
        path.unlink()
    else:
        path.write_text(after, encoding="utf-8")
    with pytest.raises(
        ModelError, match=r"error\[file.changed\]: 'net.nml' was changed or removed"
    ):
        list(each_of(list(network.children)))
    assert len(list(each_of(list(kept.children)))) == 300


def test_long_comment_is_read_once(path: Path) -> None:
    """Time grows with the length of the file, not with its square."""
    began = time.perf_counter()
    root = parsed(path, f"<a><!-- {'abcd ' * 800_000} --><b/></a>", True)
    assert [child.tag for child in root.children] == ["b"]
    assert time.perf_counter() - began < 5.0
