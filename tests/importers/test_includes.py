"""Includes in all forms in which files write them."""

import os

import pytest

TYPE = '<ComponentType name="{}"><Parameter name="p" dimension="none"/></ComponentType>'


def lems(*parts: str) -> str:
    return f"<Lems>{''.join(parts)}</Lems>"


def include(name: str) -> str:
    return f'<Include file="{name}"/>'


def names(document):
    return [name.rsplit("/", 1)[-1] for name in document.files]


def test_diamond_is_read_once(write, read):
    write("base.xml", lems(TYPE.format("base")))
    write("left.xml", lems(include("base.xml"), TYPE.format("left")))
    write("right.xml", lems(include("./base.xml"), TYPE.format("right")))
    main = write("main.xml", lems(include("left.xml"), include("right.xml")))
    document, report = read(main)
    assert not report
    assert set(document.types) == {"base", "left", "right"}
    assert names(document) == ["main.xml", "left.xml", "base.xml", "right.xml"]


def test_cycle_is_no_fault(write, read):
    write("b.xml", lems(include("a.xml"), TYPE.format("b")))
    main = write("a.xml", lems(include("b.xml"), include("a.xml"), TYPE.format("a")))
    document, report = read(main)
    assert not report
    assert set(document.types) == {"a", "b"}


def test_relative_to_the_including_file_first(write, read):
    write("x.xml", lems(TYPE.format("outer")))
    write("sub/x.xml", lems(TYPE.format("inner")))
    write("sub/y.xml", lems(include("x.xml")))
    document, report = read(write("main.xml", lems(include("sub/y.xml"))))
    assert not report
    assert set(document.types) == {"inner"}


def test_relative_to_the_main_file(write, read):
    write("channels/na.xml", lems(TYPE.format("na")))
    write("cells/cell.xml", lems(include("channels/na.xml")))
    document, report = read(write("main.xml", lems(include("cells/cell.xml"))))
    assert not report
    assert set(document.types) == {"na"}


def test_relative_to_the_folder_of_an_earlier_include(write, read):
    write("lib/one.xml", lems(TYPE.format("one")))
    write("lib/two.xml", lems(TYPE.format("two")))
    main = write("main.xml", lems(include("lib/one.xml"), include("two.xml")))
    document, report = read(main)
    assert not report
    assert set(document.types) == {"one", "two"}


def test_leading_slash_is_relative(write, read):
    write("channels/k.xml", lems(TYPE.format("k")))
    document, report = read(write("main.xml", lems(include("/channels/k.xml"))))
    assert not report
    assert set(document.types) == {"k"}


def test_backslashes_are_slashes(write, read):
    write("channels/k.xml", lems(TYPE.format("k")))
    document, report = read(write("main.xml", lems(include("channels\\k.xml"))))
    assert not report and "k" in document.types


def test_folders_given_by_the_user(write, read):
    write("library/k.xml", lems(TYPE.format("k")))
    main = write("models/main.xml", lems(include("k.xml")))
    assert [item.code for item in read(main)[1]] == ["include.missing"]
    document, report = read(main, "library")
    assert not report and "k" in document.types


def test_href_and_file_and_both_spellings(write, read):
    write("a.nml", '<neuroml id="a"><iafTauCell id="one" leakReversal="0mV"/></neuroml>')
    write("b.nml", '<neuroml id="b"/>')
    main = write("main.xml", '<Lems><include href="a.nml"/><Include href="b.nml"/></Lems>')
    document, report = read(main)
    assert not report
    assert [item.id for item in document.components] == ["one"]


def test_neuroml_files_know_the_core_types(write, read):
    document, report = read(write("a.nml", '<neuroml id="a"/>'))
    assert not report
    assert {"iafCell", "network", "Simulation", "IF_cond_exp"} <= set(document.types)


def test_core_by_bare_name_and_by_foreign_path(write, read):
    main = write("main.xml", lems(include("../NeuroML2CoreTypes/Synapses.xml")))
    document, report = read(main)
    assert not report
    assert "expOneSynapse" in document.types
    assert "iafCell" not in document.types


def test_only_included_core_files_contribute(write, read):
    main = write("main.xml", lems(include("NeuroMLCoreDimensions.xml"), TYPE.format("iafCell")))
    document, report = read(main)
    assert not report
    assert list(document.types) == ["iafCell"]
    assert not document.types["iafCell"].core


def test_local_file_wins_over_the_core(write, read):
    write("Cells.xml", lems(TYPE.format("mine")))
    document, report = read(write("main.xml", lems(include("Cells.xml"))))
    assert not report
    assert list(document.types) == ["mine"]


def test_missed_places_are_remembered(write, read):
    document, _ = read(write("main.xml", lems(include("Cells.xml"))))
    assert os.path.realpath("Cells.xml") in document.missed


@pytest.mark.parametrize("name", ["", " ", "..", "nowhere.xml", "a\tb.xml", "x" * 300])
def test_what_cannot_be_included(write, read, name):
    _, report = read(write("main.xml", lems(include(name))))
    (found,) = report.errors
    assert found.code in ("include.missing", "attribute.missing")
    assert found.span is not None and found.span.line == 1


def test_every_missing_include_is_told(write, read):
    main = write("main.xml", lems(include("a.xml"), include("b.xml")))
    assert [item.code for item in read(main)[1]] == ["include.missing"] * 2


def test_fault_in_an_included_file_points_there(write, read):
    write("sub/bad.xml", "<Lems>\n  <Unit symbol='x' dimension='nothing'/>\n</Lems>")
    _, report = read(write("main.xml", lems(include("sub/bad.xml"))))
    (found,) = report.errors
    assert found.span is not None
    assert str(found.span) == f"{os.path.join('sub', 'bad.xml')}:2:31"


def test_missing_definitions_are_not_told_beside_a_missing_file(write, resolved):
    main = write("main.xml", lems(include("cells.xml"), '<aCell id="a"/>'))
    assert [item.code for item in resolved(main)[1]] == ["include.missing"]


def test_absolute_path_is_answered_with_the_relative_one(write, read):
    other = write("parts/x.xml", lems(TYPE.format("x")))
    _, report = read(write("main.xml", lems(include(os.path.abspath(other)))))
    fault = next(iter(report))
    assert fault.code == "include.missing"
    assert "write 'parts/x.xml'" in fault.hint
