"""Names in the order of what they need."""

from annarchy_ml.expr import circle, dependency_order


def test_each_name_follows_what_it_needs():
    needs = {"x": {"y", "z"}, "y": {"z"}, "u": set(), "z": set()}
    assert dependency_order(needs) == ["u", "z", "y", "x"]


def test_what_is_in_a_circle_or_needs_one_or_something_unknown_is_left_out():
    needs = {"a": {"b"}, "b": {"a"}, "c": {"a"}, "d": set(), "e": {"nowhere"}}
    assert dependency_order(needs) == ["d"]


def test_an_assumed_name_comes_when_what_it_needs_is_there():
    needs = {"a": {"b"}, "b": {"a"}, "c": {"b"}}
    assert dependency_order(needs, lambda blocked: blocked[:1]) == ["b", "a", "c"]


def test_every_circle_is_asked_for_once():
    needs = {"a": {"b"}, "b": {"a"}, "c": {"c", "a"}, "d": {"c"}, "e": {"f"}, "f": {"e"}}
    asked = []

    def assume(blocked):
        asked.append(circle(needs, blocked))
        return asked[-1]

    assert sorted(dependency_order(needs, assume)) == sorted(needs)
    assert asked == [["a", "b"], ["c"], ["e", "f"]]


def test_circle_behind_a_tail():
    needs = {"a": {"b"}, "b": {"c"}, "c": {"d", "b"}, "d": {"b"}}
    assert circle(needs, list(needs)) == ["b", "c"]
