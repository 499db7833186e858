"""Prints where connections of couplings find the values that delayed sources had.

aml_place past_waiting_4[2];            as many as the group has externals
past_waiting_4[0].word = (uint64_t)aml_past(...);
past_waiting_4[1].word = waiting_4.externals[1].word;
waiting_4.externals = past_waiting_4;
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from annarchy_ml.engine.cuda.layout import kernel_of
from annarchy_ml.kernels.nodes import KernelKind
from annarchy_ml.kernels.plan import SimulationPlan, SynapticCouplingPlan
from annarchy_ml.kernels.uses import used_symbols

if TYPE_CHECKING:
    from annarchy_ml.engine.cuda.further import Further, Place
    from annarchy_ml.engine.cuda.texts import Texts


def looking_back(plan: SimulationPlan, further: Further) -> dict[int, int]:
    """Groups of connections whose events read delayed sources, and the numbers of the couplings."""
    found = {}
    for number, item in enumerate(plan.couplings):
        if not isinstance(item, SynapticCouplingPlan) or further.reaches[number] <= 1:
            continue
        kernel = kernel_of(plan, item.synapses)
        late = {external.name for external in kernel.externals if external.index == item.sources}
        events = (one for one in kernel.kernels if one.kind is KernelKind.EVENT)
        if any(late & used_symbols(one.body) for one in events):
            found[item.synapses] = number
    return found


def take_histories(texts: Texts, step: str) -> Iterator[str]:
    """Keeps the values of a step."""
    for word in texts.layout.histories.values():
        yield f"aml_take_history((const aml_history *)(words + {word}), {step});"


def past_values(texts: Texts, place: Place, number: int, step: str) -> str:
    """The values of a field that a coupling looks back at."""
    history = f"(const aml_history *)(words + {texts.layout.histories[place]})"
    reach = f"((const aml_weighted_rows *)(words + {texts.layout.couplings[number]}))->reach"
    return f"aml_past({history}, {step}, {reach})"


def print_past(texts: Texts, number: int, context: str, step: str) -> Iterator[str]:
    """Lets a context of the connections of a coupling see its sources as they were."""
    item = texts.plan.couplings[number]
    assert isinstance(item, SynapticCouplingPlan)
    group = texts.plan.groups[item.synapses]
    externals = kernel_of(texts.plan, item.synapses).externals
    yield f"aml_place past_{context}[{max(len(externals), 1)}];"
    for k, external in enumerate(externals):
        binding = group.externals[external.name]
        value = f"{context}.externals[{k}].word"
        if external.index == item.sources:
            place = (binding.group, binding.field)
            value = f"(uint64_t){past_values(texts, place, number, step)}"
        yield f"past_{context}[{k}].word = {value};"
    yield f"{context}.externals = past_{context};"


def step_seen(stepped: bool) -> str:
    """The step that events look back from: those that arrive come before it is done."""
    return "(int64_t)now.number" if stepped else "(int64_t)now.number - 1"
