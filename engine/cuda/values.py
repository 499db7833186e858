"""Prints what gives values to cells apart from their kernels: couplings, pools, timetables."""

from __future__ import annotations

from collections.abc import Iterator

from annarchy_ml.engine.cuda.functions import INDENT, terms_name, update_name
from annarchy_ml.engine.cuda.further import Place
from annarchy_ml.engine.cuda.layout import COUPLING_LEARNS, kernel_of
from annarchy_ml.engine.cuda.past import past_values, print_past, take_histories
from annarchy_ml.engine.cuda.texts import MEET, Texts
from annarchy_ml.kernels.nodes import KernelKind
from annarchy_ml.kernels.plan import CouplingPlan, SynapticCouplingPlan

_KINDS = {"sum": "AML_SUM", "max": "AML_GREATEST", "min": "AML_LEAST", "mean": "AML_MEAN"}
_POOLS = ("AML_POOL_MEAN", "AML_POOL_MIN", "AML_POOL_MAX", "AML_NORM1", "AML_NORM2")


def print_begin(texts: Texts) -> Iterator[str]:
    """Before the first step of a launch: where the tables are, and what is passed on at once."""
    if texts.passes:
        yield "aml_passing *passing = (aml_passing *)ends;"
        yield "uint32_t passed = passing->sent, heard_late = passed;"
    for number, word in enumerate(texts.layout.timetables):
        yield f"int64_t last_{number} = *((const aml_timetable *)(words + {word}))->last;"


def print_end(texts: Texts) -> Iterator[str]:
    """After the last step of a launch."""
    for number, word in enumerate(texts.layout.timetables):
        place = f"*((const aml_timetable *)(words + {word}))->last"
        yield f"if (aml_thread() == 0) {place} = last_{number};"


def print_timetables(texts: Texts) -> Iterator[str]:
    """What is due at the begin of a step; before the first one, values over all groups too."""
    for number, word in enumerate(texts.layout.timetables):
        table = f"(const aml_timetable *)(words + {word})"
        yield f"aml_apply({table}, (int64_t)now.number - 1, last_{number});"
        yield MEET
    if texts.layout.pools:
        yield "if (now.number == 1) {"
        for number in range(len(texts.layout.pools)):
            yield from (INDENT + line for line in _pool(texts, number))
        yield "}"


def print_pools(texts: Texts, group: int) -> Iterator[str]:
    """Values over a group whose instances have stepped."""
    for number, (source, _, _) in enumerate(texts.further.pools):
        if source[0] == group:
            yield from _pool(texts, number)


def _pool(texts: Texts, number: int) -> Iterator[str]:
    kind = _POOLS[texts.further.pools[number][2]]
    pool = f"(const aml_pool *)(words + {texts.layout.pools[number]})"
    yield f"aml_gather_pool<{kind}>({pool});"
    yield MEET
    yield f"aml_spread_pool<{kind}>({pool});"
    yield MEET


def print_couplings(texts: Texts) -> Iterator[str]:
    """What cells get from the values that their sources had."""
    plan = texts.plan
    if not plan.couplings:
        return
    yield from take_histories(texts, "(int64_t)now.number - 1")
    for group, field in dict.fromkeys(target_of(texts, k) for k in range(len(plan.couplings))):
        size = f"(int64_t)words[{texts.layout.groups[group].size}]"
        yield f"aml_set_all((aml_real *){_field(texts, (group, field))}, {size}, 0);"
    yield MEET
    numbers = range(len(plan.couplings))
    rows = [k for k in numbers if isinstance(plan.couplings[k], CouplingPlan)]
    synaptic = [k for k in numbers if k not in rows and getattr(plan.couplings[k], "gives", True)]
    for number in synaptic:
        yield from _terms(texts, number)
    if synaptic and not rows:
        yield MEET
    given: set[Place] = set()
    for number in (*rows, *synaptic):
        first_synaptic = bool(rows and synaptic) and number == synaptic[0]
        if target_of(texts, number) in given or first_synaptic:
            yield MEET
            given = set()
        given.add(target_of(texts, number))
        yield _sum(texts, number)
    yield MEET


def target_of(texts: Texts, number: int) -> Place:
    """The field that a coupling gives values to."""
    item = texts.plan.couplings[number]
    if isinstance(item, CouplingPlan):
        return item.target, item.target_field
    host = texts.plan.groups[item.synapses].host
    assert host is not None
    return host, item.target_field


def _field(texts: Texts, place: Place) -> str:
    names = [item.name for item in kernel_of(texts.plan, place[0]).fields]
    return f"words[{texts.layout.groups[place[0]].first + names.index(place[1])}]"


def _sum(texts: Texts, number: int) -> str:
    item = texts.plan.couplings[number]
    rows = f"(const aml_weighted_rows *)(words + {texts.layout.couplings[number]})"
    if isinstance(item, CouplingPlan):
        place = (item.source, item.source_field)
        values = f"(const aml_real *){_field(texts, place)}"
        if texts.further.reaches[number] > 1:
            values = past_values(texts, place, number, "(int64_t)now.number - 1")
    else:
        values = f"(const aml_real *){_field(texts, (item.synapses, item.term_field))}"
    return f"aml_couple<{_KINDS[item.operation]}>({rows}, {values});"


def _connections(texts: Texts, number: int, call: str, step: str) -> Iterator[str]:
    """A loop over the connections of a coupling; `context` is bound before."""
    item = texts.plan.couplings[number]
    assert isinstance(item, SynapticCouplingPlan)
    if texts.further.reaches[number] > 1:
        yield from print_past(texts, number, "context", step)
    size = f"(int64_t)words[{texts.layout.groups[item.synapses].size}]"
    yield f"for (int64_t i = aml_thread(); i < {size}; i += aml_threads())"
    yield f"{INDENT}{call}(&context, (int32_t)i);"


def _bound(texts: Texts, group: int, stepped: bool) -> str:
    words = texts.layout.groups[group]
    return (
        f"aml_context context = aml_bind(now, {str(stepped).lower()}, words[{words.stream}], "
        f"words + {words.first}, {words.externals}, {words.indices}, {words.ports});"
    )


def _terms(texts: Texts, number: int) -> Iterator[str]:
    """What each connection gives, from what its source was at the end of the step before."""
    item = texts.plan.couplings[number]
    assert isinstance(item, SynapticCouplingPlan)
    rows = f"((const aml_weighted_rows *)(words + {texts.layout.couplings[number]}))"
    name = terms_name(texts.plan.groups[item.synapses].kernel)
    yield f"if ({rows}->transmits) {{"
    yield INDENT + _bound(texts, item.synapses, False)
    yield f"{INDENT}context.step -= 1;"
    for line in _connections(texts, number, name, "(int64_t)now.number - 1"):
        yield INDENT + line
    yield "}"


def print_learning(texts: Texts) -> Iterator[str]:
    """Connections of couplings move at the end of a step."""
    plan = texts.plan
    learning = [
        (number, item)
        for number, item in enumerate(plan.couplings)
        if isinstance(item, SynapticCouplingPlan)
        and item.learns
        and kernel_of(plan, item.synapses).kernel(KernelKind.UPDATE) is not None
    ]
    if not learning:
        return
    if texts.layout.histories:
        yield from take_histories(texts, "(int64_t)now.number")
        yield MEET
    for number, item in learning:
        word = texts.layout.couplings[number] + COUPLING_LEARNS
        since = f"(int64_t)now.number - 1 - (int64_t)words[{word + 2}]"
        stepped = texts.layout.groups[item.synapses].stepped
        yield (
            f"if (words[{stepped}] && words[{word}] && {since} >= 0 && "
            f"({since}) % (int64_t)words[{word + 1}] == 0) {{"
        )
        yield INDENT + _bound(texts, item.synapses, True)
        name = update_name(plan.groups[item.synapses].kernel)
        for line in _connections(texts, number, name, "(int64_t)now.number"):
            yield INDENT + line
        yield "}"
    yield MEET
