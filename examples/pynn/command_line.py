"""What the scripts of this folder share: which backend they run on, and the picture they leave."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any


def main(
    run: Callable[..., dict[str, Any]],
    tell: Callable[[dict[str, Any]], str],
    draw: Callable[[dict[str, Any], str], None],
    kinds: Sequence[str] = (),
) -> None:
    """Runs a script with what its command line says.

    Args:
        run: the script: a function of the backend, and of the kind if there are some.
        tell: one line about what it has found.
        draw: makes the picture.
        kinds: of the network.
    """
    parser = ArgumentParser()
    parser.add_argument("backend", help="of PyNN: annarchy, nest, neuron, brian2")
    if kinds:
        parser.add_argument("kind", choices=kinds)
    parser.add_argument("picture", nargs="?", help="a file to draw")
    given = parser.parse_args()
    found = run(import_module(f"pyNN.{given.backend}"), *([given.kind] if kinds else []))
    print(tell(found))
    if given.picture:
        draw(found, given.picture)


def draw_signals(found: dict[str, Any], picture: str) -> None:
    """A raster of the spikes, and the potentials, of what was recorded."""
    from pyNN.utility.plotting import Figure, Panel

    segment = found["data"]
    signals = segment.filter(name="v")
    panels = [Panel(segment.spiketrains, markersize=0.5, xticks=not signals)]
    panels += [Panel(v, xticks=True, yticks=True, ylabel="v (mV)") for v in signals]
    Figure(*panels, xlabel="Time (ms)").save(picture)


def rates(found: dict[str, Any]) -> str:
    """Of excitatory and inhibitory cells."""
    return "rates: {:.1f} Hz excitatory, {:.1f} Hz inhibitory".format(*found["rates"])
