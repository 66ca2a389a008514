"""What a schedule says, whatever its format: gatherings and their talks, or the faults that stand in the way.

A `Gathering` becomes a function, a `Talk` an event. Speakers are people: their names stand in a talk's metadata and
nowhere else, and nothing but their names is read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

Json: TypeAlias = "str | int | bool | list[Json] | dict[str, Json]"
"""What metadata holds. Keys without a value are absent, never null, so that equal schedules have equal metadata."""


class Format(Enum):
    """The formats that are recognised."""

    FRAB_XML = "frab XML"
    FRAB_JSON = "frab JSON"
    CONFERENCE_LIST = "conference list"


@dataclass(frozen=True, slots=True)
class Talk:
    """One talk of an edition.

    Attributes:
        external_id: who the talk is, among the talks of its gathering, at every import. In this order, the first that
            the file gives: `guid:…` (unique everywhere, by frab's schema), `id:…`, `code:…` (pretalx), `slug:…`; a
            file that gives none of them leaves the title, `title:…`, and `title#2:…`, `title#3:…` for equal titles in
            the order of start and room. It never holds time, room or track, so a talk that moves is the same talk; a
            file that begins to give guids where it gave ids lists new talks.
        slug: a proposal, well formed and unlike those of the other talks of the file; another gathering may use it.
            Meant for a new row: a row that exists keeps the slug that stands in addresses.
        description: abstract and description as the file has them: HTML (FOSDEM), Markdown (pretalx) or plain text,
            from strangers, to be escaped or cleaned by whoever shows it.
        start: an instant, in UTC.
        end: an instant in UTC, not before the start; None where the file says neither end nor duration.
        zone: IANA name of the zone that the talk takes place in; None where neither file nor operator names one.
        location: the room.
        image_url: absolute, http or https.
        metadata: `subtitle`, `track`, `type`, `language`, `url`, `speakers` (names), `links` and `attachments`
            (`{"url", "title"?}`), `recording` (`{"license"?, "opt_out"?}`); each only where the file gives it.
    """

    external_id: str
    title: str
    slug: str
    description: str | None
    start: dt.datetime
    end: dt.datetime | None
    zone: str | None
    location: str | None
    image_url: str | None
    metadata: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Gathering:
    """One edition of a conference, with its talks where the format has talks.

    Attributes:
        external_id: who the gathering is at every import, among those of one organisation:
            `edition:<acronym or title>:<year>` (see `edition`) or `conference:<address>:<city>:<month>` (see
            `conference_list`). The formats of one edition (XML and JSON) give the same one.
        name: the title.
        slug: a proposal, as a talk's.
        description: as the file has it.
        start_date: first day, in the zone of the gathering.
        end_date: last day, not before the first; given only where the first is.
        zone: IANA name; None where neither file nor operator names one, and no time of day depended on it.
        location: venue, city and country, as far as they are given.
        image_url: absolute, http or https.
        metadata: for an edition `acronym`, `subtitle`, `url`, `version` (of the schedule); for a conference `url`,
            `topics` (sorted), `city`, `country`, `online`, `locales`, `cfp` (`{"url"?, "end_date"?}`),
            `code_of_conduct_url`, `sign_language_or_captions`, `accounts` (of the conference, by network).
        talks: in the order of the file; () for a conference of a list.
    """

    external_id: str
    name: str
    slug: str
    description: str | None
    start_date: dt.date | None
    end_date: dt.date | None
    zone: str | None
    location: str | None
    image_url: str | None
    metadata: Mapping[str, Json]
    talks: tuple[Talk, ...] = ()


@dataclass(frozen=True, slots=True)
class Gatherings:
    """All that one file says.

    Attributes:
        format: what the file was recognised as.
        items: in the order of the file, each external id once. Exactly one for frab's formats, whose talks are then
            complete: a talk known before and not among them has vanished. For a list, the conferences of one topic.
    """

    format: Format
    items: tuple[Gathering, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in a file.

    Attributes:
        where: `line 12, <duration>` in XML; `$.schedule.conference.days[0]` or `line 3, column 7` in JSON; `file` for
            the file as a whole; `--timezone` for what the operator said.
        what: what is wrong, and what would be right.
    """

    where: str
    what: str


class BrokenSchedule(Exception):
    """A file that is refused whole; `str()` of it is a report of several lines for the operator.

    Attributes:
        name: the file, as the caller called it.
        faults: at least one, in the order of their finding; at most `limits.MAX_FAULTS`.
        untold: how many further faults were only counted.
    """

    def __init__(self, name: str, faults: tuple[Fault, ...], untold: int = 0) -> None:
        super().__init__(name, faults, untold)
        self.name = name
        self.faults = faults
        self.untold = untold

    def __str__(self) -> str:
        count = len(self.faults) + self.untold
        lines = [f"{self.name}: {count} fault{'s' if count > 1 else ''}; nothing of it was taken"]
        lines += [f"  {fault.where}: {fault.what}" for fault in self.faults]
        if self.untold:
            lines.append(f"  … and {self.untold} more")
        return "\n".join(lines)
