"""The mail that follows from facts."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import structlog

from auth.check_in_codes import CheckInKeys
from auth.guests import GUEST_LIFETIME, issue_guest_token
from db.confirmations import Columns, Confirmed, confirmed, refunded
from db.database import Database
from db.outbox import Entry
from domain.facts import Fact, PlaceOffered, RefundSucceeded, RegistrationCancelled, RegistrationConfirmed
from domain.ids import encode_global_id
from domain.money import Money
from domain.payments import Problem
from domain.registrations import SOLD, RegistrationState
from integrations.mail.confirmation import Admission, Confirmation, Happening, Line, Tax, confirm
from integrations.mail.messages import Letter, Parts, Sender, Undeliverable, message_of
from integrations.mail.notices import About, Notice, cancellation, letter_of, offer, refund
from integrations.mail.post import Post
from jobs.relay import Consumers, GivenUp

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class OfferPage:
    """The page where those who waited take up an offer.

    Attributes:
        url: its address.
        secret: signs guest tokens.
    """

    url: str
    secret: bytes = field(repr=False)

    def link(self, entry_id: uuid.UUID, *, is_guest: bool, now: float) -> str:
        """The page for one entry, with the token of a guest; what no server on the way is to see is in the fragment.

        Args:
            entry_id: its key, which the registration has too.
            is_guest: whether it is of somebody without an account.
            now: seconds of Unix time.
        """
        values = {"id": encode_global_id("WaitingListEntry", entry_id)}
        if is_guest:
            values["token"] = issue_guest_token(self.secret, entry_id, now=now, expires_at=now + GUEST_LIFETIME)
        return f"{self.url}#{urlencode(values)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailing:
    """Sends mail.

    Attributes:
        database: where what it says is read.
        post: who takes it.
        sender: from which address.
        keys: of the codes for the door.
        offers: where offers are taken up; None where no such page is known.
    """

    database: Database
    post: Post
    sender: Sender
    keys: CheckInKeys
    offers: OfferPage | None = None

    @property
    def consumers(self) -> Consumers:
        """What is sent after which fact."""
        return {
            RegistrationConfirmed: (self.confirm,),
            PlaceOffered: (self.tell_of_offer,),
            RegistrationCancelled: (self.tell_of_cancellation,),
            RefundSucceeded: (self.tell_of_refund,),
        }

    async def confirm(self, entry: Entry, fact: Fact) -> None:
        """Confirm a registration to whoever ordered, as it now is.

        Nothing is sent about one that has been cancelled or refunded meanwhile. A mail that was taken by a server which
        then could not say so is sent again, under the same `Message-ID`.

        Raises:
            GivenUp: there is no address that mail can be sent to.
            NotHandedOver: nobody took it now.
        """
        found = await self._found(fact)
        if found is None or RegistrationState(found.order["state"]) not in SOLD:
            _log.info("not confirmed by mail: no longer sold", sequence=entry.sequence)
            return
        await self._send(entry, found, lambda parts: confirm(self._confirmation(found), parts))

    async def tell_of_offer(self, entry: Entry, fact: Fact) -> None:
        """Tell somebody who waited that places are held for them, unless they have done something about it already.

        Raises:
            GivenUp: there is no address that mail can be sent to.
            NotHandedOver: nobody took it now.
        """
        assert isinstance(fact, PlaceOffered), "what it follows from"
        now = dt.datetime.now(dt.UTC)
        found = await self._found(fact)
        if found is None or found.order["state"] != RegistrationState.HELD.value or fact.offer_expires_at <= now:
            _log.info("no offer told by mail: it is over", sequence=entry.sequence)
            return
        link = None
        if self.offers is not None:
            is_guest = found.order["customer_id"] is None
            link = self.offers.link(fact.registration_id, is_guest=is_guest, now=now.timestamp())
        await self._tell(entry, found, offer(_about(found), fact.offer_expires_at, link))

    async def tell_of_cancellation(self, entry: Entry, fact: Fact) -> None:
        """Tell whoever had places for sure that they have none any more; of an order on hold nothing is told.

        Raises:
            GivenUp: there is no address that mail can be sent to.
            NotHandedOver: nobody took it now.
        """
        assert isinstance(fact, RegistrationCancelled), "what it follows from"
        found = await self._found(fact)
        if found is not None and found.order["confirmed_at"] is not None:
            await self._tell(entry, found, cancellation(_about(found), fact.reason))

    async def tell_of_refund(self, entry: Entry, fact: Fact) -> None:
        """Tell whoever paid that money is on its way back.

        Raises:
            GivenUp: there is no address that mail can be sent to.
            NotHandedOver: nobody took it now.
        """
        assert isinstance(fact, RefundSucceeded), "what it follows from"
        found = await self._found(fact)
        async with self.database.write(sells=True) as transaction:
            row = await refunded(transaction, fact.refund_id)
        if found is not None and row is not None:
            problem = None if row["problem"] is None else Problem(row["problem"])
            is_whole = found.order["state"] == RegistrationState.REFUNDED.value
            amount = Money(row["amount"], row["currency"])
            await self._tell(entry, found, refund(_about(found), amount, problem, is_whole=is_whole))

    async def _found(self, fact: Fact) -> Confirmed | None:
        assert fact.registration_id is not None, "it is about one"
        async with self.database.write(sells=True) as transaction:
            return await confirmed(transaction, fact.registration_id)

    async def _tell(self, entry: Entry, found: Confirmed, notice: Notice) -> None:
        await self._send(entry, found, lambda parts: letter_of(notice, parts))

    async def _send(self, entry: Entry, found: Confirmed, letter: Callable[[Parts], Letter]) -> None:
        order = found.order
        if order["email"] is None:
            raise GivenUp("neither the registration nor its customer has an address")
        assert entry.registration_id is not None, "it is about one"
        parts = Parts(
            recipient=order["email"],
            recipient_name=order["customer"],
            key=f"{entry.registration_id.hex}.{entry.sequence}",
            at=entry.created_at,
        )
        try:
            await self.post.send(message_of(letter(parts), self.sender))
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
            lines=_lines(found.lines, currency),
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


def _lines(rows: Sequence[Columns], currency: str) -> list[Line]:
    return [
        Line(each["quantity"], each["name"], Money(each["quantity"] * each["unit_amount"], currency)) for each in rows
    ]


def _about(found: Confirmed) -> About:
    order = found.order
    return About(
        organisation=order["organisation"],
        what=order["function"] or order["organisation"],
        timezone=order["timezone"],
        confirmation_number=order["confirmation_number"],
        lines=_lines(found.lines, order["currency"]),
        total=Money(order["total_amount"], order["currency"]),
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
