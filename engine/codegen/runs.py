"""What a vector loop does for a run of instances ahead of itself: draws and kinetic schemes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from annarchy_ml.engine.codegen.ahead import places_of_draws
from annarchy_ml.engine.codegen.draws import draw_ahead
from annarchy_ml.engine.codegen.propagation import propagate_ahead
from annarchy_ml.kernels.nodes import Propagate, Statement

if TYPE_CHECKING:
    from annarchy_ml.engine.codegen.openmp import _LoopWriter as LoopWriter


def work_ahead(writer: LoopWriter, body: tuple[Statement, ...]) -> None:
    """Adds the lines for a body, in order of writing; none where instances go one by one."""
    if not writer.printer.vector:
        return
    for position, statement in enumerate(body):
        before = body[:position]
        if isinstance(statement, Propagate):
            writer.ahead += propagate_ahead(writer, statement, before)
        for place in places_of_draws((statement,), before):
            draw_ahead(writer, place)


def longest_run(body: tuple[Statement, ...], leads: bool = False) -> str:
    """Instances that are worked on together.

    Args:
        body: of the loop.
        leads: whether values are read ahead through an index.
    """
    if any(isinstance(item, Propagate) for item in body):
        return "AML_SCHEMES"
    drawn = any(True for _ in places_of_draws(body))
    return "AML_LEADS" if leads and not drawn else "AML_DRAWS"
