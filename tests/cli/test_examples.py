"""`annarchy-ml examples`: the standard's own examples, listed, copied, and run where they lie."""

from __future__ import annotations

import pytest

from annarchy_ml.importers.neuroml import examples


def test_list_has_a_line_for_each(cli):
    lines = cli("examples").out.splitlines()
    assert len(lines) >= 31
    assert all(len(line.split(maxsplit=1)) == 2 for line in lines)
    numbers = [line.partition("_")[0] for line in lines]
    assert numbers.index("Ex9") < numbers.index("Ex10")


@pytest.mark.parametrize("name", ["Ex5", "ex5_detcell", "LEMS_NML2_Ex5_DetCell.xml"])
def test_names_are_forgiving(name):
    assert examples.find_example(name).name == "Ex5_DetCell"


def test_copy_holds_all_that_is_included(cli, folder):
    done = cli("examples", "Ex5", "there")
    entry = "there/LEMSexamples/LEMS_NML2_Ex5_DetCell.xml"
    copied = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert copied == {entry, "there/examples/NML2_SingleCompHHCell.nml"}
    assert done.out.splitlines()[-1] == f"run it with: annarchy-ml run {entry}"
    assert cli("run", entry, "--quiet", "--out", "there").code == 0
    assert (folder / "there/results/ex5_v.dat").exists()


def test_copy_overwrites_nothing_of_the_user(cli, folder):
    assert cli("examples", "Ex5", ".").code == 0
    assert cli("examples", "Ex5", ".").code == 0
    mine = folder / "examples" / "NML2_SingleCompHHCell.nml"
    mine.write_text("mine")
    done = cli("examples", "Ex5", ".")
    assert done.code == 2
    assert "differs from the example" in done.err
    assert mine.read_text() == "mine"


def test_without_a_folder_nothing_is_copied(cli, folder):
    assert "copy it with: annarchy-ml examples Ex5 DIR" in cli("examples", "Ex5").out
    assert list(folder.iterdir()) == []


def test_unknown_example(cli):
    done = cli("examples", "Ex55")
    assert done.code == 2
    assert "there is no example 'Ex55'" in done.err and "Ex5" in done.err


@pytest.mark.parametrize("example", examples.list_examples(), ids=lambda item: item.name)
def test_every_example_has_a_title_of_ours_and_all_its_files(example):
    assert example.title[0].isprintable() and "_" not in example.title
    files = examples.files_of(example)
    assert files[0] == example.file
    assert not any(name.startswith("NeuroML2CoreTypes/") for name in files)
