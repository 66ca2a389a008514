import pytest

from integrations.schedules import xml_tree
from integrations.schedules.faults import Faults
from integrations.schedules.limits import MAX_DEPTH
from integrations.schedules.model import BrokenSchedule
from integrations.schedules.xml_tree import Element, parse_xml

LAUGHS = (
    '<!DOCTYPE lolz [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 30))
    + "]><schedule>&a29;</schedule>"
).encode()
QUADRATIC = f'<!DOCTYPE s [<!ENTITY a "{"x" * 100_000}">]><s>{"&a;" * 100_000}</s>'.encode()
DEFAULTS = f'<!DOCTYPE s [<!ATTLIST e a CDATA "{"x" * 100_000}">]><s>{"<e/>" * 100_000}</s>'.encode()
EXTERNAL = b'<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]><s>&x;</s>'
EXTERNAL_DTD = b'<!DOCTYPE s SYSTEM "http://127.0.0.1:1/s.dtd"><s/>'
PARAMETER = b'<!DOCTYPE s [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x"> %x;]><s/>'


def parsed(data: bytes) -> Element:
    return parse_xml(data, Faults("a.xml"))


def fault(data: bytes) -> str:
    with pytest.raises(BrokenSchedule) as refusal:
        parsed(data)
    (only,) = refusal.value.faults
    return f"{only.where}: {only.what}"


def test_an_element_knows_its_line_attributes_and_children() -> None:
    root = parsed(b'<a>\n <b id="1">x</b>\n <b/>\n <c/></a>')

    assert [(child.tag, child.line) for child in root.children()] == [("b", 2), ("b", 3), ("c", 4)]
    assert [child.line for child in root.children("b")] == [2, 3]
    assert root.child("b") == Element("b", 2, {"id": "1"}, ["x"])
    assert root.child("d") is None
    assert parsed(b"<a>\n<b/></a>").where == "line 1, <a>"


def test_text_is_read_through_markup() -> None:
    assert parsed(b"<a>one <p>two<br/> <b>three</b></p> &lt;four&#62; <![CDATA[<five>]]></a>").text() == (
        "one two three <four> <five>"
    )


def test_namespaces_are_passed_over() -> None:
    root = parsed(b'<schedule xmlns="https://example.org"><day/></schedule>')

    assert (root.tag, root.child("day") is not None) == ("schedule", True)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "iso-8859-15", "windows-1252"])
def test_the_declared_encoding_counts(encoding: str) -> None:
    data = f'<?xml version="1.0" encoding="{encoding}"?><a>Grüße</a>'.encode(encoding)

    assert parsed(data).text() == "Grüße"


@pytest.mark.parametrize("encoding", ["hex", "unicode_escape", "idna", "utf-7", "no-such", "shift_jis"])
def test_other_encodings_are_refused_by_name(encoding: str) -> None:
    assert fault(f'<?xml version="1.0" encoding="{encoding}"?>\n<a/>'.encode()) == (
        f"line 1: the encoding '{encoding}' is not accepted; write the file in UTF-8"
    )


@pytest.mark.parametrize(
    "data",
    [LAUGHS, QUADRATIC, DEFAULTS, EXTERNAL, EXTERNAL_DTD, PARAMETER],
    ids=["laughs", "quadratic", "defaults", "external", "external-dtd", "parameter"],
)
def test_a_document_type_is_refused_before_anything_of_it_is_read(data: bytes) -> None:
    assert fault(data) == "line 1: a document type (<!DOCTYPE …>) is not accepted; leave it out"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "line 1, column 1: the XML does not parse: no element found"),
        (b"<a>\n<b>\n</a>", "line 3, column 3: the XML does not parse: mismatched tag"),
        (b"<a>\n &nbsp;</a>", "line 2, column 2: the XML does not parse: undefined entity"),
        (b"<a>\xff</a>", "line 1, column 4: the XML does not parse: not well-formed (invalid token)"),
        (b"<a/>\n<a/>", "line 2, column 1: the XML does not parse: junk after document element"),
    ],
)
def test_what_does_not_parse_is_told_with_line_and_column(data: bytes, told: str) -> None:
    assert fault(data) == told


def test_elements_may_stand_only_so_deep_in_one_another() -> None:
    deep = b"<a>" * MAX_DEPTH + b"</a>" * MAX_DEPTH

    assert parsed(deep).tag == "a"
    assert f"more than {MAX_DEPTH} deep" in fault(b"<a>" + deep + b"</a>")


def test_there_may_be_only_so_many_elements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_tree, "MAX_ELEMENTS", 3)  # the limit itself takes seconds to reach

    assert parsed(b"<a><b/><b/></a>").tag == "a"
    assert fault(b"<a><b/><b/>\n<b/></a>") == "line 2, <b>: more than 3 elements"
