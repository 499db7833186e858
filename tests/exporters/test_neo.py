"""Results as Neo objects: units, annotations, lazy trains, files that Neo reads back."""

from __future__ import annotations

import copy
import pickle
import time
from pathlib import Path
from typing import Any

import neo
import numpy as np
import pytest
import quantities as pq
from neo.core.spiketrainlist import SpikeTrainList

from annarchy_ml.exporters.neo_units import quantity_unit
from annarchy_ml.exporters.spike_trains import LazyArraySpikeTrainList, LazySpikeTrainList
from annarchy_ml.results import Column, EventTable, Results, SignalTable
from annarchy_ml.units import SI_SYMBOLS


@pytest.fixture
def block(full: Results) -> Any:
    return full.to_neo()


@pytest.fixture
def segment(block: Any) -> Any:
    return block.segments[0]


@pytest.mark.parametrize(
    ("symbol", "unit"),
    [
        ("V", pq.V),
        ("1", pq.dimensionless),
        ("", pq.dimensionless),
        ("S/m^2", pq.S / pq.m**2),
        ("S_per_m2", pq.S / pq.m**2),
        ("F/m**2", pq.F / pq.m**2),
        ("mol·m⁻³", pq.mol / pq.m**3),
        ("kg·m²·s⁻³·A⁻¹", pq.kg * pq.m**2 / pq.s**3 / pq.A),
        ("J/K/mol", pq.J / pq.K / pq.mol),
        ("1/s", 1 / pq.s),
    ],
)
def test_units(symbol: str, unit: Any) -> None:
    assert quantity_unit(symbol).dimensionality == unit.dimensionality


def test_every_si_symbol_is_understood() -> None:
    for symbol in SI_SYMBOLS.values():
        assert quantity_unit(symbol) is not None, symbol


@pytest.mark.parametrize("symbol", ["odd", "__import__('os')", "V V V)", "V^x", "µ", "V/"])
def test_text_that_is_no_unit(symbol: str) -> None:
    assert quantity_unit(symbol) is None


def test_signals_are_grouped_by_population_variable_and_unit(segment: Any) -> None:
    shapes = {signal.name: signal.shape for signal in segment.analogsignals}
    assert shapes == {
        "hhpop.v": (101, 2),
        "hhpop.q": (101, 1),
        "hhpop.i": (101, 1),
        "hhpop.gDensity": (101, 1),
    }


def test_a_signal_carries_units_times_and_origin(full: Results, segment: Any) -> None:
    signal = segment.analogsignals[0]
    assert signal.units == pq.V
    assert signal.t_start == 0 * pq.s
    np.testing.assert_allclose(float(signal.sampling_period.rescale("s")), 1e-3, rtol=1e-12)
    np.testing.assert_array_equal(signal.magnitude[:, 1], full["hhpop[1]/v"].values)
    notes = signal.array_annotations
    assert notes["path"].tolist() == ["hhpop[0]/v", "hhpop[1]/v"]
    assert notes["index"].tolist() == [0, 1]
    assert notes["cell"].tolist() == ["hhcell", "hhcell"]
    assert segment.analogsignals[1].array_annotations["component"].tolist() == ["bioPhys1/naChan/m"]
    assert signal.annotations["dimension"] == "voltage"


def test_signals_side_by_side_are_not_copied(full: Results, segment: Any) -> None:
    assert np.shares_memory(segment.analogsignals[0].magnitude, full.tables[0].values)


def test_uneven_times_and_single_rows() -> None:
    uneven = SignalTable([0.0, 0.1, 0.5], np.ones((3, 1)), [Column("x")])
    single = SignalTable([0.0], np.ones((1, 1)), [Column("y", "V")])
    segment = Results([uneven, single]).to_neo().segments[0]
    assert [len(signal) for signal in segment.irregularlysampledsignals] == [3, 1]


def test_the_sampling_period_is_the_step() -> None:
    """Times are sums of steps; their mean distance has the rounding of all of them."""
    times = np.cumsum(np.full(30_000, 1e-5)) - 1e-5
    table = SignalTable(times, np.ones((30_000, 1)), [Column("x")])
    (signal,) = Results(table, provenance={"dt": 1e-5}).to_neo().segments[0].analogsignals
    assert (times[-1] - times[0]) / 29_999 != 1e-5
    assert float(signal.sampling_period) == 1e-5

    sparse = SignalTable(times[::10], np.ones((3000, 1)), [Column("x")])
    (signal,) = Results(sparse, provenance={"dt": 1e-5}).to_neo().segments[0].analogsignals
    assert float(signal.sampling_period) == 10 * 1e-5


def test_cells_are_named_from_either_spelling() -> None:
    table = SignalTable(
        [0.0, 1.0], np.ones((2, 2)), [Column("p[0]/v", "V"), Column("p/1/hh/v", "V")]
    )
    events = EventTable.from_events([0.5], [0], ["p[0]"])
    aliases = {"p/0/hh/v": "p[0]/v", "p[1]/v": "p/1/hh/v", "p/0/hh": "p[0]"}
    segment = Results(table, events, aliases=aliases).to_neo().segments[0]
    (signal,) = segment.analogsignals
    assert list(signal.array_annotations["cell"]) == ["hh", "hh"]
    assert list(signal.array_annotations["index"]) == [0, 1]


def test_an_unknown_unit_is_kept_as_text() -> None:
    table = SignalTable([0.0, 1.0], np.ones((2, 1)), [Column("x", "odd")])
    (signal,) = Results(table).to_neo().segments[0].analogsignals
    assert signal.units == pq.dimensionless
    assert signal.annotations["unit"] == "odd"


def test_provenance(block: Any) -> None:
    assert block.annotations["seed"] == 12345
    assert block.annotations["wall_times"] == '{"compile": 0.1, "run": 0.2}'
    assert block.rec_datetime.isoformat() == "2026-03-01T12:00:00+01:00"
    assert block.annotations["session_start_time"] == block.rec_datetime
    assert block.description == "simulation of models/LEMS_hh.xml by annarchy_ml 0.1.0"


def test_an_incomplete_run_says_so(full: Results) -> None:
    full.provenance["complete"] = False
    assert full.to_neo().description.endswith("the run was stopped before its end")


def test_trains_have_units_limits_and_origin(segment: Any) -> None:
    train = segment.spiketrains[2]
    assert isinstance(train, neo.SpikeTrain)
    assert (train * 1000).magnitude.tolist() == [20, 50]
    assert (train.units, train.t_start, train.t_stop) == (pq.s, 0 * pq.s, 0.1 * pq.s)
    assert train.annotations == {
        "path": "b[0]",
        "port": "spike",
        "population": "b",
        "index": 0,
        "cell": "",
        "channel_id": 2,
    }
    assert segment.spiketrains[2] is train
    assert train.segment is segment


def test_trains_equal_those_that_neo_constructs(full: Results, segment: Any) -> None:
    for row, train in enumerate(segment.spiketrains):
        other = neo.SpikeTrain(
            full.events[row].times_s, units="s", t_start=0, t_stop=0.1, name=train.name
        )
        other.annotations, other.segment = train.annotations, segment
        assert vars(train).keys() == vars(other).keys()
        for key, value in vars(train).items():
            assert type(value) is type(vars(other)[key]), key
            assert str(value) == str(vars(other)[key]), key
        assert (train.time_slice(0.015 * pq.s, None) == other.time_slice(0.015 * pq.s, None)).all()
        assert train.rescale("ms")[:1].units == pq.ms


def test_changing_a_train_leaves_the_results_alone(full: Results, segment: Any) -> None:
    segment.spiketrains[0][0] = 0.099 * pq.s
    assert full.events[0].times_s[0] == 0.01


def test_groups_hold_the_same_objects(block: Any, segment: Any) -> None:
    groups = {group.name: group for group in block.groups}
    assert list(groups) == ["hhpop", "b"]
    assert groups["b"].spiketrains[0] is segment.spiketrains[2]
    assert groups["hhpop"].analogsignals[0] is segment.analogsignals[0]
    assert groups["b"].spiketrains.multiplexed[0].tolist() == [2, 2]


def test_the_list_stays_lazy(segment: Any) -> None:
    trains = segment.spiketrains
    assert isinstance(trains, LazySpikeTrainList)
    channels, times = trains.multiplexed
    assert channels.tolist() == [0, 0, 2, 2]
    assert times.units == pq.s
    assert (trains.t_start, trains.t_stop) == (0 * pq.s, 0.1 * pq.s)
    assert trains.all_channel_ids == [0, 1, 2]
    assert (len(trains), str(trains)) == (3, "SpikeTrainList of 3 trains")
    assert trains._builder._built == [None] * 3


def test_the_list_can_be_changed(segment: Any) -> None:
    extra = neo.SpikeTrain([0.09], units="s", t_stop=0.1)
    segment.spiketrains.append(extra)
    assert len(segment.spiketrains) == 4
    assert segment.spiketrains[-1] is extra
    assert extra.segment is segment
    assert segment.spiketrains.multiplexed[1].magnitude.tolist() == [0.01, 0.02, 0.02, 0.05, 0.09]
    assert segment.spiketrains.pop() is extra
    assert segment.spiketrains.all_channel_ids == [0, 1, 2]
    assert len(segment.spiketrains[:2]) == 2
    assert len(segment.analogsignals + segment.spiketrains) == 7
    assert [len(train) for train in reversed(segment.spiketrains[:])] == [2, 0, 2]


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_are_plain_neo(block: Any, duplicate: Any) -> None:
    again = duplicate(block)
    trains = again.segments[0].spiketrains
    assert type(trains).__module__ == "neo.core.spiketrainlist"
    assert trains[2].magnitude.tolist() == [0.02, 0.05]
    assert trains[2].segment is again.segments[0]
    assert again.groups[1].spiketrains[0] is trains[2]


def test_neo_tools_accept_it(block: Any, segment: Any) -> None:
    assert segment.time_slice(0.015 * pq.s, 0.03 * pq.s).spiketrains[0].magnitude.tolist() == [0.02]
    assert (segment.t_start, segment.t_stop) == (0 * pq.s, segment.analogsignals[0].t_stop)
    assert len(block.filter(objects="SpikeTrain", population="hhpop")) == 2
    assert len(block.data_children_recur) == 7


def test_elephant_accepts_it(segment: Any) -> None:
    pytest.importorskip("elephant", reason="elephant is not installed")
    from elephant.conversion import BinnedSpikeTrain
    from elephant.spike_train_synchrony import spike_contrast
    from elephant.statistics import mean_firing_rate

    assert mean_firing_rate(segment.spiketrains[0]).rescale("Hz") == pytest.approx(20 * pq.Hz)
    binned = BinnedSpikeTrain(segment.spiketrains, bin_size=10 * pq.ms)
    assert binned.to_array().sum() == 4
    assert 0 <= spike_contrast(list(segment.spiketrains)) <= 1  # takes lists only


def test_a_hundred_thousand_trains_take_less_than_a_second() -> None:
    rng = np.random.default_rng(1)
    paths = [f"pop[{i}]" for i in range(100_000)]
    times, ids = np.sort(rng.random(300_000)), rng.integers(0, len(paths), 300_000)
    results = Results((), EventTable.from_events(times, ids, paths))
    begin = time.perf_counter()
    trains = results.to_neo().segments[0].spiketrains
    assert len(trains[99_999].annotations) > 0
    assert len(trains.multiplexed[0]) == 300_000
    assert time.perf_counter() - begin < 1.0


def _array_list(kind: type) -> Any:
    """A list over arrays, as PyNN makes it: channel 7 is silent, 3 is unknown."""
    plain = SpikeTrainList.from_spike_time_array(
        np.array([1.0, 2.0, 3.0, 4.0, 5.0]),
        np.array([9, 5, 9, 3, 5]),
        np.array([9, 5, 7]),
        units="ms",
        t_start=0.5 * pq.ms,
        t_stop=6 * pq.ms,
        source_population="cells",
        source_index=np.array([4, 0, 2]),
    )
    plain.segment = neo.Segment()
    return plain if kind is SpikeTrainList else LazyArraySpikeTrainList(plain=plain)


def test_a_list_over_arrays_makes_the_trains_that_neo_makes() -> None:
    lazy, plain = _array_list(LazyArraySpikeTrainList), _array_list(SpikeTrainList)
    assert (len(lazy), lazy.t_stop) == (3, 6 * pq.ms)
    assert [part.tolist() for part in lazy.multiplexed] == [
        part.tolist() for part in plain.multiplexed
    ]
    assert [train.tolist() for train in lazy] == [[1.0, 3.0], [2.0, 5.0], []]
    for train, other in zip(lazy, plain, strict=True):
        assert vars(train).keys() == vars(other).keys()
        for key in vars(train).keys() - {"segment"}:
            assert type(vars(train)[key]) is type(vars(other)[key]), key
            assert str(vars(train)[key]) == str(vars(other)[key]), key
        assert train.segment is lazy.segment


def test_a_list_over_arrays_makes_only_the_trains_that_are_looked_at() -> None:
    lazy = _array_list(LazyArraySpikeTrainList)
    assert lazy[1] is lazy[1]
    assert [train is None for train in lazy._items._builder._built] == [True, False, True]


@pytest.mark.parametrize("looked_at", [True, False])
def test_a_list_over_arrays_can_be_copied_and_changed(looked_at: bool) -> None:
    lazy = _array_list(LazyArraySpikeTrainList)
    if looked_at:
        assert len(lazy[0]) == 2
    again = pickle.loads(pickle.dumps(lazy))
    assert type(again) is SpikeTrainList
    assert [train.tolist() for train in again] == [[1.0, 3.0], [2.0, 5.0], []]
    extra = neo.SpikeTrain([0.09], units="s", t_stop=0.1)
    lazy.append(extra)
    assert (len(lazy), lazy[-1] is extra, extra.segment is lazy.segment) == (4, True, True)
    assert len(lazy + list(again)) == 7
    assert len(list(again) + lazy) == 7
    assert len(lazy[1:3]) == 2


def test_a_list_without_arrays_stays_as_it_is() -> None:
    lazy = LazyArraySpikeTrainList(plain=neo.Segment().spiketrains)
    assert list(lazy) == []
    lazy.append(neo.SpikeTrain([0.09], units="s", t_stop=0.1))
    assert len(lazy) == 1


READERS = {
    ".pkl": lambda path: neo.io.PickleIO(path).read_block(),
    ".nix": lambda path: neo.io.NixIO(path, "ro").read_block(),
    ".nwb": lambda path: neo.io.NWBIO(path, "r").read_all_blocks()[0],
}


@pytest.fixture(params=[".pkl", ".nix", ".nwb"])
def read_back(request: pytest.FixtureRequest, full: Results, tmp_path: Path) -> Any:
    package = {".nix": "nixio", ".nwb": "pynwb"}.get(request.param)
    if package:
        pytest.importorskip(package, reason=f"{package} is not installed")
    path = full.save(tmp_path / f"results{request.param}")
    return READERS[request.param](str(path)).segments[0]


def test_round_trip_of_signals(full: Results, read_back: Any) -> None:
    signals = sorted(read_back.analogsignals, key=lambda signal: signal.name)
    voltage = next(signal for signal in signals if "hhpop.v" in signal.name)
    assert len(signals) == 4
    assert voltage.units == pq.V
    np.testing.assert_allclose(float(voltage.sampling_period.rescale("s")), 1e-3, rtol=1e-9)
    np.testing.assert_array_equal(voltage.magnitude[:, 0], full["hhpop[0]/v"].values)


def test_round_trip_of_trains(read_back: Any) -> None:
    trains = {train.name: train for train in read_back.spiketrains}
    assert list(trains) == ["hhpop[0]", "hhpop[1]", "b[0]"]
    assert trains["b[0]"].rescale("s").magnitude.tolist() == [0.02, 0.05]
    assert float(trains["b[0]"].t_stop.rescale("s")) == pytest.approx(0.1)
    assert len(trains["hhpop[1]"]) == 0


def test_nix_keeps_annotations(full: Results, tmp_path: Path) -> None:
    pytest.importorskip("nixio", reason="nixio is not installed")
    block = READERS[".nix"](str(full.save(tmp_path / "a.nix")))
    assert block.annotations["model_hash"] == "ab12"
    (signal,) = block.filter(objects="AnalogSignal", name="hhpop.v")
    assert signal.array_annotations["path"].tolist() == ["hhpop[0]/v", "hhpop[1]/v"]
    assert block.filter(objects="SpikeTrain", name="b[0]")[0].annotations["population"] == "b"
    assert [group.name for group in block.groups] == ["hhpop", "b"]


def test_nwb_is_valid_and_keeps_what_it_can(full: Results, tmp_path: Path) -> None:
    pynwb = pytest.importorskip("pynwb", reason="pynwb is not installed")
    path = str(full.save(tmp_path / "a.nwb"))
    with pynwb.NWBHDF5IO(path, "r") as file:
        nwb = file.read()
        assert '"model_hash": "ab12"' in nwb.notes
        assert nwb.session_start_time.isoformat() == "2026-03-01T12:00:00+01:00"
        series = nwb.acquisition["run hhpop.v 0"]
        assert series.description == "hhpop[0]/v hhpop[1]/v"
        assert series.unit == "V"
        assert not pynwb.validate(io=file)
