"""Comments: nothing in them can end them or reach the compiler."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annarchy_ml.engine.codegen.comments import comment_line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("dv/dt = i / C", "/* dv/dt = i / C */"),
        ("a */ b", "/* a * / b */"),
        ("a **// b", "/* a ** // b */"),
        ("/* a", "/* / * a */"),
        ("a\nb\r\nc\\\nd", "/* a b c d */"),
        ("??/ é\0", "/* ? ?/ */"),
        ("S/m² kg·m⁻¹ᐟ² Ω µm", "/* S/m^2 kg*m^-1/2 ohm um */"),
        ("⁻·/", "/* ^-* / */"),
        ("", "/*  */"),
        ("x" * 300, "/* " + "x" * 157 + "... */"),
    ],
)
def test_examples(text, line):
    assert comment_line(text) == line


@given(st.text(alphabet="*/?\\\n aé\0\x7f") | st.text())
def test_any_text(text):
    line = comment_line(text)
    assert line.startswith("/* ")
    assert line.endswith(" */")
    inner = line[3:-3]
    assert "*/" not in inner + " "
    assert "/*" not in inner
    assert "??" not in inner
    assert "\\" not in inner
    assert line.isascii()
    assert line.isprintable()
