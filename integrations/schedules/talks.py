"""What a talk of frab's vocabulary means: when it is, who it is, and what is kept of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial

from integrations.schedules.addresses import web_address
from integrations.schedules.faults import Faults, shown
from integrations.schedules.limits import MAX_DESCRIPTION, MAX_IDENTITY, MAX_TEXT, MAX_TITLE
from integrations.schedules.model import Json, Talk
from integrations.schedules.names import fitting, proposal, within
from integrations.schedules.records import Cell, DayRecord, LinkRecord, Record, TalkRecord
from integrations.schedules.times import date_or_moment_of, duration_of, instant_of, local_of, moment_of, time_of

_DAY = dt.timedelta(days=1)
_TRUE = frozenset({"true", "1", "yes"})


class Clock:
    """Turns what a file says of time into instants, and says once if it cannot for want of a zone."""

    def __init__(self, zone: dt.tzinfo | None, faults: Faults, *, silent: bool = False) -> None:
        """A clock of the gathering's zone.

        Args:
            zone: None where nobody names one.
            faults: where to say so.
            silent: the zone is missing because the one named is none, which has been said.
        """
        self._zone = zone
        self._faults = faults
        self._silent = silent

    def instant(self, where: str, moment: dt.datetime) -> dt.datetime | None:
        """The instant in UTC, or None and a fault. Local times count as UTC once a missing zone has been said."""
        if moment.tzinfo is None and self._zone is None and not self._silent:
            self._silent = True
            self._faults.add(
                where,
                "a local time, and the file names no time zone (conference/time_zone_name); "
                "say which with --timezone, such as --timezone Europe/Brussels",
            )
        try:
            return instant_of(moment, self._zone or dt.UTC)
        except ValueError as error:
            self._faults.add(where, str(error))
            return None


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the programme, which may last beyond midnight.

    Attributes:
        date: the calendar date that its talks' times of day count from.
        opens: local time of its first talk or of the change of day; None where the file does not say.
        closes: local time of its end; given with `opens`, a day later unless the file says otherwise.
    """

    date: dt.date | None
    opens: dt.datetime | None
    closes: dt.datetime | None

    def local(self, time: dt.time) -> dt.datetime | None:
        """When a talk begins: a time before the day opens is of the next calendar date, if the day lasts that long."""
        if self.date is None:
            return None
        moment = dt.datetime.combine(self.date, time)
        if self.opens and self.closes and moment < self.opens:
            following = moment + _DAY
            return following if following <= self.closes else moment
        return moment


def day_of(record: DayRecord, day_change: Cell, zone: dt.tzinfo | None, faults: Faults) -> Day:
    """A day's date and window.

    The window is its own `start` and `end` (JSON: `day_start`, `day_end`), else a day from the conference's
    `day_change`, the hour at which pentabarf lets one day end and the next begin.
    """
    first, last = record.values.cell("day_start", "start"), record.values.cell("day_end", "end")
    date_cell = record.values.cell("date")
    date = faults.attempt(date_cell.where, date_or_moment_of, date_cell.text)

    def local(text: str) -> dt.datetime:
        return local_of(moment_of(text), zone)

    opens = faults.attempt(first.where, local, first.text)
    closes = faults.attempt(last.where, local, last.text)
    if isinstance(date, dt.datetime):
        date = date.date()
    if date is None and opens:
        date = opens.date()
    if opens and closes and closes < opens:
        faults.add(last.where, f"the day ends at {shown(last.text)}, before its start at {shown(first.text)}")
    if opens is None and closes is None and date and day_change.text:
        change = faults.attempt(day_change.where, time_of, day_change.text)
        opens = dt.datetime.combine(date, change) if change else None
    if opens and closes is None:
        closes = opens + _DAY
    if closes and opens is None:
        opens = closes - _DAY
    return Day(date, opens, closes)


@dataclass(frozen=True, slots=True)
class Edition:
    """What the talks of a file share.

    Attributes:
        slug: of the gathering; the talks' slugs begin with it.
        stem: slug of its acronym or title, which may lack the year.
        zone: IANA name of its zone.
        base_url: which paths are relative to.
        days_first: how durations of three numbers are read (`times.duration_of`).
    """

    slug: str
    stem: str
    zone: str | None
    base_url: str
    days_first: bool


def talk_of(record: TalkRecord, day: Day, edition: Edition, clock: Clock, faults: Faults) -> Talk | None:
    """A talk, its slug not yet told apart from others; None, and faults, where it cannot be one."""
    values = record.values
    title = bounded(values.cell("title"), MAX_TITLE, faults)
    if not title:
        faults.add(values.where, "has no title, which every talk needs")
    start = _start(values, day, clock, faults)
    end = _end(values, start, edition, clock, faults)
    room = bounded(values.cell("room") if values.cell("room").text else record.room, MAX_TEXT, faults)
    external_id = identity(values, title, faults)
    description = description_of(values, faults, "abstract", "description")
    metadata = _metadata(record, edition, faults)
    if not title or start is None:
        return None
    slug = proposal(values.cell("slug").line or title, external_id, fallback="talk")
    return Talk(
        external_id=external_id,
        title=title,
        slug=within(edition.slug, edition.stem, slug),
        description=description,
        start=start,
        end=end,
        zone=edition.zone,
        location=room or None,
        image_url=web_address(values.cell("logo").text, edition.base_url),
        metadata=metadata,
    )


def _start(values: Record, day: Day, clock: Clock, faults: Faults) -> dt.datetime | None:
    """`date`, which is an instant in newer files; else the day's date, or the talk's own, with `start`."""
    date_cell, start_cell = values.cell("date"), values.cell("start")
    date = faults.attempt(date_cell.where, date_or_moment_of, date_cell.text)
    if isinstance(date, dt.datetime):
        return clock.instant(date_cell.where, date)
    time = faults.attempt(start_cell.where, time_of, start_cell.text)
    if date_cell.text and date is None:
        return None  # said above
    if not start_cell.text:
        faults.add(values.where, "has no start; write <date> with date, time and offset, or <start> within a dated day")
    elif time and date:
        return clock.instant(start_cell.where, dt.datetime.combine(date, time))
    elif time:
        local = day.local(time)
        if local:
            return clock.instant(start_cell.where, local)
        faults.add(start_cell.where, "neither the talk nor its day has a date")
    return None


def _end(
    values: Record, start: dt.datetime | None, edition: Edition, clock: Clock, faults: Faults
) -> dt.datetime | None:
    """`end`, where it is an instant (the JSON schema prefers it), else the start and `duration`.

    FOSDEM's oldest files have an `end` without meaning beside the duration: only what stands alone must be an instant.
    """
    end_cell, duration_cell = values.cell("end"), values.cell("duration")
    duration = faults.attempt(
        duration_cell.where, partial(duration_of, days_first=edition.days_first), duration_cell.text
    )
    end: dt.datetime | None = None
    try:
        moment = moment_of(end_cell.text) if end_cell.text else None
        end = clock.instant(end_cell.where, moment) if moment else None
    except ValueError as error:
        if not duration_cell.text:
            faults.add(end_cell.where, str(error))
    if start is None:
        return None
    if end is None and duration is not None:
        return start + duration
    if end and end < start:
        faults.add(end_cell.where, f"ends at {shown(end_cell.text)}, before its start at {start.isoformat()}")
    return end


def identity(values: Record, title: str, faults: Faults) -> str:
    """Who a talk is, as `model.Talk` says."""
    for kind in ("guid", "id", "code", "slug"):
        cell = values.cell(kind)
        if cell.text:
            text = bounded(cell, MAX_IDENTITY, faults)
            return f"{kind}:{text.lower() if kind == 'guid' else text}"
    return f"title:{fitting(title.lower())}"


def _metadata(record: TalkRecord, edition: Edition, faults: Faults) -> dict[str, Json]:
    values = record.values
    metadata: dict[str, Json] = {}
    for name in ("subtitle", "track", "type", "language"):
        if text := bounded(values.cell(name), MAX_TEXT, faults):
            metadata[name] = text
    if url := web_address(values.cell("url").text, edition.base_url):
        metadata["url"] = url
    if speakers := [name for cell in record.speakers if (name := bounded(cell, MAX_TEXT, faults))]:
        metadata["speakers"] = list[Json](speakers)
    for name, given in (("links", record.links), ("attachments", record.attachments)):
        if links := [link for item in given if (link := _link(item, edition, faults))]:
            metadata[name] = links
    recording: dict[str, Json] = {}
    if text := bounded(values.cell("recording_license"), MAX_TEXT, faults):
        recording["license"] = text
    if values.cell("do_not_record").text.lower() in _TRUE:
        recording["opt_out"] = True
    if recording:
        metadata["recording"] = recording
    return metadata


def _link(record: LinkRecord, edition: Edition, faults: Faults) -> Json | None:
    url = web_address(record.url.text, edition.base_url)
    if url is None:
        return None
    title = bounded(record.title, MAX_TEXT, faults)
    return {"url": url, "title": title} if title else {"url": url}


def bounded(cell: Cell, limit: int, faults: Faults) -> str:
    """The text on one line; a fault where it is longer than may be kept."""
    if len(cell.line) > limit:
        faults.add(cell.where, f"has {len(cell.line):,} characters; at most {limit:,} are taken")
    return cell.line


def description_of(values: Record, faults: Faults, *names: str) -> str | None:
    """These texts one after the other, each once, with line ends as XML has them."""
    cells = {cell.text: cell for name in names if (cell := values.cell(name)).text}
    text = "\n\n".join(cells).replace("\r\n", "\n")
    if len(text) > MAX_DESCRIPTION:
        where = max(cells.values(), key=lambda cell: len(cell.text)).where
        faults.add(where, f"the description has {len(text):,} characters; at most {MAX_DESCRIPTION:,} are taken")
    return text or None
