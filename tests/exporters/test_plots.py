"""Pictures: what the displays of a model ask for, and something useful where there is none."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_hex

from annarchy_ml.diagnostics import UsageError
from annarchy_ml.exporters import plots
from annarchy_ml.exporters.plot_labels import (
    fitting_scale,
    short_path,
    time_label,
    typeset,
    unit_label,
)
from annarchy_ml.exporters.plot_panels import panels, thinned
from annarchy_ml.model.simulation import Display, Line
from annarchy_ml.results import Column, EventTable, Results, SignalTable


@pytest.mark.parametrize(
    ("unit", "dimension", "scale", "label"),
    [
        ("V", "voltage", 1e-3, "mV"),
        ("V", "voltage", 1.0, "V"),
        ("V", "voltage", 1e-6, "µV"),
        ("V", "voltage", 0.1, "0.1 V"),
        ("A", "current", 1e-9, "nA"),
        ("A", "current", 1e-12, "pA"),
        ("S", "conductance", 1e-9, "nS"),
        ("S/m^2", "conductanceDensity", 10.0, "mS/cm²"),
        ("S/m^2", "conductanceDensity", 1.0, "S/m²"),
        ("A/m^2", "currentDensity", 0.01, "µA/cm²"),
        ("mol/m^3", "concentration", 1.0, "mM"),
        ("mol/m^3", "concentration", 1e-3, "0.001 mol/m³"),
        ("1/s", "per_time", 1.0, "Hz"),
        ("1", "none", 1.0, ""),
        ("1", "none", 0.1, "÷ 0.1"),
        ("kg·m⁻³", "myDimension", 1.0, "kg·m⁻³"),
    ],
)
def test_unit_labels(unit: str, dimension: str, scale: float, label: str) -> None:
    assert unit_label(unit, dimension, scale) == label


def test_time_labels() -> None:
    assert [time_label(scale) for scale in (1.0, 1e-3, 1e-6)] == ["s", "ms", "µs"]


@pytest.mark.parametrize(
    ("symbol", "text"),
    [("um_per_ms", "µm/ms"), ("per_mV", "1/mV"), ("Mohm", "MΩ"), ("m^-3", "m⁻³"), ("V", "V")],
)
def test_symbols_are_typeset(symbol: str, text: str) -> None:
    assert typeset(symbol) == text


@pytest.mark.parametrize(
    ("unit", "dimension", "largest", "scale"),
    [
        ("V", "voltage", 0.07, 1e-3),
        ("A", "current", 5e-10, 1e-9),
        ("A", "current", 3e-12, 1e-12),
        ("V", "voltage", 0.0, 1e-3),
        ("1", "none", 1e9, 1.0),
        ("S/m^2", "conductanceDensity", 1e-9, 10.0),
    ],
)
def test_fitting_scale(unit: str, dimension: str, largest: float, scale: float) -> None:
    assert fitting_scale(unit, dimension, largest) == pytest.approx(scale)


def test_long_paths_are_shortened_in_the_middle() -> None:
    long = "hhpop[0]/bioPhys1/membraneProperties/naChans/naChan/m/q"
    assert short_path(long) == "hhpop[0]/…/naChans/naChan/m/q"
    assert short_path("hhpop[0]/v") == "hhpop[0]/v"
    assert short_path("a" * 50 + "/v") == "a" * 50 + "/v"


def test_a_display_is_drawn_as_the_model_asks(full: Results) -> None:
    figure = full.plot()
    voltage, current = figure.axes
    assert voltage.get_title(loc="left") == "Voltage"
    assert (voltage.get_xlim(), voltage.get_ylim()) == ((0, 100), (-90, 50))
    assert (voltage.get_xlabel(), voltage.get_ylabel()) == ("time (ms)", "v (mV)")
    (line,) = voltage.lines
    np.testing.assert_allclose(line.get_ydata(), full["hhpop[0]/v"].values * 1000)
    np.testing.assert_allclose(line.get_xdata(), full.times * 1000)
    assert current.get_ylabel() == "i (nA)"
    assert to_hex(current.lines[0].get_color()) == "#ff0000"


def _displayed(*lines: Line, **display: Any) -> Results:
    table = SignalTable(
        np.arange(5) * 1e-3,
        np.arange(10.0).reshape(5, 2),
        [Column("p[0]/v", "V", "voltage"), Column("p[0]/u")],
    )
    return Results(table, displays=[Display("d", "Title", lines=lines, **display)])


def _texts(figure: Any) -> list[str]:
    return [text.get_text() for text in figure.findobj(lambda item: hasattr(item, "get_text"))]


def test_mixed_units_stand_in_the_legend() -> None:
    figure = _displayed(Line("v", "p[0]/v", 1e-3), Line("u", "p[0]/u", 0.1)).plot()
    legend = figure.axes[0].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["v (mV)", "u (÷ 0.1)"]
    assert figure.axes[0].get_ylabel() == ""


def test_each_line_may_have_its_own_time_scale() -> None:
    figure = _displayed(Line("a", "p[0]/v", time_scale=1.0), Line("b", "p[0]/v")).plot()
    first, second = figure.axes[0].lines
    assert (first.get_xdata()[-1], second.get_xdata()[-1]) == (0.004, 4.0)
    assert figure.axes[0].get_xlabel() == "time (s or ms)"


def test_the_time_axis_has_the_unit_of_its_lines() -> None:
    figure = _displayed(Line("a", "p[0]/v", time_scale=1.0)).plot()
    assert figure.axes[0].get_xlabel() == "time (s)"


def test_a_unit_that_a_name_holds_is_not_told_twice() -> None:
    figure = _displayed(Line("v (mV)", "p[0]/v", 1e-3), Line("u", "p[0]/u")).plot()
    legend = figure.axes[0].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["v (mV)", "u (no unit)"]


@pytest.mark.parametrize(
    ("color", "drawn"),
    [
        ("#ffffff", "#000000"),
        ("#f4f4ee", "#000000"),
        ("#ffff00", "#aaaa00"),
        ("#00ff00", "#00ff00"),
    ],
)
def test_colors_meant_for_a_black_background_are_seen(color: str, drawn: str) -> None:
    figure = _displayed(Line("v", "p[0]/v", color=color)).plot()
    assert to_hex(figure.axes[0].lines[0].get_color()) == drawn


@pytest.mark.parametrize("color", ["#zz0000", "0xff0000", "none", "no such color", "$x$"])
def test_an_invalid_color_is_replaced_and_noted(color: str) -> None:
    figure = _displayed(Line("v", "p[0]/v", color=color)).plot()
    assert to_hex(figure.axes[0].lines[0].get_color()) == plots.PALETTE[0]
    assert f"note: '{color}' of line 'v' is not a color" in _texts(figure)


def test_a_line_that_was_not_recorded_is_noted() -> None:
    (panel,) = panels(_displayed(Line("w", "p[9]/v")))
    assert panel.notes == ["'p[9]/v' was not recorded"]


def test_limits_that_would_show_nothing_are_given_up() -> None:
    (panel,) = panels(_displayed(Line("v", "p[0]/v"), ymin=-500.0, ymax=-400.0))
    assert panel.ylim == (None, None)
    assert "nothing lies between -500 and -400" in panel.notes[0]


def test_hostile_names_are_plain_text() -> None:
    names = ["$\\frac{", "_hidden", "a\nb\x1b[0m", "x" * 500]
    figure = _displayed(*(Line(name, "p[0]/v") for name in names)).plot()
    figure.axes[0].set_title("", loc="left")
    figure.canvas.draw()
    shown = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert shown[:3] == ["$\\frac{", "_hidden", "a b [0m"]
    assert len(shown[3]) <= 100


def test_without_displays_all_is_drawn_by_unit(full: Results) -> None:
    full.displays = ()
    titles = [axes.get_title(loc="left") for axes in full.plot().axes]
    assert titles[:5] == [
        "Voltage", "Values without unit", "Current", "Conductance per area", "Events",
    ]  # fmt: skip
    raster = full.plot().axes[4]
    assert [label.get_text() for label in raster.get_yticklabels()] == [
        "hhpop[0]", "hhpop[1]", "b[0]",
    ]  # fmt: skip
    assert raster.get_xlim() == (0.0, 100.0)
    assert sum(len(line.get_xdata()) for line in raster.lines) == 4


def test_many_signals_and_trains_are_summed_up() -> None:
    columns = [Column(f"p[{i}]/v", "V", "voltage") for i in range(40)]
    paths = [f"exc[{i}]" for i in range(60)] + [f"inh[{i}]" for i in range(20)]
    events = EventTable.from_events(np.arange(80) * 1e-3, np.arange(80), paths)
    signals, raster = Results(SignalTable([0, 0.1], np.zeros((2, 40)), columns), events).plot().axes
    assert signals.get_title(loc="left") == "Voltage of 40 signals"
    assert signals.get_legend() is None
    assert [label.get_text() for label in raster.get_yticklabels()] == ["exc\n(60)", "inh\n(20)"]


def test_thinning_keeps_every_spike() -> None:
    times, values = np.arange(1_000_000.0), np.zeros(1_000_000)
    values[[5, 123_456, 999_999]] = 1, 2, -1
    x, y = thinned(times, values)
    assert len(x) < 10_000
    assert set(y) == {0, 1, 2, -1}
    assert (x[0], x[-1]) == (0, 999_999)
    assert 123_456 in x
    assert len(thinned(times[:8000], values[:8000])[0]) == 8000


def test_limits_that_axes_cannot_have_fit_the_data() -> None:
    (panel,) = panels(_displayed(xmin=0.0, xmax=0.0, ymin=float("nan"), ymax=5.0))
    assert (panel.xlim, panel.ylim) == ((None, None), (None, 5.0))


def test_a_scale_of_zero_is_taken_as_one() -> None:
    (panel,) = panels(_displayed(Line("v", "p[0]/v", 0.0, 0.0), time_scale=0.0))
    assert panel.curves[0].values.max() == 8.0
    assert panel.curves[0].times.max() == 4.0
    assert panel.time_unit == "ms"


def test_a_suffix_that_is_no_picture(full: Results, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"known suffixes: .*\.png"):
        full.plot(tmp_path / "a.xyz")


def test_a_dense_raster_keeps_one_mark_per_place() -> None:
    rng = np.random.default_rng(2)
    times, rows = rng.random(400_000), rng.integers(0, 50, 400_000)
    x, y = plots._visible_marks(times, rows)
    assert len(x) < 130_000
    assert set(y) == set(range(50))


def test_a_figure_shows_itself_in_a_notebook(full: Results) -> None:
    assert full.plot()._repr_png_().startswith(b"\x89PNG")


def test_saving_opens_no_window(full: Results, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        full.plot(tmp_path / "a.png")
    code = (
        "import sys, annarchy_ml.results as r; r.Results().plot(sys.argv[1]); "
        "print('matplotlib.pyplot' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "b.png")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
    assert (tmp_path / "b.png").read_bytes().startswith(b"\x89PNG")


def test_a_window_is_opened_only_when_asked(full: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    pyplot.close("all")
    shown: list[int] = []
    monkeypatch.setattr(pyplot, "show", lambda: shown.append(len(pyplot.get_fignums())))
    full.plot()
    assert shown == []
    full.plot(show=True)
    assert shown == [1]
    pyplot.close("all")
