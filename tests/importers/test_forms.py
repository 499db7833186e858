"""The forms in which the same document may be written."""

import pytest

from annarchy_ml.passes.instantiate import TreeBuilder

TYPES = """
  <Dimension name="time" t="1"/>
  <Dimension name="voltage" m="1" l="2" t="-3" i="-1"/>
  <Unit symbol="ms" dimension="time" power="-3"/>
  <Unit symbol="mV" dimension="voltage" power="-3"/>
  <ComponentType name="gate">
    <Parameter name="tau" dimension="time"/>
  </ComponentType>
  <ComponentType name="slowGate" extends="gate">
    <Parameter name="delay" dimension="time"/>
  </ComponentType>
  <ComponentType name="cell">
    <Parameter name="rest" dimension="voltage"/>
    <Child name="main" type="gate"/>
    <Children name="gates" type="gate"/>
  </ComponentType>
"""


def only(tables, report):
    assert not report
    return tables.components.by_id["c"]


def lems(body: str) -> str:
    return f"<Lems>{TYPES}{body}</Lems>"


@pytest.mark.parametrize(
    "body",
    [
        '<cell id="c" rest="-65mV"/>',
        '<Component id="c" type="cell" rest="-65 mV"/>',
        '<cell id="c" rest=" -65 mV "/>',
        '<cell id="c"\n   rest="-65mV">\n</cell>',
        "<cell id='c' rest='-65mV'/>",
        '<cell rest="-6.5e1mV" id="c"><notes>a &lt; b</notes></cell>',
        '<!-- <cell id="c" rest="1mV"/> --><cell id="c" rest="-65mV"/>',
        '<?tool <cell id="x"/> ?><cell id="c" rest="-65mV"/>',
        '<cell id="c" rest="-65mV"><annotation><x:y xmlns:x="u"><cell/></x:y></annotation></cell>',
        '<cell id="c" rest="-65mV"><notes><![CDATA[<cell id="d"> & more]]></notes></cell>',
        '<n:cell xmlns:n="http://x" id="c" rest="-65mV"/>',
        '<cell id="c" rest="-65mV" xmlns:xsi="u" xsi:schemaLocation="a b" xml:lang="en"/>',
        '<cell id="c" rest="&#45;65mV"/>',
    ],
)
def test_same_component(write, resolved, body):
    tables, report = resolved(write("main.xml", lems(body)))
    found = only(tables, report)
    assert found.type == "cell"
    assert tables.values.of(found) == {"rest": -0.065}
    assert [item.id for item in tables.document.components] == ["c"]


CHILDREN = [
    ('<gate id="g" tau="1ms"/>', "gate", "gates"),
    ('<slowGate id="g" tau="1ms" delay="1ms"/>', "slowGate", "gates"),
    ('<main tau="1ms"/>', "gate", "main"),
    ('<main type="slowGate" tau="1ms" delay="1ms"/>', "slowGate", "main"),
    ('<Component id="g" type="slowGate" tau="1ms" delay="1ms"/>', "slowGate", "gates"),
    ('<gate id="g" type="slowGate" tau="1ms" delay="1ms"/>', "slowGate", "gates"),
]


@pytest.mark.parametrize(("child", "kind", "slot"), CHILDREN)
def test_children(write, resolved, child, kind, slot):
    tables, report = resolved(write("main.xml", lems(f'<cell id="c" rest="0mV">{child}</cell>')))
    (inner,) = only(tables, report).children
    assert (inner.type, inner.slot) == (kind, slot)
    assert tables.values.of(inner)["tau"] == 1e-3
    assert inner.parent is tables.components.by_id["c"]


def test_component_extends_component(write, resolved):
    body = '<Component id="c" extends="base"/><Component id="base" type="cell" rest="-65mV"/>'
    tables, report = resolved(write("main.xml", lems(body)))
    found = only(tables, report)
    assert (found.type, tables.values.of(found)) == ("cell", {"rest": -0.065})


def test_component_extends_and_overrides(write, resolved):
    body = '<cell id="base" rest="-65mV"/><cell id="c" extends="base" rest="-70mV"/>'
    tables, report = resolved(write("main.xml", lems(body)))
    assert tables.values.of(only(tables, report)) == {"rest": -0.07}


def test_definitions_in_any_order(write, resolved):
    text = (
        '<Lems><b id="c" p="3u" q="4"/>'
        '<ComponentType name="b" extends="a"><Parameter name="q" dimension="none"/></ComponentType>'
        '<ComponentType name="a"><Parameter name="p" dimension="size"/></ComponentType>'
        '<Unit symbol="u" dimension="size" scale="2"/><Dimension name="size" l="1"/></Lems>'
    )
    tables, report = resolved(write("main.xml", text))
    assert tables.values.of(only(tables, report)) == {"p": 6.0, "q": 4.0}


@pytest.mark.parametrize("root", ["Lems", "lems", "LEMS"])
def test_roots(write, resolved, root):
    text = lems('<cell id="c" rest="0mV"/>').replace("Lems>", f"{root}>")
    only(*resolved(write("main.xml", text)))


ENCODINGS = {
    "utf-8": b"",
    "utf-8-sig": b"",
    "utf-16": b"",
    "iso-8859-1": b'<?xml version="1.0" encoding="ISO-8859-1"?>',
    "cp1252": b'<?xml version="1.0" encoding="windows-1252"?>',
}


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_encodings_and_ends_of_lines(write, resolved, encoding, ends):
    body = '\n<cell id="é" rest="-65mV"/>\n<cell id="c"\n rest="-65mU"/>\n'
    text = lems(body).replace("\n", ends)
    declared = ENCODINGS[encoding].decode()
    tables, report = resolved(write("main.xml", (declared + text).encode(encoding)))
    assert "é" in tables.components.by_id
    (found,) = report.errors
    assert found.code == "units.unknown"
    line = lems(body).split("\n").index(' rest="-65mU"/>') + 1
    assert str(found.span) == f"main.xml:{line}:11"


def test_morphology_and_biophysics_outside_the_cell(write, resolved):
    text = """<neuroml id="doc">
      <morphology id="shape"><segment id="0">
        <proximal x="0" y="0" z="0" diameter="10"/><distal x="0" y="0" z="10" diameter="10"/>
      </segment></morphology>
      <biophysicalProperties id="bio"><membraneProperties><spikeThresh value="0mV"/>
        <specificCapacitance value="1uF_per_cm2"/><initMembPotential value="-65mV"/>
      </membraneProperties></biophysicalProperties>
      <cell id="c" morphology="shape" biophysicalProperties="bio"/></neuroml>"""
    tables, report = resolved(write("main.nml", text))
    tree = TreeBuilder(tables.values, report).tree(only(tables, report))
    assert [(node.slot, node.component.id) for node in tree.children] == [
        ("morphology", "shape"),
        ("biophysicalProperties", "bio"),
    ]


def test_notes_count_in_places_but_not_in_models(write, resolved):
    body = (
        '<notes><b>x</b></notes>\n<cell id="c" rest="0mV"><notes><i/></notes></cell>\n<cel id="d"/>'
    )
    tables, report = resolved(write("main.xml", lems(body)))
    assert only(tables, ()).children == []
    (found,) = report.errors
    assert found.span is not None
    assert found.span.length == len("<cel")


def test_simulation_method_is_kept(write, resolved):
    text = """<Lems><Include file="Simulation.xml"/><ComponentType name="x"/><x id="y"/>
      <Simulation id="c" length="1ms" step="1ms" target="y">
        <Meta for="jlems" method="rk4"/></Simulation></Lems>"""
    tables, report = resolved(write("main.xml", text))
    (meta,) = only(tables, report).children
    assert (meta.type, meta.attributes["method"]) == ("Meta", "rk4")


def test_two_documents_do_not_share_components(write, read):
    main = write("a.nml", '<neuroml id="a"><iafTauCell id="one" leakReversal="0mV"/></neuroml>')
    first, second = read(main)[0], read(main)[0]
    assert first.components[0] is not second.components[0]
    assert first.types["iafCell"] is second.types["iafCell"]
