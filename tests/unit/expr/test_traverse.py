"""Walking and rewriting."""

from annarchy_ml.expr import (
    Binary,
    Symbol,
    free_symbols,
    is_condition,
    is_constant,
    is_stochastic,
    map_bottom_up,
    parse,
    postorder,
    pretty,
    rename,
    simplify,
    substitute,
    symbol_nodes,
)


def test_free_symbols():
    tree = parse("a * exp(b / c) + if(d .gt. a, 1, 2)")
    assert free_symbols(tree) == {"a", "b", "c", "d"}
    assert [node.name for node in symbol_nodes(tree)] == ["a", "b", "c", "d"]


def test_substitution_is_simultaneous():
    tree = substitute(parse("a + b"), {"a": parse("b"), "b": parse("2 * a")})
    assert pretty(tree) == "b + 2 * a"


def test_rename_keeps_spans_and_untouched_nodes():
    tree = parse("a + f * a")
    assert rename(tree, {"x": "y", "a": "a"}) is tree
    assert pretty(rename(tree, {"a": "v"})) == "v + f * v"
    assert rename(tree, {"a": "v"}).right.left is tree.right.left


def test_map_returns_the_same_node_if_nothing_changed():
    tree = parse("a + sin(b) ^ 2")
    assert map_bottom_up(tree, lambda node: node) is tree
    assert simplify(tree) is tree


def test_shared_nodes_are_visited_once():
    shared = parse("a * b")
    tree = shared
    for _ in range(200):
        tree = Binary("+", tree, tree)
    assert len(postorder(tree)) == 203
    assert free_symbols(simplify(rename(tree, {"a": "c"}))) == {"b", "c"}
    assert hash(tree) == hash(rename(tree, {"q": "r"}))


def test_long_chains_need_no_recursion():
    tree = Symbol("a")
    for index in range(20_000):
        tree = Binary("+", tree, Symbol(f"s{index % 7}"))
    assert len(free_symbols(tree)) == 8
    assert len(pretty(substitute(tree, {"a": parse("b")}))) > 20_000


def test_questions():
    assert is_stochastic(parse("1 + 2 * random(3)"))
    assert not is_stochastic(parse("a"))
    assert is_constant(parse("1 / 3"))
    assert not is_constant(parse("random(1)"))
    assert is_condition(parse("a .gt. 1"))
    assert is_condition(parse(".not. a"))
    assert is_condition(parse("if(a .gt. 1, a .gt. 2, a .gt. 3)"))
    assert not is_condition(parse("a + 1"))
