"""Models exported to LEMS and NeuroML files, read again and run: the same bytes in every file."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from lxml import etree

import annarchy_ml
from annarchy_ml import ModelError, UsageError
from annarchy_ml.importers.neuroml import archive, examples

MODELS = Path(__file__).parents[1] / "models"
STEPS = 300
OUT = {"lems": "made.xml", "neuroml": "made.nml", "hdf5": "made.nml.h5"}
QUICK = ["Ex2", "Ex5", "Ex20"]
MORE = [f"Ex{number}" for number in (0, 1, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 18, 19)]
MORE += ["Ex20a", "Ex21", "Ex22", "Ex23", "Ex24", "Ex25", "Ex26", "Ex27"]
NOT_IN_TABLES = {"Ex3", "Ex6", "Ex7", "Ex11", "Ex16", "Ex17", "Ex21", "Ex23", "Ex27"}
"""Connections that stand in no projection."""
NOT_VALID = {"Ex4", "Ex12", "Ex16", "Ex18"}
"""Their originals break the schema: `1.per_ms`, missing ids, elements out of order."""


def _copied(name: str, folder: Path) -> Path:
    found = examples.find_example(name)
    return Path(examples.copy_example(found, folder)[0])


def _recorded(path: Path) -> dict[str, bytes]:
    """What a model writes and draws in its first steps."""
    simulation = annarchy_ml.load(path).compile()
    results = simulation.run(STEPS * simulation.plan.dt)
    found = {item.path: results[item.path].values.tobytes() for item in simulation.plan.recordings}
    return found | {"events": results.events.times_s.tobytes()}


def _check_same(name: str, to: str, folder: Path) -> None:
    original = _copied(name, folder / "original")
    made = annarchy_ml.export(original, to, folder / "made" / OUT[to])
    before = _recorded(original)
    assert len(before) > 1
    assert _recorded(made[-1]) == before


@pytest.mark.parametrize("to", OUT)
@pytest.mark.parametrize("name", QUICK)
def test_examples_give_the_same_files(name: str, to: str, tmp_path: Path) -> None:
    _check_same(name, to, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("to", OUT)
@pytest.mark.parametrize("name", MORE)
def test_more_examples_give_the_same_files(name: str, to: str, tmp_path: Path) -> None:
    if to == "hdf5" and name in NOT_IN_TABLES:
        original = _copied(name, tmp_path)
        with pytest.raises(UsageError, match=r"HDF5"):
            annarchy_ml.export(original, to, tmp_path / OUT[to])
    else:
        _check_same(name, to, tmp_path)


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    with zipfile.ZipFile(archive.archive_path()) as files:
        return etree.XMLSchema(etree.fromstring(files.read(archive.schema_name())))


@pytest.mark.parametrize("name", sorted({*QUICK, *MORE} - NOT_VALID))
def test_what_is_neuroml_is_valid(name: str, schema: etree.XMLSchema, tmp_path: Path) -> None:
    original = _copied(name, tmp_path / "original")
    made = annarchy_ml.export(original, "neuroml", tmp_path / "made.nml")[0]
    schema.assertValid(etree.parse(made))


def test_own_types_stay_in_the_lems_file(tmp_path: Path) -> None:
    model = tmp_path / "LEMS_own.xml"
    model.write_text(
        """<Lems>
    <Include file="Cells.xml"/><Include file="Networks.xml"/><Include file="Simulation.xml"/>
    <Dimension name="rate_of_rate" t="-2"/><Unit symbol="per_s2" dimension="rate_of_rate"/>
    <Constant name="TWO" dimension="none" value="2"/>
    <ComponentType name="ramp" extends="baseCell" description="rises &amp; falls">
        <Parameter name="slope" dimension="per_time"/>
        <Exposure name="x" dimension="none"/>
        <Dynamics>
            <StateVariable name="x" dimension="none" exposure="x"/>
            <ConditionalDerivedVariable name="r" dimension="per_time">
                <Case condition="x .lt. 0.5 .and. x .geq. 0" value="slope * TWO ^ (0 - 1)"/>
                <Case value="-(slope - slope / 4)"/>
            </ConditionalDerivedVariable>
            <TimeDerivative variable="x" value="r"/>
            <OnStart><StateAssignment variable="x" value="0.25"/></OnStart>
        </Dynamics>
    </ComponentType>
    <ramp id="r" slope="100 per_s"/>
    <network id="net"><population id="p" component="r" size="2"/></network>
    <Simulation id="s" length="20ms" step="0.1ms" target="net">
        <OutputFile id="o" fileName="x.dat"><OutputColumn id="a" quantity="p[1]/x"/></OutputFile>
    </Simulation>
    <Target component="s"/>
</Lems>"""
    )
    nml, lems = annarchy_ml.export(model, "neuroml", tmp_path / "made.nml")
    assert "ramp" not in nml.read_text()
    assert '<population id="p" component="r" size="2"/>' in nml.read_text()
    for text in ('<Unit symbol="per_s2"', "rises &amp; falls", '<Constant name="TWO"', "<ramp id"):
        assert text in lems.read_text()
    assert _recorded(model) == _recorded(lems)


def test_a_model_without_neuroml_is_refused(tmp_path: Path) -> None:
    model = tmp_path / "m.xml"
    model.write_text(
        '<Lems><ComponentType name="c"><Parameter name="p" dimension="none"/></ComponentType>'
        '<c id="c0" p="1"/></Lems>'
    )
    with pytest.raises(UsageError, match="nothing that NeuroML has an element for"):
        annarchy_ml.export(model, "neuroml", tmp_path / "made.nml")
    annarchy_ml.export(model, "lems", tmp_path / "made.xml")
    assert '<c id="c0" p="1"/>' in (tmp_path / "made.xml").read_text()


def test_unknown_formats_and_faulty_models_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no format 'neurml'"):
        annarchy_ml.export(MODELS / "LEMS_iaf.xml", "neurml", tmp_path / "x")
    with pytest.raises(ModelError):
        annarchy_ml.export(MODELS / "LEMS_faulty.xml", "lems", tmp_path / "x.xml")
    assert not list(tmp_path.iterdir())


def test_libneuroml_reads_tables(tmp_path: Path) -> None:
    loaders = pytest.importorskip("neuroml.loaders")
    original = _copied("Ex13", tmp_path / "original")
    made = annarchy_ml.export(original, "hdf5", tmp_path / "made.nml.h5")[0]
    network = loaders.NeuroMLHdf5Loader.load(str(made)).networks[0]
    wanted = annarchy_ml.load(original).document
    own = next(item for item in wanted.components if item.tag == "network")
    sizes = {item.id: item.get_size() for item in network.populations}
    assert sizes == {
        item.id: sum(child.count for child in item.children) or int(item.attributes["size"])
        for item in own.children
        if item.tag == "population"
    }
