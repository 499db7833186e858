"""Identifiers: readable, never reserved, never the same for two names."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annarchy_ml.engine.codegen.identifiers import RESERVED, Identifiers, sanitize

VALID = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")

CASES = [
    ("v", "v"),
    ("bioPhys1/membraneProperties/naChans/naChan/m/q", "naChan_m_q"),
    ("synapses:AMPA", "synapses_AMPA"),
    ("exp", "exp_"),
    ("for", "for_"),
    ("i", "i_"),
    ("context", "context_"),
    ("threadIdx", "threadIdx_"),
    ("powf", "powf_"),
    ("aml_uniform", "aml_uniform_"),
    ("AML_LANES", "AML_LANES_"),
    ("__builtin_exp", "builtin_exp"),
    ("_Bool", "Bool"),
    ("3d", "n3d"),
    ("µ", "b5"),
    ("", "x"),
    ("*/ system(\"x\"); /*", "system_x"),
    ("a\nb\\", "a_b"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "identifier"), CASES)
def test_single_names(name, identifier):
    assert Identifiers().name(name, name) == identifier


def test_longer_paths_where_short_ones_clash():
    names = Identifiers()
    assert names.name(1, "a/b/c/m/q") == "c_m_q"
    assert names.name(2, "x/y/c/m/q") == "y_c_m_q"
    assert names.name(3, "a/b_c/m/q") == "b_c_m_q"
    assert names.name(4, "b_c/m/q") == "b_c_m_q_2"
    assert names.name(1, "a/b/c/m/q") == "c_m_q"


@given(st.lists(st.text(max_size=60) | st.sampled_from(sorted(RESERVED)), max_size=30, unique=True))
def test_any_names(paths):
    names = Identifiers()
    given_names = [names.name(path, path) for path in paths]
    given_names += [names.name(("array", path), path, "_values") for path in paths]
    assert len(set(given_names)) == len(given_names)
    for identifier in given_names:
        assert VALID.match(identifier)
        assert identifier not in RESERVED
        assert len(identifier) < 80


@given(st.text())
def test_sanitized_text_is_an_identifier(text):
    assert VALID.match(sanitize(text))
    assert sanitize(text) not in RESERVED
