"""The waiting list, as those who wait see it: joined, left, and an offer of places taken up.

An entry and the registration that it is offered have one key: whoever has the guest token of the one has the other's.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from commands.selling.moving_on import check_hold, check_step, end, runs
from commands.selling.ordering import buyer_of, line_of, offers_of
from commands.writing import Sale, Writer
from db import orders, waiting
from db.contention import Disturbed
from db.members import ensure_customer
from db.orders import Order
from db.waiting import Entry
from domain.ids import uuid7
from domain.inputs import id_of, read
from domain.orders import OrderLine, Plan, plan
from domain.registrations import RegistrationState
from domain.sales import WaitingState
from domain.user_errors import ErrorCode, HoldExpired, InvalidInput, LimitExceeded, NotFound, Rejected, UserError
from domain.waiting import WAITING, awaited

_ITEM = ("input", "itemId")
_QUANTITY = ("input", "quantity")
_EMAIL = ("input", "email")


async def join_waiting_list(writer: Writer, *, given: Mapping[str, Any]) -> uuid.UUID:
    """Wait for so many of a ticket or a package of which not even the fewest can be had.

    Args:
        writer: who waits. Without an account an `email` is needed.
        given: `item_id`, and `domain.waiting.WAITING`.

    Returns:
        The key of the entry.

    Raises:
        Rejected: `NotFound`, `NotOnSale`, `NotEligible`, `LimitExceeded`, as for an order; `InvalidInput` where it can
            be had now, or who asks waits for it already.
    """
    asked = read(WAITING, {name: value for name, value in given.items() if name != "item_id"}, is_new=True)
    line = line_of(given["item_id"], _ITEM, asked.get("quantity", 1))
    key = uuid7()

    async def work(sale: Sale) -> None:
        planned, fewest = await _planned(sale, line)
        customer, email = await _who(sale, asked.get("email"))
        if await waiting.waits(sale.connection, ticket=line.ticket_id, package=line.package_id, email=email):
            raise Rejected(InvalidInput(_EMAIL, "Whoever has this address waits for it already.", ErrorCode.TAKEN))
        if not await waiting.can_ever_be(sale.connection, planned.places):
            raise Rejected(LimitExceeded(_QUANTITY, "There will never be so many places: wait for fewer."))
        await waiting.add(
            sale.connection,
            {
                "entry_id": key,
                "organisation_id": planned.organisation_id,
                "function_id": planned.function_id,
                "ticket_id": line.ticket_id,
                "package_id": line.package_id,
                "quantity": line.quantity,
                "customer_id": customer,
                "email": email,
                "locale": asked.get("locale"),
                "created_at": writer.now,
                "updated_at": writer.now,
            },
        )
        if not await waiting.await_pools(sale.connection, fewest):
            raise Rejected(InvalidInput(_ITEM, "It can be had now: order it, though perhaps fewer."))

    return await writer.sell(key, work)


async def leave_waiting_list(writer: Writer, *, global_id: str) -> uuid.UUID:
    """Wait no longer. An offer is declined by it: its places go to the next.

    Raises:
        Rejected: `NotFound`; `InvalidInput` where the offer was taken; `BadTransition` while it is being paid.
    """
    key = _key_of(global_id)

    async def work(sale: Sale) -> None:
        entry, order = await _own_entry(sale, key)
        if entry.state is WaitingState.TAKEN:
            raise Rejected(InvalidInput(("id",), "The offer was taken: cancel the registration instead."))
        if entry.state is WaitingState.WAITING:
            await waiting.set_state(sale.connection, key, WaitingState.LEFT, at=writer.now)
        if entry.state is WaitingState.OFFERED:
            assert order is not None, "an offer is a registration"
            check_step(order, RegistrationState.CANCELLED)
            await end(sale.connection, [order], RegistrationState.CANCELLED, now=writer.now)

    return await writer.sell(key, work)


async def accept_offer(writer: Writer, *, global_id: str) -> uuid.UUID:
    """Take up an offer: its registration goes on as any other, and is held for as long as one at least.

    Returns:
        The key of the registration.

    Raises:
        Rejected: `NotFound`; `HoldExpired` where the offer has run out; `InvalidInput` where there is none.
    """
    key = _key_of(global_id)

    async def work(sale: Sale) -> None:
        entry, order = await _own_entry(sale, key)
        if entry.state is WaitingState.LAPSED:
            raise Rejected(HoldExpired(("id",), "The offer has run out: wait again, or order."))
        if entry.state in {WaitingState.WAITING, WaitingState.LEFT} or order is None:
            raise Rejected(InvalidInput(("id",), "There is no offer to take up."))
        if entry.state is WaitingState.TAKEN:
            return
        check_hold(order, writer.now)
        await waiting.set_state(sale.connection, key, WaitingState.TAKEN, at=writer.now)
        assert order.hold_expires_at is not None, "an open offer is held"
        until = max(order.hold_expires_at, writer.now + writer.terms.hold)
        await orders.touch(sale.connection, key, at=writer.now, hold_expires_at=until)

    return await writer.sell(key, work)


async def _planned(sale: Sale, line: OrderLine) -> tuple[Plan, Mapping[uuid.UUID, int]]:
    """The order that an entry waits to be, and what the smallest of its kind takes.

    Raises:
        Rejected: it cannot be ordered, whether there are places or not.
    """
    found = await offers_of(sale, [line])
    try:
        planned = plan([line], found, await buyer_of(sale, found), None, now=sale.writer.now)
    except Rejected as rejected:
        raise Rejected(*map(_of_entry, rejected.errors)) from None
    item = awaited(line, found)
    assert item is not None, "it could be planned"
    return planned, item.places(item.fewest)


def _of_entry(error: UserError) -> UserError:
    """The same, where it is told of an entry rather than of an order's line."""
    field = _ITEM if error.field is not None and error.field[-1] == "itemId" else _QUANTITY
    return replace(error, field=field)  # type: ignore[type-var] # every kind is a dataclass


async def _who(sale: Sale, email: str | None) -> tuple[uuid.UUID | None, str]:
    """Who waits, and where mail about an offer goes.

    Raises:
        Rejected: there is no address.
    """
    viewer = sale.writer.viewer
    customer = viewer.customer_id
    if customer is not None and viewer.subject is not None:
        customer = await ensure_customer(sale.connection, viewer.subject, customer)
        email = email or await waiting.email_of(sale.connection, customer)
    if email is None:
        message = "`email` is missing: without it nobody can be told of an offer."
        raise Rejected(InvalidInput(_EMAIL, message, ErrorCode.REQUIRED))
    return customer, email


def _key_of(global_id: str) -> uuid.UUID:
    try:
        key: uuid.UUID = id_of("WaitingListEntry")(global_id)
    except ValueError as error:
        raise Rejected(InvalidInput(("id",), f"`id` {error}.")) from None
    return key


async def _own_entry(sale: Sale, key: uuid.UUID) -> tuple[Entry, Order | None]:
    """An entry that the writer may move on, with its registration where it has one, both locked.

    Raises:
        Rejected: there is none, or none of theirs, which is the same.
        Disturbed: it is being offered places at this very moment.
    """
    order = await orders.lock(sale.connection, key)
    entry = await waiting.lock(sale.connection, key)
    viewer, within = sale.writer.viewer, sale.writer.within
    hidden = entry is None or (within is not None and not within.shows(entry.function_id, entry.organisation_id))
    if entry is None or hidden or not (_is_of(entry, sale) or runs(viewer, entry.organisation_id)):
        raise Rejected(NotFound(("id",), "There is no such entry of yours on a waiting list."))
    if order is None and entry.state is not WaitingState.WAITING and entry.state is not WaitingState.LEFT:
        raise Disturbed("the entry was offered places meanwhile")
    return entry, order


def _is_of(entry: Entry, sale: Sale) -> bool:
    viewer = sale.writer.viewer
    if viewer.registration_id is not None:
        return entry.entry_id == viewer.registration_id
    return viewer.customer_id is not None and entry.customer_id == viewer.customer_id
