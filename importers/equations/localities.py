"""What is one value for many may depend on nothing that differs between them.

z = w : projection             refused: there is one z, and a w of each synapse
z = post.r : postsynaptic      one z for each post neuron, and one post.r
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from annarchy_ml.expr import is_stochastic, symbol_nodes
from annarchy_ml.importers.equations.faults import fault

if TYPE_CHECKING:
    from annarchy_ml.importers.equations.definition import Definition
    from annarchy_ml.importers.equations.statements import Equation

WIDTHS = ("global", "semiglobal", "local")
_OWN = {"w": "local", "t_pre": "local", "t_post": "semiglobal", "t_last": "local", "r": "local"}


def check_locality(definition: Definition, equation: Equation) -> None:
    """Refuses variables that a value for many cannot depend on.

    Parameters may be read, whatever they are declared to be: most are the same for all.

    Raises:
        EquationError: At the first of them.
    """
    own = definition.locality(equation)
    _check_bounds(own, equation)
    _check_reads(definition, equation, own)


def check_change(definition: Definition, equation: Equation) -> None:
    """Refuses changes at spikes of what is one value for many: they would reach one copy of it.

    Where the target spikes, all of its synapses may do the same to what they share.

    Raises:
        EquationError: If the copies would differ.
    """
    known = definition.variables.get(equation.name)
    own = "local" if known is None else definition.locality(known)
    section = equation.section
    if own == "local":
        return
    message = f"'{equation.name}' is {own}: '{section.name}' cannot change it"
    hint = f"make '{equation.name}' local, or change it in 'equations'"
    if own == "global" or section.name != "post_spike":
        raise fault("equation.locality", message, section, equation.span, hint)
    if is_stochastic(equation.value):
        message += " by a random number"
        raise fault("equation.locality", message, section, equation.span, hint)
    _check_bounds(own, equation)
    _check_reads(definition, equation, own)


def _check_bounds(own: str, equation: Equation) -> None:
    """Refuses bounds that each copy of a value would draw for itself."""
    for part in (equation.flags.low, equation.flags.high):
        if own != "local" and part is not None and is_stochastic(part):
            message = f"'{equation.name}' is {own}: its bounds cannot be random"
            hint = "give the bound an equation of its own, with the same locality"
            raise fault("equation.locality", message, equation.section, part.span, hint)


def _check_reads(definition: Definition, equation: Equation, own: str) -> None:
    """Refuses to read what has more values than the variable."""
    for part in (equation.value, equation.flags.low, equation.flags.high):
        for node in () if own == "local" or part is None else symbol_nodes(part):
            other = _locality_of(definition, node.name)
            if WIDTHS.index(other) > WIDTHS.index(own):
                each = "synapse" if other == "local" else "post neuron"
                each = each if "projection" in definition.localities else "neuron"
                message = f"'{equation.name}' is {own} and cannot depend on '{node.name}', of "
                message += f"which each {each} has one"
                hint = f"make '{equation.name}' {other}"
                raise fault("equation.locality", message, equation.section, node.span, hint)


def _locality_of(definition: Definition, name: str) -> str:
    """How many values a name has."""
    if name in definition.parameters:
        return "global"
    if name in definition.variables:
        return definition.locality(definition.variables[name])
    if name.startswith("sum(") or name.startswith("g_"):
        return "local"
    head, _, rest = name.partition(".")
    if rest and "(" not in head:
        return {"pre": "local", "post": "semiglobal"}.get(head, "global")
    return _OWN.get(name, "global")
