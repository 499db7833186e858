"""The grammar: trees, spans, faults, and warnings about jLEMS."""

import pytest

from annarchy_ml.diagnostics import Span
from annarchy_ml.expr import (
    MAX_DEPTH,
    Binary,
    Call,
    Conditional,
    ExprSyntaxError,
    Number,
    Symbol,
    Unary,
    parse,
    parse_with_warnings,
)

a, b, c = Symbol("a"), Symbol("b"), Symbol("c")
TWO = Number(2.0)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("1e-2", Number(0.01)),
        ("1E+1", Number(10.0)),
        (".5", Number(0.5)),
        ("3.", Number(3.0)),
        ("-3", Number(-3.0)),
        ("+3", Number(3.0)),
        ("-(3)", Unary("-", Number(3.0))),
        ("-a^2", Unary("-", Binary("^", a, TWO))),
        ("-2^2", Unary("-", Binary("^", TWO, TWO))),
        ("(-2)^2", Binary("^", Number(-2.0), TWO)),
        ("2^-1", Binary("^", TWO, Number(-1.0))),
        ("2^-a^2", Binary("^", Binary("^", TWO, Unary("-", a)), TWO)),
        ("a*-1", Binary("*", a, Number(-1.0))),
        ("a^b^c", Binary("^", Binary("^", a, b), c)),
        ("a-b-c", Binary("-", Binary("-", a, b), c)),
        ("a/b*c", Binary("*", Binary("/", a, b), c)),
        ("a+b*c", Binary("+", a, Binary("*", b, c))),
        ("-a*b", Binary("*", Unary("-", a), b)),
        ("a.lt.b", Binary("<", a, b)),
        ("3.lt.b", Binary("<", Number(3.0), b)),
        ("3..lt.b", Binary("<", Number(3.0), b)),
        ("a .leq. b", Binary("<=", a, b)),
        ("a .le. b", Binary("<=", a, b)),
        ("a .ge. b", Binary(">=", a, b)),
        ("a .ne. b", Binary("!=", a, b)),
        ("a .neq. b", Binary("!=", a, b)),
        ("a &lt; b &amp;&amp; b &gt;= c", Binary("and", Binary("<", a, b), Binary(">=", b, c))),
        ("a == b || !c", Binary("or", Binary("==", a, b), Unary("not", c))),
        ("a .or. b .and. c", Binary("or", a, Binary("and", b, c))),
        (".not. a .eq. b", Unary("not", Binary("==", a, b))),
        ("ln(a)", Call("log", (a,))),
        ("heaviside( a )", Call("H", (a,))),
        ("max(a, b, c)", Call("max", (a, b, c))),
        ("if(a .gt. b, a, b)", Conditional(Binary(">", a, b), a, b)),
        ("\n a\n+\tb ", Binary("+", a, b)),
        ("e", Symbol("e")),
        ("exp_1", Symbol("exp_1")),
    ],
)
def test_trees(text, tree):
    assert parse(text) == tree


def test_spans():
    tree = parse("a * (b + exp(c))", Span("m.xml", 5, 20))
    assert tree.span == Span("m.xml", 5, 20, 16)
    inner = tree.right
    assert inner.span == Span("m.xml", 5, 25, 10)
    assert inner.right.span == Span("m.xml", 5, 29, 6)
    assert inner.right.args[0].span == Span("m.xml", 5, 33, 1)


def test_spans_of_a_value_over_two_lines():
    tree = parse("a\n  + b", Span("m.xml", 5, 20))
    assert tree.left.span == Span("m.xml", 5, 20, 1)
    assert tree.right.span == Span("m.xml", 6, 5, 1)
    assert tree.span == Span("m.xml", 5, 20, 1)


def test_spans_count_escapes_as_written():
    tree = parse("a &lt; b", Span("m.xml", 1, 1))
    assert tree.right.span == Span("m.xml", 1, 8, 1)


@pytest.mark.parametrize(
    ("text", "code", "message", "column"),
    [
        ("", "expr.syntax", "the expression is empty", 1),
        ("  ", "expr.syntax", "the expression is empty", 3),
        ("a b", "expr.syntax", "an operator is missing between 'a' and 'b'", 3),
        ("2x", "expr.syntax", "an operator is missing between '2' and 'x'", 2),
        ("(a + b", "expr.syntax", "'(' is never closed", 1),
        ("a + b)", "expr.syntax", "')' has no matching '('", 6),
        ("(a, b)", "expr.syntax", "',' can only stand between arguments of a function", 3),
        ("a +", "expr.syntax", "the expression ends where a value is expected", 4),
        ("a ** b", "expr.syntax", "a value is expected before '*'", 4),
        ("a = b", "expr.syntax", "'=' cannot stand in an expression", 3),
        ("a .gt b", "expr.syntax", "'.' cannot stand in an expression", 3),
        ("a[0]", "expr.syntax", "'[' cannot stand in an expression", 2),
        ("()", "expr.syntax", "a value is expected before ')'", 2),
        ("expo(a)", "expr.unknown-function", "there is no function 'expo'", 1),
        ("a(b)", "expr.unknown-function", "there is no function 'a'", 1),
        ("1 + exp(a, b)", "expr.arity", "'exp' takes 1 argument, but is given 2", 5),
        ("random()", "expr.arity", "'random' takes 1 argument, but is given 0", 1),
        ("pow(a)", "expr.arity", "'pow' takes 2 arguments, but is given 1", 1),
        ("min()", "expr.arity", "'min' takes at least 1 argument, but is given 0", 1),
        ("if(a, b)", "expr.arity", "'if' takes 3 arguments, but is given 2", 1),
    ],
)
def test_faults(text, code, message, column):
    with pytest.raises(ExprSyntaxError) as caught:
        parse(text, Span("m.xml", 1, 1))
    diagnostic = caught.value.diagnostic
    assert (diagnostic.code, diagnostic.message) == (code, message)
    assert diagnostic.span is not None
    assert diagnostic.span.column == column


@pytest.mark.parametrize(
    "text",
    ["(" * 10_000 + "a" + ")" * 10_000, "(" * 10_000, "-" * 10_000 + "a", "exp(" * 10_000,
     "+".join("a" * 10_000), "2^" + "-" * 10_000 + "a", ".not. " * 10_000 + "a"],
)  # fmt: skip
def test_depth_is_bounded(text):
    with pytest.raises(ExprSyntaxError) as caught:
        parse(text)
    assert caught.value.diagnostic.code == "expr.too-deep"


def test_the_greatest_depth_is_accepted():
    parse("(" * (MAX_DEPTH - 1) + "a" + ")" * (MAX_DEPTH - 1))
    tree = parse("+".join("a" * MAX_DEPTH))
    assert hash(tree) == hash(parse("+".join("a" * MAX_DEPTH)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "x .gt. 1 .or. y .gt. 1 .and. z .gt. 1",
            "jLEMS reads this as '(x .gt. 1 .or. y .gt. 1) .and. z .gt. 1'",
        ),
        ("x .gt. 1 .or. x .eq. 1", "jLEMS cannot read this without parentheses"),
        ("a * -b^2", "jLEMS reads this as 'a * (-b)^2'"),
    ],
)
def test_warns_where_jlems_differs(text, message):
    tree, warnings = parse_with_warnings(text, Span("m.xml", 1, 1))
    assert [(w.code, w.message, w.severity) for w in warnings] == [
        ("expr.ambiguous", message, "warning")
    ]
    suggested = warnings[0].hint.removeprefix("write '").removesuffix("'")
    assert parse_with_warnings(suggested) == (tree, ())


@pytest.mark.parametrize(
    "text",
    ["x .gt. 1 .and. y .lt. 2", "(x .gt. 1) .or. (x .eq. 1)", "active .eq. 1 .and. t .lt. 3",
     "a .gt. 1 .and. b .gt. 1 .and. c .gt. 1", "-a^2 + b", "2^-1", "a * -b", "(-a^2) * b"],
)  # fmt: skip
def test_no_warning_where_jlems_agrees(text):
    assert parse_with_warnings(text) == (parse(text), ())


@pytest.mark.parametrize(
    ("text", "spelled"),
    [("max(a, b)", "max"), ("a &lt; b", "&lt;"), (".not. a", ".not."), ("floor(a)", "floor"),
     ("if(a .gt. 1, 2, 3)", "if"), ("a .le. b", ".le."), ("heaviside(a)", "heaviside")],
)  # fmt: skip
def test_warns_of_extensions(text, spelled):
    _, warnings = parse_with_warnings(text, Span("m.xml", 1, 1))
    assert [w.code for w in warnings] == ["expr.extension"]
    assert f"'{spelled}'" in warnings[0].message
    assert warnings[0].span.length == len(spelled)
