"""Texts of the compiler's stages for small LEMS models."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

FRAME = (
    '<Lems><Target component="sim"/><Include file="Simulation.xml"/>{body}'
    '<Simulation id="sim" length="1ms" step="0.1ms" target="net">'
    '<OutputFile id="of" fileName="o.dat">{columns}</OutputFile></Simulation></Lems>'
)


@pytest.fixture
def stage(tmp_path: Path) -> Callable[..., list[str]]:
    """Lines that ``annarchy-ml show`` prints after a pass, without those of the simulation."""
    import annarchy_ml

    def lines(body: str, after: str, *columns: str) -> list[str]:
        path = tmp_path / "model.xml"
        outputs = "".join(f'<OutputColumn id="c" quantity="{column}"/>' for column in columns)
        path.write_text(FRAME.format(body=body, columns=outputs), encoding="utf-8")
        text = annarchy_ml.load(path).show(after)
        return text.split("Simulation 'sim'")[0].splitlines()

    return lines
