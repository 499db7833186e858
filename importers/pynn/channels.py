"""Ion channels and species of cells with morphology, as components of NeuroML.

Before: PyNN's channel and its density over the morphology. After: an ``ionChannelHH``, and a
``channelDensity`` for the sections that have it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pyNN.parameters import LazyArray
from pyNN.standardmodels import ion_channels

from annarchy_ml.importers.pynn.synapses import identity

PER_CM2 = "S_per_cm2"


class _Channel:
    """What the channels have in common.

    Attributes:
        ion: whose reversal potential counts where the channel has none of its own.
        gates: by name: instances, and (type, rate, midpoint, scale) of both rates.
    """

    ion: ClassVar[str] = ""
    gates: ClassVar[Mapping[str, tuple[int, tuple[str, ...], tuple[str, ...]]]] = {}
    parameter_space: Any

    @property
    def states(self) -> tuple[str, ...]:
        """States that can be recorded."""
        return tuple(self.gates)

    def given(self, name: str) -> Any:
        """A parameter as the script gave it; None if it did not."""
        try:
            value = self.parameter_space[name]
        except KeyError:
            return None
        return value.base_value if isinstance(value, LazyArray) else value

    def component(self, model: Any, name: str) -> Any:
        """The channel as a component of a model."""
        if not self.gates:
            return model.component(name, "ionChannelPassive", conductance="10pS")
        gates = [_gate(model, gate, *how) for gate, how in self.gates.items()]
        return model.component(name, "ionChannelHH", *gates, conductance="10pS", species=self.ion)


def _gate(
    model: Any, name: str, instances: int, forward: tuple[str, ...], reverse: tuple[str, ...]
) -> Any:
    rates = [
        model.part(
            tag,
            type=kind,
            rate=f"{rate}per_ms",
            midpoint=f"{midpoint}mV",
            scale=f"{scale}mV",
        )
        for tag, (kind, rate, midpoint, scale) in (
            ("forwardRate", forward),
            ("reverseRate", reverse),
        )
    ]
    return model.part("gateHHrates", *rates, id=name, instances=str(instances))


def _translations(base: Any) -> Any:
    found = identity(base)
    found.setdefault("e_rev", identity(ion_channels.PassiveLeak)["e_rev"])
    return found


class NaChannel(_Channel, ion_channels.NaChannel):
    """The sodium channel of Hodgkin and Huxley (1952), at 6.3 degC."""

    translations = _translations(ion_channels.NaChannel)
    ion = "na"
    gates: ClassVar[Any] = {
        "m": (3, ("HHExpLinearRate", "1", "-40", "10"), ("HHExpRate", "4", "-65", "-18")),
        "h": (1, ("HHExpRate", "0.07", "-65", "-20"), ("HHSigmoidRate", "1", "-35", "10")),
    }


class KdrChannel(_Channel, ion_channels.KdrChannel):
    """The delayed rectifier of Hodgkin and Huxley (1952), at 6.3 degC."""

    translations = _translations(ion_channels.KdrChannel)
    ion = "k"
    gates: ClassVar[Any] = {
        "n": (4, ("HHExpLinearRate", "0.1", "-55", "10"), ("HHExpRate", "0.125", "-65", "-80")),
    }


class PassiveLeak(_Channel, ion_channels.PassiveLeak):
    """A conductance without gates."""

    translations = _translations(ion_channels.PassiveLeak)


class PassiveLeakHH(_Channel, ion_channels.PassiveLeakHH):
    """The leak of Hodgkin and Huxley (1952)."""

    translations = _translations(ion_channels.PassiveLeakHH)
