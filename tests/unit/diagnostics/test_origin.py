"""Exact places of elements and attributes, found again in the file."""

import pytest

from annarchy_ml.diagnostics.origin import Origin, attribute_text, locate, part_of, within
from annarchy_ml.diagnostics.source import decoded, source_text

TEXT = """<?xml version="1.0"?>
<!-- <no a="1"/> -->
<a one='1' two = "2 &lt; 3">
  <![CDATA[<no/>]]>
  <n:b n:id="x>y" text="first
     second"/>
</a>
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "a.xml"
    path.write_text(TEXT)
    return str(path)


def place(span):
    return (span.line, span.column, span.length)


def test_elements_and_attributes(file):
    a, b = Origin(file, 0), Origin(file, 1)
    assert place(locate(a)) == (3, 1, 2)
    assert place(locate(a, "one")) == (3, 9, 1)
    assert place(locate(a, "two")) == (3, 19, 8)
    assert place(locate(a, "two", value=False)) == (3, 12, 3)
    assert place(locate(b)) == (5, 3, 4)
    assert place(locate(b, "id")) == (5, 14, 3)
    assert place(locate(b, "none")) == (5, 3, 4)


def test_parts_of_values(file):
    a, b = Origin(file, 0), Origin(file, 1)
    assert attribute_text(a, "two") == "2 &lt; 3"
    assert place(part_of(a, "two", "3")) == (3, 26, 1)
    assert place(part_of(a, "two", "absent")) == (3, 19, 8)
    assert place(part_of(b, "text", "second")) == (6, 6, 6)
    assert place(within(b, "text", 0, 5)) == (5, 25, 5)
    assert place(locate(b, "text")) == (5, 25, 5)  # a span ends with its line


def test_what_cannot_be_found(file):
    assert locate(None) is None and attribute_text(None, "a") is None
    assert place(locate(Origin(file, 9))) == (1, 1, 1)
    assert place(locate(Origin("no-such-file.xml", 0))) == (1, 1, 1)


def test_a_changed_file_is_read_again(tmp_path):
    path = tmp_path / "a.xml"
    path.write_text("<a x='1'/>")
    assert locate(Origin(str(path), 0), "x").column == 7
    path.write_text("<a   x='10'/>")
    assert locate(Origin(str(path), 0), "x").column == 9


def test_relative_names_follow_the_current_folder(tmp_path, monkeypatch):
    for number, text in enumerate(("<a x='1'/>", "<a    x='1'/>")):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "a.xml").write_text(text)
    columns = []
    for number in range(2):
        monkeypatch.chdir(tmp_path / str(number))
        columns.append(locate(Origin("a.xml", 0), "x").column)
    assert columns == [7, 10]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<é/>".encode(), "<é/>"),
        ("<é/>".encode("utf-8-sig"), "<é/>"),
        ("<é/>".encode("utf-16"), "<é/>"),
        (b'<?xml version="1.0" encoding="latin-1"?><\xe9/>', None),
        (b"<\xe9/>", "<\N{REPLACEMENT CHARACTER}/>"),
        (b'<?xml version="1.0" encoding="none"?>', '<?xml version="1.0" encoding="none"?>'),
        (b"a\r\nb\rc\nd", "a\nb\nc\nd"),
    ],
)
def test_decoding(content, text):
    assert decoded(content) == text or (text is None and decoded(content).endswith("<é/>"))


def test_names_that_no_file_has():
    assert source_text("a\0b") == "" and source_text("") == ""
