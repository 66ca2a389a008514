"""Frab's vocabulary without a syntax: what `frab_xml` and `frab_json` both lay out, and `edition` and `talks` read.

Every value stays a text beside its place in the file, so that a rule is written once and still says where it failed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cell:
    """A text, trimmed, and where it stands; an empty text means that the file gives none."""

    where: str
    text: str

    @property
    def line(self) -> str:
        """The text on one line, as headings and names are kept: files are often wrapped and indented."""
        return " ".join(self.text.split())


@dataclass(frozen=True, slots=True)
class Record:
    """The plain values of one element or object, by frab's names."""

    where: str
    cells: Mapping[str, Cell]

    def cell(self, *names: str) -> Cell:
        """The first of these values that the file gives; else an empty one, at the record's own place."""
        for name in names:
            cell = self.cells.get(name)
            if cell is not None and cell.text:
                return cell
        return Cell(self.where, "")


@dataclass(frozen=True, slots=True)
class LinkRecord:
    """A link or an attachment."""

    url: Cell
    title: Cell


@dataclass(frozen=True, slots=True)
class TalkRecord:
    """An `event` of the file.

    Attributes:
        values: among them `recording_license` and `do_not_record`, however the syntax nests them.
        room: the name of the room that the talk is listed under.
        speakers: their public names.
        links: what is linked.
        attachments: what can be fetched.
    """

    values: Record
    room: Cell
    speakers: tuple[Cell, ...]
    links: tuple[LinkRecord, ...]
    attachments: tuple[LinkRecord, ...]


@dataclass(frozen=True, slots=True)
class DayRecord:
    """A `day` of the file, with `date`, `start` and `end` in its values, and its talks in order."""

    values: Record
    talks: tuple[TalkRecord, ...]


@dataclass(frozen=True, slots=True)
class EditionRecord:
    """A whole file.

    Attributes:
        generator: what wrote the file, in lower case; "" where it does not say.
        schedule: values around the conference (`version`, `base_url`, `url`).
        conference: values of the conference itself.
        days: in order.
    """

    generator: str
    schedule: Record
    conference: Record
    days: tuple[DayRecord, ...]
