"""Writes schedules in the foreign formats, for tests to read back."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings

from integrations.schedules.model import BrokenSchedule, Fault, Gathering
from integrations.schedules.read import read_schedule

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For properties: what is asserted is the answer, not how soon a busy machine gives it."""

GUID = "a0a0fcfe-b7fb-46e3-84b6-97a5406016b4"


@dataclass(frozen=True, slots=True)
class Spoken:
    """A talk, as an organiser thinks of it."""

    guid: str
    title: str
    start: dt.datetime
    length: dt.timedelta
    room: str
    track: str = ""
    abstract: str = ""
    speakers: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Programme:
    """An edition, as an organiser thinks of it; `change` is the hour at which one day ends and the next begins."""

    title: str
    acronym: str
    zone: ZoneInfo
    talks: tuple[Spoken, ...]
    change: int = 6

    def days(self) -> dict[dt.date, dict[str, list[Spoken]]]:
        """The talks by day of the programme and room."""
        days: dict[dt.date, dict[str, list[Spoken]]] = {}
        for talk in self.talks:
            local = talk.start.astimezone(self.zone).replace(tzinfo=None)
            day = (local - dt.timedelta(hours=self.change)).date()
            days.setdefault(day, {}).setdefault(talk.room, []).append(talk)
        return dict(sorted(days.items()))


def _length(length: dt.timedelta) -> str:
    minutes = int(length.total_seconds() // 60)
    return f"{minutes // 60:02}:{minutes % 60:02}"


def as_xml(programme: Programme, *, dated: bool = True) -> bytes:
    """Frab's XML: of today, with an instant in each talk; or as in 2013, with local times within a day."""
    root = ET.Element("schedule")
    conference = ET.SubElement(root, "conference")
    days = programme.days()
    values = {
        "title": programme.title,
        "acronym": programme.acronym,
        "start": min(days).isoformat(),
        "end": max(days).isoformat(),
        "day_change": f"{programme.change:02}:00:00",
        "time_zone_name": programme.zone.key,
    }
    for name, text in values.items():
        ET.SubElement(conference, name).text = text
    for index, (date, rooms) in enumerate(days.items(), start=1):
        day = ET.SubElement(root, "day", index=str(index), date=date.isoformat())
        for name, talks in rooms.items():
            room = ET.SubElement(day, "room", name=name)
            for talk in talks:
                _event(room, talk, programme.zone, dated=dated)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def _event(room: ET.Element, talk: Spoken, zone: ZoneInfo, *, dated: bool) -> None:
    event = ET.SubElement(room, "event", guid=talk.guid, id="1")
    local = talk.start.astimezone(zone)
    if dated:
        ET.SubElement(event, "date").text = local.isoformat()
    values = {
        "start": f"{local:%H:%M}",
        "duration": _length(talk.length),
        "room": talk.room,
        "title": talk.title,
        "track": talk.track,
        "abstract": talk.abstract,
    }
    for name, text in values.items():
        ET.SubElement(event, name).text = text
    persons = ET.SubElement(event, "persons")
    for speaker in talk.speakers:
        ET.SubElement(persons, "person", id="7").text = speaker
    links = ET.SubElement(event, "links")
    for url, title in talk.links:
        ET.SubElement(links, "link", href=url).text = title


def as_json(programme: Programme) -> bytes:
    """Frab's JSON."""
    days = programme.days()
    conference = {
        "title": programme.title,
        "acronym": programme.acronym,
        "start": min(days).isoformat(),
        "end": max(days).isoformat(),
        "time_zone_name": programme.zone.key,
        "days": [
            {
                "index": index,
                "date": date.isoformat(),
                "rooms": {name: [_talk(talk, programme.zone) for talk in talks] for name, talks in rooms.items()},
            }
            for index, (date, rooms) in enumerate(days.items(), start=1)
        ],
    }
    return json.dumps({"schedule": {"version": "1", "conference": conference}}).encode()


def _talk(talk: Spoken, zone: ZoneInfo) -> dict[str, Any]:
    local = talk.start.astimezone(zone)
    return {
        "id": 1,
        "guid": talk.guid,
        "date": local.isoformat(),
        "start": f"{local:%H:%M}",
        "duration": _length(talk.length),
        "room": talk.room,
        "title": talk.title,
        "subtitle": None,
        "track": talk.track,
        "abstract": talk.abstract,
        "persons": [{"id": 7, "public_name": speaker} for speaker in talk.speakers],
        "links": [{"url": url, "title": title} for url, title in talk.links],
    }


def xml(
    events: str = "",
    *,
    conference: str = "<title>Moot</title><time_zone_name>Europe/Berlin</time_zone_name>",
    day: str = 'index="1" date="2024-05-04"',
    before: str = "",
) -> bytes:
    """A small schedule by hand: the events stand in one room of one day, the first of them on line 4."""
    return (
        f"<schedule>{before}<conference>{conference}</conference>\n"
        f"<day {day}>\n<room name='Hall'>\n{events}\n</room></day></schedule>"
    ).encode()


def event(inner: str = "", *, attributes: str = 'id="1"', title: str = "Opening", start: str = "10:00") -> str:
    """One event by hand."""
    parts = [f"<{tag}>{text}</{tag}>" for tag, text in (("title", title), ("start", start)) if text]
    return f"<event {attributes}>{''.join(parts)}{inner}</event>"


def frab(*talks: dict[str, Any], day: dict[str, Any] | None = None, **conference: Any) -> bytes:
    """A small schedule in JSON by hand: the talks stand in one room of one day."""
    days = [{"date": "2024-05-04", "rooms": {"Hall": list(talks)}, **(day or {})}]
    whole = {"title": "Moot", "time_zone_name": "Europe/Berlin", "days": days, **conference}
    return json.dumps({"schedule": {"conference": whole}}).encode()


def gathering(data: bytes, *, default_zone: str | None = None) -> Gathering:
    """The one gathering of a schedule."""
    (found,) = read_schedule("schedule.xml", data, default_zone=default_zone).items
    return found


def faults(data: bytes, *, name: str = "schedule.xml", default_zone: str | None = None) -> tuple[Fault, ...]:
    """What is wrong with a file; nothing, if it is read."""
    try:
        read_schedule(name, data, default_zone=default_zone)
    except BrokenSchedule as refusal:
        return refusal.faults
    return ()
