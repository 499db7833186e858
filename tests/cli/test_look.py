"""The commands that look at a model without running it: check, paths, show."""

from __future__ import annotations

import json


def test_check_accepts_good_files(cli, models):
    done = cli("check", models / "LEMS_iaf.xml", models / "cells.nml")
    assert (done.code, done.out, done.err) == (0, "2 files checked: no faults\n", "")


def test_check_reports_every_fault_of_every_file(cli, models):
    done = cli("check", models / "LEMS_faulty.xml", models / "LEMS_iaf.xml", "nothing.nml")
    assert done.code == 1
    for code in ("units.unknown", "units.mismatch", "component.unknown", "file.missing"):
        assert f"error[{code}]" in done.out
    assert done.out.splitlines()[-1] == "3 files checked: 4 errors"


def test_check_as_json(cli, models):
    done = cli("check", "--json", models / "LEMS_faulty.xml")
    found = json.loads(done.out)
    assert done.code == 1
    assert {item["severity"] for item in found} == {"error"}
    unit = next(item for item in found if item["code"] == "units.unknown")
    assert unit["file"].endswith("LEMS_faulty.xml")
    assert (unit["line"], unit["column"], unit["length"]) == (9, 45, 5)
    assert json.loads(cli("check", "--json", models / "cells.nml").out) == []


def test_check_needs_a_file(cli):
    assert cli("check").code == 2


def test_paths_have_units_and_kinds(cli, models):
    done = cli("paths", models / "LEMS_iaf.xml", "--match", "fast*/v")
    assert done.code == 0
    rows = [line.split() for line in done.out.splitlines()]
    assert [row[0] for row in rows] == ["fast[0]/v", "fast[1]/v"]
    assert all(row[2:] == ["voltage,", "state"] for row in rows)


def test_paths_that_fit_nothing(cli, models):
    done = cli("paths", models / "LEMS_iaf.xml", "--match", "none*")
    assert (done.code, done.out) == (1, "")
    assert "nothing fits 'none*'" in done.err


def test_paths_of_a_faulty_model(cli, models):
    done = cli("paths", models / "LEMS_faulty.xml")
    assert done.code == 1
    assert "error[" in done.err


def test_show_prints_a_stage(cli, models):
    names = cli("show", models / "LEMS_iaf.xml").out.split()
    assert "lower" in names
    for name in names:
        done = cli("show", models / "LEMS_iaf.xml", "--after", name)
        assert done.code == 0, name
        assert "iafTauCell" in done.out or "slowCell" in done.out or "slow" in done.out, name


def test_equations_are_told_as_seen_from_their_component(cli, folder):
    assert cli("examples", "Ex5", folder).code == 0
    file = folder / "LEMSexamples" / "LEMS_NML2_Ex5_DetCell.xml"
    text = cli("show", file, "--after", "flatten").out
    membrane = "  bioPhys1/membraneProperties"
    for block in (
        f"{membrane}/naChans (channelDensity)\n"
        "    v = ../../../v\n"
        "    channelf = naChan/fopen\n"
        "    gDensity = condDensity * channelf\n",
        "    tau = 1 / ((alpha + beta) * rateScale)\n    dq/dt = (inf - q) / tau\n",
        "    iChannels = bioPhys1/membraneProperties/totChanCurrent\n",
    ):
        assert block in text


def test_show_knows_its_passes(cli, models):
    done = cli("show", models / "LEMS_iaf.xml", "--after", "nothing")
    assert done.code == 2
    assert "there is no pass 'nothing'" in done.err
    assert "lower" in done.err
