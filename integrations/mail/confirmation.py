"""The mail that confirms a registration: text and HTML, a code for each attendee, and the events for a calendar."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

from domain.money import Money
from integrations.mail.calendar import Entry, calendar_of
from integrations.mail.codes import qr_png
from integrations.mail.messages import Attachment, Image, Letter, Parts, one_line
from integrations.mail.rendering import money, rendered


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An event that somebody goes to.

    Attributes:
        event_id: its key.
        title: what it is called.
        start: when it begins.
        end: when it ends; None where nobody has said.
        timezone: the IANA zone in which people there count time.
        location: where; None where nobody has said.
    """

    event_id: uuid.UUID
    title: str
    start: dt.datetime
    end: dt.datetime | None
    timezone: str
    location: str | None

    @property
    def when(self) -> str:
        """Its time as people there say it: `Saturday 1 May 2027, 10:00 to 18:00 (Europe/Brussels)`."""
        zone = ZoneInfo(self.timezone)
        start, end = self.start.astimezone(zone), self.end and self.end.astimezone(zone)
        text = f"{start:%A} {start.day} {start:%B %Y}, {start:%H:%M}"
        if end is not None and end.date() == start.date():
            text += f" to {end:%H:%M}"
        elif end is not None:
            text += f" to {end:%A} {end.day} {end:%B %Y}, {end:%H:%M}"
        return f"{text} ({self.timezone})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """One attendee's place.

    Attributes:
        attendee_id: its key.
        name: the attendee's; None where it is not known yet.
        ticket: what kind of place.
        happening: where to.
        code: what is shown at the door.
    """

    attendee_id: uuid.UUID
    name: str | None
    ticket: str
    happening: Happening
    code: str = field(repr=False)

    @property
    def image_name(self) -> str:
        """By what the HTML shows its code."""
        return f"{self.attendee_id.hex}.png"

    @property
    def grouped_code(self) -> str:
        """Its code as a person can read it out."""
        return " ".join(self.code[start : start + 4] for start in range(0, len(self.code), 4))


@dataclass(frozen=True, slots=True)
class Line:
    """So many of something, and what they cost together."""

    quantity: int
    name: str
    total: Money


@dataclass(frozen=True, slots=True)
class Tax:
    """What a tax comes to, and whether it is in the prices already."""

    name: str
    amount: Money
    is_included: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """All that the mail says.

    Attributes:
        organisation: who sells.
        function: the gathering's name; None for an order without one.
        function_when: its days, in words; None where they are not known.
        function_location: where it is.
        confirmation_number: by what people name the order.
        confirmed_at: when it became true.
        lines: what was ordered.
        discount: what a voucher took off the lines; nothing where none did.
        taxes: with those that are in the prices.
        total: what was paid.
        admissions: one for each attendee and event, in the order in which they are shown.
    """

    organisation: str
    function: str | None
    function_when: str | None
    function_location: str | None
    confirmation_number: str
    confirmed_at: dt.datetime
    lines: Sequence[Line]
    discount: Money
    taxes: Sequence[Tax]
    total: Money
    admissions: Sequence[Admission]

    @property
    def happenings(self) -> Sequence[Happening]:
        """The events, each once, by their start."""
        found = {each.happening.event_id: each.happening for each in self.admissions}
        return sorted(found.values(), key=lambda each: (each.start, each.title))

    @property
    def what(self) -> str:
        """What it is for, in a word or two: the function, the only event, or the organisation's."""
        if self.function is not None:
            return self.function
        happenings = self.happenings
        return happenings[0].title if len(happenings) == 1 else self.organisation


CALENDAR_NAME: Final = "events.ics"
_CALENDAR: Final = {"charset": "utf-8", "method": "PUBLISH"}
"""What its media type says beside (RFC 5545, section 8.1)."""


def confirm(confirmation: Confirmation, parts: Parts) -> Letter:
    """The mail.

    Args:
        confirmation: what it says.
        parts: to whom it goes, and by what it is known.
    """
    text, html = rendered("confirmation", {"it": confirmation, "money": money})
    images = tuple(
        Image(each.image_name, qr_png(each.code), f"Code of {each.name or each.ticket}")
        for each in confirmation.admissions
    )
    entries = [
        Entry(
            uid=f"{each.event_id}@boxoffice",
            title=each.title,
            start=each.start,
            end=each.end,
            location=each.location or confirmation.function_location,
            note=f"{confirmation.what}: confirmation {confirmation.confirmation_number}",
        )
        for each in confirmation.happenings
    ]
    calendar = calendar_of(entries, confirmation.confirmed_at)
    return Letter(
        parts=parts,
        sender_name=confirmation.organisation,
        subject=one_line(f"{confirmation.what}: your registration {confirmation.confirmation_number} is confirmed"),
        text=text,
        html=html,
        images=images,
        attachments=(Attachment(CALENDAR_NAME, "text", "calendar", calendar, _CALENDAR),) if entries else (),
    )
