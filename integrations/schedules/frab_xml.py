"""Frab's schedule in XML: elements into `records`.

The shape is that of c3voc's XSD: `schedule/day/room/event`. Older files (pentabarf, FOSDEM before 2013) list events
directly in a day. Elements that are not known are passed over, and any of the known ones may be missing.
"""

from __future__ import annotations

from integrations.schedules.faults import Faults
from integrations.schedules.records import Cell, DayRecord, EditionRecord, LinkRecord, Record, TalkRecord
from integrations.schedules.xml_tree import Element


def edition_record(root: Element, faults: Faults) -> EditionRecord:
    """The whole file.

    Raises:
        BrokenSchedule: another kind of XML, or without a conference or days, which make a schedule.
    """
    if root.tag != "schedule":
        raise faults.fatal(root.where, "no schedule; the outermost element of frab's format is <schedule>")
    conference = root.child("conference")
    if conference is None:
        raise faults.fatal(root.where, "has no <conference>")
    days = tuple(_day(day) for day in root.children("day"))
    if not days:
        raise faults.fatal(root.where, "has no <day>: a schedule lists its talks under at least one")
    generator = root.child("generator")
    return EditionRecord(
        generator="" if generator is None else generator.attributes.get("name", "").strip().lower(),
        schedule=_record(root),
        conference=_record(conference),
        days=days,
    )


def _day(day: Element) -> DayRecord:
    talks: list[TalkRecord] = []
    nowhere = Cell(day.where, "")
    for child in day.children():
        if child.tag == "event":
            talks.append(_talk(child, nowhere))
        elif child.tag == "room":
            room = Cell(child.where, child.attributes.get("name", "").strip())
            talks += (_talk(event, room) for event in child.children("event"))
    return DayRecord(Record(day.where, _attributes(day)), tuple(talks))


def _talk(event: Element, room: Cell) -> TalkRecord:
    values = _record(event)
    recording = event.child("recording")
    if recording is not None:
        inner = _record(recording)
        cells = {"recording_license": inner.cell("license"), "do_not_record": inner.cell("optout")}
        values = Record(values.where, {**cells, **values.cells})
    persons = event.child("persons")
    return TalkRecord(
        values=values,
        room=room,
        speakers=() if persons is None else tuple(_cell(person) for person in persons.children("person")),
        links=_links(event.child("links")),
        attachments=_links(event.child("attachments")),
    )


def _links(parent: Element | None) -> tuple[LinkRecord, ...]:
    if parent is None:
        return ()
    return tuple(
        LinkRecord(Cell(child.where, child.attributes.get("href", "").strip()), _cell(child))
        for child in parent.children()
    )


def _record(element: Element) -> Record:
    """Its attributes, and the text of the first child of each name; where both have a name, the attribute stands."""
    cells = _attributes(element)
    for child in element.children():
        if child.tag not in cells and child.tag not in {"conference", "day"}:  # these have readers of their own
            cells[child.tag] = _cell(child)
    return Record(element.where, cells)


def _attributes(element: Element) -> dict[str, Cell]:
    return {
        name: Cell(f"line {element.line}, <{element.tag} {name}>", text.strip())
        for name, text in element.attributes.items()
    }


def _cell(element: Element) -> Cell:
    return Cell(element.where, element.text().strip())
