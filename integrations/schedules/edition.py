"""What a whole schedule of frab's vocabulary means: one gathering with its talks.

Who the gathering is: `edition:<acronym>:<year>`, with the title's slug where there is no acronym. The year of the first
day belongs to it because acronyms and titles come back ("froscon"), and a later edition must not pass for a changed
earlier one, whose talks would then all have vanished. So an edition keeps its identity while it keeps its acronym and
does not move into another year.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import replace
from zoneinfo import ZoneInfo

from domain.slugs import slugify
from integrations.schedules.addresses import web_address
from integrations.schedules.faults import Faults, shown
from integrations.schedules.limits import MAX_IDENTITY, MAX_TEXT, MAX_TITLE
from integrations.schedules.model import Gathering, Json, Talk
from integrations.schedules.names import distinct, fitting, proposal
from integrations.schedules.records import Cell, EditionRecord, Record
from integrations.schedules.talks import Clock, Day, Edition, bounded, day_of, description_of, talk_of
from integrations.schedules.times import date_or_moment_of, local_of, zone_of


def gathering_of(record: EditionRecord, default_zone: ZoneInfo | None, faults: Faults) -> Gathering:
    """The gathering that a file describes; only to be used if no fault was added.

    Args:
        record: the file.
        default_zone: for a file that names no zone.
        faults: where everything wrong goes.
    """
    conference = record.conference
    zone_cell = conference.cell("time_zone_name")
    zone = faults.attempt(zone_cell.where, zone_of, zone_cell.text) if zone_cell.text else default_zone
    clock = Clock(zone, faults, silent=bool(zone_cell.text) and zone is None)
    name = bounded(conference.cell("title"), MAX_TITLE, faults)
    if not name:
        faults.add(conference.where, "has no title, which every conference needs")
    days = [day_of(day, conference.cell("day_change"), zone, faults) for day in record.days]
    first, last = _span(conference, days, zone, faults)
    year = str(first.year) if first else ""
    acronym = bounded(conference.cell("acronym"), MAX_IDENTITY, faults)
    external_id = f"edition:{fitting(acronym.lower() or slugify(name, fallback=name.lower()))}:{year}"
    stem = proposal(acronym or name, external_id, fallback="edition")
    slug = f"{stem}-{year}" if year and year not in stem else stem
    base_url = conference.cell("base_url").text or record.schedule.cell("base_url").text
    places = [text for part in ("venue", "city") if (text := bounded(conference.cell(part), MAX_TEXT, faults))]
    shared = Edition(slug, stem, zone.key if zone else None, base_url, days_first=record.generator == "pretalx")
    talks = _talks(record, days, shared, clock, faults)
    return Gathering(
        external_id=external_id,
        name=name,
        slug=slug,
        description=description_of(conference, faults, "description") or conference.cell("subtitle").line or None,
        start_date=first,
        end_date=last,
        zone=shared.zone,
        location=", ".join(places) or None,
        image_url=web_address(conference.cell("logo").text, base_url),
        metadata=_metadata(record, acronym, base_url, faults),
        talks=talks,
    )


def _span(
    conference: Record, days: list[Day], zone: ZoneInfo | None, faults: Faults
) -> tuple[dt.date | None, dt.date | None]:
    """First and last day: as the conference says, else as far as its days reach."""
    start, end = conference.cell("start"), conference.cell("end")
    first, last = _date(start, zone, faults), _date(end, zone, faults)
    if first and last and last < first:
        faults.add(end.where, f"the conference ends on {last}, before its first day, {first}")
    dates = [date for date in (first, last, *(day.date for day in days)) if date]
    return first or min(dates, default=None), last or max(dates, default=None)


def _date(cell: Cell, zone: ZoneInfo | None, faults: Faults) -> dt.date | None:
    def date(text: str) -> dt.date:
        given = date_or_moment_of(text)
        return local_of(given, zone).date() if isinstance(given, dt.datetime) else given

    return faults.attempt(cell.where, date, cell.text)


def _talks(record: EditionRecord, days: list[Day], shared: Edition, clock: Clock, faults: Faults) -> tuple[Talk, ...]:
    talks: list[Talk] = []
    places: dict[str, str] = {}
    for day_record, day in zip(record.days, days, strict=True):
        for item in day_record.talks:
            talk = talk_of(item, day, shared, clock, faults)
            if talk is None:
                continue
            kind, _, value = talk.external_id.partition(":")
            if kind != "title" and talk.external_id in places:
                earlier = places[talk.external_id]
                faults.add(item.values.where, f"the {kind} {shown(value)} is taken already, at {earlier}")
            places.setdefault(talk.external_id, item.values.where)
            talks.append(talk)
    talks = _counted(talks)
    slugs = distinct([(talk.slug, talk.external_id) for talk in talks])
    return tuple(replace(talk, slug=slug) for talk, slug in zip(talks, slugs, strict=True))


def _counted(talks: list[Talk]) -> list[Talk]:
    """Talks that have nothing but equal titles ("Lunch") are counted, in the order of their start and room."""
    alike: defaultdict[str, list[int]] = defaultdict(list)
    for index, talk in enumerate(talks):
        if talk.external_id.startswith("title:"):
            alike[talk.external_id].append(index)
    counted = list(talks)
    for indexes in alike.values():
        ordered = sorted(indexes, key=lambda index: (talks[index].start, talks[index].location or ""))
        for number, index in enumerate(ordered[1:], start=2):
            title = talks[index].external_id.removeprefix("title:")
            counted[index] = replace(talks[index], external_id=f"title#{number}:{title}")
    return counted


def _metadata(record: EditionRecord, acronym: str, base_url: str, faults: Faults) -> dict[str, Json]:
    conference = record.conference
    address = conference.cell("url").text or record.schedule.cell("url").text or base_url
    given = {
        "acronym": acronym,
        "subtitle": bounded(conference.cell("subtitle"), MAX_TEXT, faults),
        "url": web_address(address) or "",
        "version": bounded(record.schedule.cell("version"), MAX_TEXT, faults),
    }
    return {name: text for name, text in given.items() if text}
