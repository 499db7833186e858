"""Catalog rows for quantities, units, expressions and the names used in dynamics."""

from __future__ import annotations

from annarchy_ml.diagnostics.catalog_entry import CatalogEntry as Row

EQUATION_ENTRIES = (
    Row(
        "units.mismatch",
        "dimensions do not agree",
        "Two quantities of different dimension are added, compared or assigned to each other.",
        "LEMS: dimensional consistency of expressions",
        '<DerivedVariable name="iSyn" dimension="conductance" value="g * v"/>',
        '<DerivedVariable name="iSyn" dimension="current" value="g * v"/>',
    ),
    Row(
        "units.unknown",
        "unknown unit",
        "The text after the number is not the symbol of any unit that the included files define.",
        "LEMS: Unit",
        '<pulseGenerator id="i" delay="10msec" duration="1ms" amplitude="1nA"/>',
        '<pulseGenerator id="i" delay="10ms" duration="1ms" amplitude="1nA"/>',
    ),
    Row(
        "units.malformed",
        "not a quantity",
        "A value must be a number, optionally followed by the symbol of a unit.",
        "LEMS: quantities",
        '<pulseGenerator id="i" delay="ten ms" duration="1ms" amplitude="1nA"/>',
        '<pulseGenerator id="i" delay="10ms" duration="1ms" amplitude="1nA"/>',
    ),
    Row(
        "units.function",
        "function applied to a quantity with a unit",
        "Functions such as exp and log have a meaning for plain numbers only.",
        "LEMS: dimensional consistency of expressions",
        '<DerivedVariable name="x" value="exp(v)"/>',
        '<DerivedVariable name="x" value="exp(v / scale)"/>',
    ),
    Row(
        "units.exponent",
        "exponent that makes the unit unknown",
        "A quantity with a unit can only be raised to a fixed number, and an exponent has no unit.",
        "LEMS: dimensional consistency of expressions",
        '<DerivedVariable name="x" dimension="voltage" value="v ^ n"/>',
        '<DerivedVariable name="x" dimension="voltage" value="scale * (v / scale) ^ n"/>',
    ),
    Row(
        "value.range",
        "value outside its range",
        "The value has the right form but not a possible size: a negative duration, a fraction "
        "above 1, a number too large for a double.",
        "NeuroML 2 schema: restricted values",
        '<connection id="0" preCellId="../p/0/c" postCellId="../q/0/c" postFractionAlong="1.5"/>',
        '<connection id="0" preCellId="../p/0/c" postCellId="../q/0/c" postFractionAlong="0.5"/>',
    ),
    Row(
        "expr.syntax",
        "expression cannot be read",
        "The text breaks the grammar of expressions at the marked place.",
        "LEMS: expressions",
        '<TimeDerivative variable="v" value="(i / c"/>',
        '<TimeDerivative variable="v" value="(i) / c"/>',
    ),
    Row(
        "expr.too-deep",
        "expression nested too deeply",
        "The expression has more levels than the compiler follows; this never happens to "
        "equations written by hand.",
        "annarchy_ml: at most 200 levels in one expression",
        '<DerivedVariable name="x" value="((((...((((a))))...))))"/>',
        '<DerivedVariable name="x" value="a"/>',
    ),
    Row(
        "expr.unknown-name",
        "unknown name in an expression",
        "The name is not a parameter, constant, state, derived quantity or requirement that can "
        "be seen here.",
        "LEMS: Dynamics, scope of names",
        '<StateVariable name="v"/>\n<TimeDerivative variable="v" value="(V0 - V) / tau"/>',
        '<StateVariable name="v"/>\n<TimeDerivative variable="v" value="(V0 - v) / tau"/>',
    ),
    Row(
        "expr.unknown-function",
        "unknown function",
        "A name before a parenthesis must be one of the functions that the language has.",
        "LEMS: expressions, functions",
        '<DerivedVariable name="x" value="expo(y)"/>',
        '<DerivedVariable name="x" value="exp(y)"/>',
    ),
    Row(
        "expr.arity",
        "wrong number of arguments",
        "The function takes fewer or more arguments than it is given.",
        "LEMS: expressions, functions",
        '<DerivedVariable name="x" value="exp(y, 2)"/>',
        '<DerivedVariable name="x" value="exp(y * 2)"/>',
    ),
    Row(
        "expr.condition",
        "condition and number confused",
        "A test, and each side of .and., .or. and .not., must be a comparison, not a number.",
        "LEMS: OnCondition, Case",
        '<OnCondition test="spiking .and. v .gt. 0"/>',
        '<OnCondition test="spiking .eq. 1 .and. v .gt. 0"/>',
    ),
    Row(
        "expr.ambiguous",
        "read differently by other engines",
        "jLEMS gives .and., .or. and .eq. one rank and reads them from left to right, and binds "
        "a minus sign behind an operator before a power; parentheses make the text mean the "
        "same everywhere.",
        "LEMS: expressions, order of operators",
        '<OnCondition test="a .gt. 0 .or. b .gt. 0 .and. c .gt. 0"/>',
        '<OnCondition test="a .gt. 0 .or. (b .gt. 0 .and. c .gt. 0)"/>',
    ),
    Row(
        "expr.extension",
        "not known to other engines",
        "The expression uses an operator or a function that annarchy_ml accepts but LEMS does "
        "not define, so other engines will refuse the file.",
        "LEMS: expressions, functions",
        '<DerivedVariable name="x" value="max(y, 0)"/>',
        '<DerivedVariable name="x" value="y * H(y)"/>',
    ),
    Row(
        "loop.algebraic",
        "quantities that define each other",
        "Each of these derived quantities needs another of them first, so none can be computed.",
        "LEMS: DerivedVariable",
        '<DerivedVariable name="a" value="b + 1"/>\n<DerivedVariable name="b" value="a - 1"/>',
        '<DerivedVariable name="a" value="x + 1"/>\n<DerivedVariable name="b" value="a - 1"/>',
    ),
    Row(
        "path.unknown",
        "path that leads nowhere",
        "A part of the path is neither a child, an attachment, nor a quantity of what precedes it.",
        "LEMS: paths; Simulation, quantity",
        '<OutputColumn id="v" quantity="pop[0]/V"/>',
        '<OutputColumn id="v" quantity="pop[0]/v"/>',
    ),
    Row(
        "path.index",
        "index outside the population",
        "Cells are counted from 0 up to the size less one.",
        "NeuroML 2: population, instance",
        '<population id="p" component="c" size="2"/>\n<OutputColumn id="v" quantity="p[2]/v"/>',
        '<population id="p" component="c" size="2"/>\n<OutputColumn id="v" quantity="p[1]/v"/>',
    ),
    Row(
        "port.unknown",
        "unknown event port",
        "The component type has no event port of this name and direction.",
        "LEMS: EventPort",
        '<EventPort name="spike" direction="out"/>\n<EventOut port="spikes"/>',
        '<EventPort name="spike" direction="out"/>\n<EventOut port="spike"/>',
    ),
    Row(
        "variable.not-state",
        "not a state variable",
        "Only a declared StateVariable can have a time derivative or be assigned to.",
        "LEMS: TimeDerivative, StateAssignment",
        '<Parameter name="g"/>\n<OnEvent port="in"><StateAssignment variable="g" value="1"/>'
        "</OnEvent>",
        '<StateVariable name="g"/>\n<OnEvent port="in"><StateAssignment variable="g" value="1"/>'
        "</OnEvent>",
    ),
    Row(
        "regime.initial",
        "no single initial regime",
        "Exactly one regime of a component type must be marked as the one to start in.",
        "LEMS: Regime",
        '<Regime name="integrating"/>\n<Regime name="refractory"/>',
        '<Regime name="integrating" initial="true"/>\n<Regime name="refractory"/>',
    ),
    Row(
        "requirement.unmet",
        "required quantity not provided",
        "The component needs a quantity from one of its enclosing components, and none has it.",
        "LEMS: Requirement",
        '<network id="net" type="network"/>  (a channel in it requires temperature)',
        '<network id="net" type="networkWithTemperature" temperature="37 degC"/>',
    ),
    Row(
        "attachment.none",
        "nothing can be attached here",
        "A synapse or an input is connected to a component whose type has no Attachments for it.",
        "LEMS: Attachments",
        '<explicitInput target="p[0]" input="i"/>  (p holds an iafTauCell)',
        '<explicitInput target="p[0]" input="i"/>  (p holds an iafCell)',
    ),
    Row(
        "population.contradiction",
        "a path leads to another population than was said",
        "A projection or a list of inputs names its populations, and the paths of its connections "
        "or inputs lead to others. The paths count, as in jLEMS.",
        "NeuroML: projection, inputList",
        '<inputList id="i" component="pulse" population="A">\n'
        '  <input id="0" target="../B[0]" destination="synapses"/>\n</inputList>',
        '<inputList id="i" component="pulse" population="B">\n'
        '  <input id="0" target="../B[0]" destination="synapses"/>\n</inputList>',
    ),
)
