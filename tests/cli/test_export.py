"""`annarchy-ml export`."""

from __future__ import annotations


def test_files_are_named_the_one_to_run_last(cli, models, folder):
    done = cli("export", models / "LEMS_iaf.xml", "--to", "neuroml", "-o", "made/m.nml")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == ["wrote made/m.nml", "wrote made/LEMS_m.xml"]
    assert cli("run", "made/LEMS_m.xml", "--interpreter").code == 0


def test_what_cannot_be_said_is_refused(cli, models, folder):
    done = cli("export", models / "LEMS_iaf.xml", "--to", "sonatta", "-o", "made")
    assert done.code == 2
    assert "there is no format 'sonatta'" in done.err
    assert not (folder / "made").exists()


def test_a_faulty_model_is_refused(cli, models, folder):
    done = cli("export", models / "LEMS_faulty.xml", "--to", "lems", "-o", "made.xml")
    assert done.code == 1
    assert not (folder / "made.xml").exists()


def test_the_file_to_run_has_one_suffix(cli, models, folder):
    done = cli("export", models / "LEMS_iaf.xml", "--to", "neuroml", "-o", "made/m.xml")
    assert done.out.split() == ["wrote", "made/m.xml", "wrote", "made/LEMS_m.xml"]
    assert cli("run", "made/LEMS_m.xml", "--interpreter").code == 0
