"""What synapses read of the neurons at both ends: refused where these have no such attribute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from annarchy_ml.expr import free_symbols
from annarchy_ml.importers.equations.ends import end_of
from annarchy_ml.importers.equations.faults import ANNarchyException, hinted
from annarchy_ml.importers.equations.rate_types import read_by

if TYPE_CHECKING:
    from annarchy_ml.importers.equations.population import Population, PopulationView
    from annarchy_ml.importers.equations.projection import Projection
    from annarchy_ml.importers.equations.synapse import Synapse


def check_reads(projection: Projection) -> None:
    """Refuses attributes that the neurons at the ends of a projection do not have.

    Raises:
        ANNarchyException: At the first one.
    """
    if projection._kind is not None:
        ends = {"pre": projection.pre, "post": projection.post}
        check_ends(projection._kind, ends, projection.sums, f"'{projection.name}'")


def check_ends(
    synapse: Synapse,
    ends: dict[str, Population | PopulationView],
    sums: bool,
    who: str,
    later: bool = False,
) -> None:
    """Refuses attributes that the neurons at the ends of synapses do not have.

    Args:
        synapse: their type.
        ends: neurons by ``pre`` and ``post``.
        sums: whether they sum values; else they deliver spikes.
        who: reads them.
        later: whether conductances may be known later, from further projections.

    Raises:
        ANNarchyException: At the first one.
    """
    term = synapse.psp
    spiking = synapse.names_read | (frozenset() if term is None else free_symbols(term))
    for name in sorted(read_by(synapse) if sums else spiking):
        place = end_of(name)
        if place is None or place[1].startswith("sum("):
            continue
        end, read = place
        read = read.partition("(")[2].removesuffix(")") if "(" in read else read
        known = ends[end]._names()
        if read not in known and not (later and read.startswith("g_")):
            message = f"{who} reads '{name}', but '{ends[end].name}' has no '{read}'"
            raise ANNarchyException(hinted(message, read, known))
