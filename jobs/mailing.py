"""The mail that follows from facts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from auth.check_in_codes import CheckInKeys
from db.confirmations import Confirmed, confirmed
from db.database import Database
from db.outbox import Entry
from domain.facts import Fact, RegistrationConfirmed
from domain.money import Money
from domain.registrations import SOLD, RegistrationState
from integrations.mail.confirmation import Admission, Confirmation, Happening, Line, Tax, confirm
from integrations.mail.messages import Parts, Sender, Undeliverable, message_of
from integrations.mail.post import Post
from jobs.relay import Consumers, GivenUp

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailing:
    """Sends mail.

    Attributes:
        database: where what it says is read.
        post: who takes it.
        sender: from which address.
        keys: of the codes for the door.
    """

    database: Database
    post: Post
    sender: Sender
    keys: CheckInKeys

    @property
    def consumers(self) -> Consumers:
        """What is sent after which fact."""
        return {RegistrationConfirmed: (self.confirm,)}

    async def confirm(self, entry: Entry, fact: Fact) -> None:
        """Confirm a registration to whoever ordered, as it now is.

        Nothing is sent about one that has been cancelled or refunded meanwhile. A mail that was taken by a server which
        then could not say so is sent again, under the same `Message-ID`.

        Raises:
            GivenUp: there is no address that mail can be sent to.
            NotHandedOver: nobody took it now.
        """
        assert fact.registration_id is not None, "it is about one"
        async with self.database.write(sells=True) as transaction:
            found = await confirmed(transaction, fact.registration_id)
        if found is None or RegistrationState(found.order["state"]) not in SOLD:
            _log.info("not confirmed by mail: no longer sold", sequence=entry.sequence)
            return
        order = found.order
        if order["email"] is None:
            raise GivenUp("neither the registration nor its customer has an address")
        parts = Parts(
            recipient=order["email"],
            recipient_name=order["customer"],
            key=f"{fact.registration_id.hex}.{entry.sequence}",
            at=entry.created_at,
        )
        try:
            await self.post.send(message_of(confirm(self._confirmation(found), parts), self.sender))
        except Undeliverable as error:
            raise GivenUp(str(error)) from None

    def _confirmation(self, found: Confirmed) -> Confirmation:
        order = found.order
        currency = order["currency"]
        return Confirmation(
            organisation=order["organisation"],
            function=order["function"],
            function_when=days(order["start_date"], order["end_date"]),
            function_location=order["location"],
            confirmation_number=order["confirmation_number"],
            confirmed_at=order["confirmed_at"],
            lines=[
                Line(each["quantity"], each["name"], Money(each["quantity"] * each["unit_amount"], currency))
                for each in found.lines
            ],
            discount=Money(order["discount_amount"], currency),
            taxes=[Tax(each["name"], Money(each["amount"], currency), each["is_included"]) for each in found.taxes],
            total=Money(order["total_amount"], currency),
            admissions=[self._admission(each) for each in found.admissions],
        )

    def _admission(self, row: Mapping[str, Any]) -> Admission:
        return Admission(
            attendee_id=row["attendee_id"],
            name=row["name"],
            ticket=row["ticket"],
            happening=Happening(
                event_id=row["event_id"],
                title=row["title"],
                start=row["event_start"],
                end=row["event_end"],
                timezone=row["timezone"],
                location=row["location"],
            ),
            code=self.keys.issue(row["attendee_id"]),
        )


def days(first: dt.date | None, last: dt.date | None) -> str | None:
    """Days in words: `1 to 2 May 2027`; None where the first is not known."""
    if first is None:
        return None
    if last is None or last == first:
        return f"{first.day} {first:%B %Y}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {last.day} {last:%B %Y}"
    if first.year == last.year:
        return f"{first.day} {first:%B} to {last.day} {last:%B %Y}"
    return f"{first.day} {first:%B %Y} to {last.day} {last:%B %Y}"
