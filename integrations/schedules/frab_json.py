"""Frab's schedule in JSON: objects into `records`.

The shape is that of c3voc's JSON schema: `schedule.conference.days[].rooms{name: [talk, …]}`. As c3voc's own reader
does, this one forgives a missing outer `schedule` and `days` beside the conference. Members that are not known are
passed over, and any of the known ones may be missing.
"""

from __future__ import annotations

from typing import Any

from integrations.schedules.faults import Faults
from integrations.schedules.json_tree import cell_of, member, record_of
from integrations.schedules.records import Cell, DayRecord, EditionRecord, LinkRecord, TalkRecord


def edition_record(document: dict[str, Any], faults: Faults) -> EditionRecord:
    """The whole file.

    Raises:
        BrokenSchedule: another kind of JSON, or without a conference or days, which make a schedule.
    """
    path, schedule = ("$.schedule", document["schedule"]) if "schedule" in document else ("$", document)
    if not isinstance(schedule, dict) or not isinstance(schedule.get("conference"), dict):
        raise faults.fatal(path, "no schedule; frab's format has an object schedule.conference")
    inner, conference = f"{path}.conference", schedule["conference"]
    if isinstance(schedule.get("events"), list):
        raise faults.fatal(
            f"{path}.events", 'the flat layout of "schedule2" is not read; frab\'s lists talks by day and room'
        )
    days, days_path = conference.get("days"), f"{inner}.days"
    if days is None and "days" in schedule:
        days, days_path = schedule["days"], f"{path}.days"
    if not isinstance(days, list) or not days:
        raise faults.fatal(days_path, "no days: a schedule lists its talks under at least one")
    generator = document.get("generator")
    return EditionRecord(
        generator=str(generator.get("name", "")).strip().lower() if isinstance(generator, dict) else "",
        schedule=record_of(schedule, path, faults),
        conference=record_of(conference, inner, faults),
        days=tuple(_day(day, f"{days_path}[{index}]", faults) for index, day in enumerate(days)),
    )


def _day(day: object, path: str, faults: Faults) -> DayRecord:
    if not isinstance(day, dict):
        faults.add(path, "no object; a day has a date and rooms")
        day = {}
    rooms = day.get("rooms") or {}  # PHP writes an empty object as []
    if not isinstance(rooms, dict):
        faults.add(f"{path}.rooms", "no object; rooms hold lists of talks by the name of the room")
        rooms = {}
    talks: list[TalkRecord] = []
    for name, listed in rooms.items():
        inner = member(f"{path}.rooms", name)
        if not isinstance(listed, list):
            faults.add(inner, "no list of talks")
            continue
        room = cell_of(name, inner, faults)
        for index, talk in enumerate(listed):
            if isinstance(talk, dict):
                talks.append(_talk(talk, f"{inner}[{index}]", room, faults))
            else:
                faults.add(f"{inner}[{index}]", "no object; a talk has a title and a date")
    return DayRecord(record_of(day, path, faults), tuple(talks))


def _talk(talk: dict[str, Any], path: str, room: Cell, faults: Faults) -> TalkRecord:
    return TalkRecord(
        values=record_of(talk, path, faults),
        room=room,
        speakers=tuple(_speaker(person, where, faults) for where, person in _items(talk, "persons", path)),
        links=tuple(_link(link, where, faults) for where, link in _items(talk, "links", path)),
        attachments=tuple(_link(link, where, faults) for where, link in _items(talk, "attachments", path)),
    )


def _items(parent: dict[str, Any], name: str, path: str) -> list[tuple[str, object]]:
    items = parent.get(name)
    return [(f"{path}.{name}[{index}]", item) for index, item in enumerate(items)] if isinstance(items, list) else []


def _speaker(person: object, path: str, faults: Faults) -> Cell:
    """The name that a person goes by in public: frab's `name` beside it may be the one in the passport."""
    if isinstance(person, dict):
        record = record_of(person, path, faults)
        return record.cell("public_name", "full_public_name", "name")
    return cell_of(person, path, faults)


def _link(link: object, path: str, faults: Faults) -> LinkRecord:
    if isinstance(link, dict):
        record = record_of(link, path, faults)
        return LinkRecord(record.cell("url", "href"), record.cell("title", "name"))
    return LinkRecord(cell_of(link, path, faults), Cell(path, ""))
