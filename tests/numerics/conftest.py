"""Small LEMS models of one component, integrated by a chosen method."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest


def component(
    states: dict[str, tuple[str, float]],
    parameters: dict[str, float] | None = None,
    more: str = "",
    derived: dict[str, str] | None = None,
) -> str:
    """A type and a component named ``net``; equations are in SI units.

    Args:
        states: by name, the derivative [1/s] and the start value.
        parameters: dimensionless numbers.
        more: further elements of the dynamics.
        derived: expressions by name, in order.
    """
    names = [*states, *(derived or {})]
    given = parameters or {}
    return "".join(
        (
            '<ComponentType name="model"><Constant name="SEC" dimension="time" value="1s"/>',
            *(f'<Parameter name="{name}" dimension="none"/>' for name in given),
            *(f'<Exposure name="{name}" dimension="none"/>' for name in names),
            "<Dynamics>",
            *(f'<StateVariable name="{n}" dimension="none" exposure="{n}"/>' for n in states),
            *(
                f'<DerivedVariable name="{n}" dimension="none" exposure="{n}" value="{text}"/>'
                for n, text in (derived or {}).items()
            ),
            *(
                f'<TimeDerivative variable="{name}" value="({rate}) / SEC"/>'
                for name, (rate, _) in states.items()
            ),
            "<OnStart>",
            *(
                f'<StateAssignment variable="{name}" value="{start!r}"/>'
                for name, (_, start) in states.items()
            ),
            f"</OnStart>{more}</Dynamics></ComponentType>",
            '<model id="net" ' + " ".join(f'{n}="{v!r}"' for n, v in given.items()) + "/>",
        )
    )


@pytest.fixture
def trajectory(tmp_path: Path) -> Callable[..., Any]:
    """Runs types and a component ``net``; gives the values of one path over time."""
    import annarchy_ml

    def run(body: str, path: str, method: str, dt: float, end: float, **options: Any) -> Any:
        file = tmp_path / "model.xml"
        file.write_text(
            '<Lems><Target component="sim"/><Include file="Cells.xml"/>'
            f'<Include file="Networks.xml"/><Include file="Simulation.xml"/>{body}'
            f'<Simulation id="sim" length="{end!r}s" step="{dt!r}s" target="net">'
            f'<OutputFile id="of" fileName="o.dat"><OutputColumn id="c" quantity="{path}"/>'
            "</OutputFile></Simulation></Lems>",
            encoding="utf-8",
        )
        options.setdefault("executor", "interpreter")
        simulation = annarchy_ml.load(file).compile(method=method, **options)
        return np.asarray(simulation.run()[path].values)

    return run


@pytest.fixture
def observed_order() -> Callable[..., float]:
    """The slope of log(error) over log(step), from errors at steps that halve."""

    def slope(errors: list[float]) -> float:
        assert min(errors) > 0
        ratios = np.log2(np.array(errors[:-1]) / np.array(errors[1:]))
        return float(ratios[-1])

    return slope


@pytest.fixture
def model() -> Callable[..., str]:
    """The text of a component: see ``component``."""
    return component
