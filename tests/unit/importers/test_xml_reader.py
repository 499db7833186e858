"""XML to elements: places, refusals, and what is dropped."""

import gc

import pytest

from annarchy_ml.diagnostics import Diagnostics
from annarchy_ml.importers.neuroml.xml_reader import MAX_DEPTH, parse_bytes


def parsed(text, report=None):
    content = text if isinstance(text, bytes) else text.encode()
    report = Diagnostics() if report is None else report
    return parse_bytes(content, "a.xml", report), report


def test_elements_are_numbered_in_document_order():
    root, _ = parsed("<a><!-- <x/> --><b><c/></b><notes><d/></notes><e/></a>")
    assert (root.tag, root.origin.ordinal) == ("a", 0)
    assert [(item.tag, item.origin.ordinal) for item in root.children] == [("b", 1), ("e", 5)]
    assert [(item.tag, item.origin.ordinal) for item in root.children[0].children] == [("c", 2)]


def test_parents_begin_below_the_root():
    root, _ = parsed("<a><b><c/></b></a>")
    (top,) = root.children
    assert top.parent is None
    assert top.children[0].parent is top


def test_prefixes_and_foreign_attributes_are_dropped():
    root, _ = parsed('<n:a xmlns:n="u" xmlns="v" n:x="1" x="2" xml:id="3"><n:b y="4"/></n:a>')
    assert (root.tag, root.attributes) == ("a", {"x": "2"})
    assert root.children[0].attributes == {"y": "4"}


def test_attribute_text_is_that_of_the_file():
    root, _ = parsed('<a v="&lt;1 &#65;\n2"/>')
    assert root.get("v") == "<1 A 2"
    assert root.get("w", "none") == "none"


def test_collection_of_garbage_goes_on():
    assert gc.isenabled()
    parsed("<a/>")
    parsed("<a>")
    assert gc.isenabled()


def test_depth_is_bounded():
    parsed("<a>" * MAX_DEPTH + "</a>" * MAX_DEPTH)
    deep = MAX_DEPTH * 50
    root, report = parsed("<a>" * deep + "</a>" * deep)
    assert root is None
    assert [item.code for item in report] == ["xml.unsafe"]


REFUSED = [
    ("<!DOCTYPE a><a/>", "xml.unsafe"),
    ('<!DOCTYPE a SYSTEM "http://example.org/a.dtd"><a/>', "xml.unsafe"),
    ('<!DOCTYPE a [<!ENTITY x "1">]><a v="&x;"/>', "xml.unsafe"),
    ('<!DOCTYPE a [<!ENTITY % x SYSTEM "/etc/passwd"> %x;]><a/>', "xml.unsafe"),
    ("<a>&x;</a>", "xml.malformed"),
    ("<a><b></a>", "xml.malformed"),
    ("<a", "xml.malformed"),
    ("", "xml.malformed"),
    ("<a/><b/>", "xml.malformed"),
    ("<a v='1' v='2'/>", "xml.malformed"),
    (b"<a v='\xff'/>", "xml.malformed"),
    (b"<a v='\0'/>", "xml.malformed"),
    (b"<?xml version='1.0' encoding='utf-7'?><a/>", "xml.malformed"),
    (b"<?xml version='1.0' encoding='no-such'?><a/>", "xml.malformed"),
    (b"<?xml version='1.0' encoding='shift-jis'?><a/>", "xml.malformed"),
]


@pytest.mark.parametrize(("text", "code"), REFUSED)
def test_refusals(text, code):
    root, report = parsed(text)
    assert root is None
    (found,) = report
    assert found.code == code
    assert found.span is not None and found.hint
