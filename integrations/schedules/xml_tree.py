"""XML of strangers, as a small tree that knows its lines.

Through defusedxml: no document type, hence no entities, no default attributes and no way to the network; expat's own
characters (`&amp;`, `&#10;`) remain. The tree is bounded in depth and number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from integrations.schedules.faults import Faults, shown
from integrations.schedules.limits import MAX_DEPTH, MAX_ELEMENTS

_ENCODINGS = frozenset(
    {"utf-8", "utf8", "utf-16", "utf-16le", "utf-16be", "us-ascii", "ascii", "windows-1250", "windows-1252"}
    | {f"iso-8859-{part}" for part in range(1, 17)}
)
"""What a schedule may be written in. Python would try any codec of its own by the name that the file gives."""


@dataclass(slots=True)
class Element:
    """An element: its name without namespace, its line, its attributes, and text and elements in order."""

    tag: str
    line: int
    attributes: dict[str, str]
    content: list[str | Element] = field(default_factory=list)

    @property
    def where(self) -> str:
        """The place, for a fault."""
        return f"line {self.line}, <{self.tag}>"

    def children(self, tag: str | None = None) -> Iterator[Element]:
        """The elements directly inside: all, or those of a name."""
        for part in self.content:
            if isinstance(part, Element) and tag in {None, part.tag}:
                yield part

    def child(self, tag: str) -> Element | None:
        """The first element of the name directly inside."""
        return next(self.children(tag), None)

    def text(self) -> str:
        """All text inside, through any markup: abstracts come with HTML as elements, too."""
        return "".join(part if isinstance(part, str) else part.text() for part in self.content)


class _Builder:
    """What the parser calls; `xml.etree.ElementTree`'s protocol of a target."""

    def __init__(self, faults: Faults) -> None:
        self.parser: Any = None  # expat's parser, once there is one: it knows the line
        self.root: Element | None = None
        self._faults = faults
        self._open: list[Element] = []
        self._count = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        element = Element(tag.rpartition("}")[2], self.parser.CurrentLineNumber, attributes)
        self._count += 1
        if self._count > MAX_ELEMENTS:
            raise self._faults.fatal(element.where, f"more than {MAX_ELEMENTS:,} elements")
        if len(self._open) >= MAX_DEPTH:
            raise self._faults.fatal(element.where, f"elements stand more than {MAX_DEPTH} deep in one another")
        if self._open:
            self._open[-1].content.append(element)
        else:
            self.root = element
        self._open.append(element)

    def end(self, tag: str) -> None:  # noqa: ARG002 - the protocol's; expat has matched the names
        """The innermost element ends."""
        self._open.pop()

    def data(self, text: str) -> None:
        """Text inside the innermost element."""
        self._open[-1].content.append(text)

    def declaration(self, version: str, encoding: str | None, standalone: int) -> None:  # noqa: ARG002 - expat's
        """The XML declaration."""
        if encoding and encoding.lower() not in _ENCODINGS:
            raise self._faults.fatal(f"line {self.parser.CurrentLineNumber}", _no_encoding(encoding))


def _no_encoding(encoding: str) -> str:
    return f"the encoding {shown(encoding)} is not accepted; write the file in UTF-8"


def parse_xml(data: bytes, faults: Faults) -> Element:
    """The root element of a document.

    Raises:
        BrokenSchedule: not well-formed, a document type, or beyond the limits; with the line.
    """
    builder = _Builder(faults)
    parser = DefusedXMLParser(target=builder, forbid_dtd=True)
    expat: Any = parser.parser
    expat.XmlDeclHandler = builder.declaration
    builder.parser = expat
    try:
        parser.feed(data)
        parser.close()
    except ParseError as error:
        line, column = error.position
        what = str(error).partition(": line")[0]
        raise faults.fatal(f"line {line}, column {column + 1}", f"the XML does not parse: {what}") from None
    except DefusedXmlException:
        what = "a document type (<!DOCTYPE …>) is not accepted; leave it out"
        raise faults.fatal(f"line {expat.CurrentLineNumber}", what) from None
    assert builder.root is not None  # expat refuses a document without an element
    return builder.root
