"""Ordering: places are taken, and held for a while, in one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auth.permissions import Permission, organisations_of
from auth.reach import reach_of
from auth.viewer import Role
from commands.writing import Sale, Writer
from db import new_orders, offers, orders, places
from db.editing import Editing
from db.members import ensure_customer
from db.new_orders import NewOrder, Person
from domain.ids import decode_global_id, uuid7
from domain.inputs import read
from domain.orders import Buyer, Offers, OrderLine, PackageOffer, Plan, TicketOffer, VoucherOffer, check_sizes, plan
from domain.people import ATTENDEE, ORDER
from domain.user_errors import (
    ErrorCode,
    InvalidInput,
    LimitExceeded,
    NotFound,
    NotPermitted,
    Rejected,
    SoldOut,
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked for, checked as far as that can be without looking anything up."""

    lines: tuple[OrderLine, ...]
    people: Sequence[tuple[int, Person]]
    order: Mapping[str, Any]


async def create_registration(writer: Writer, *, given: Mapping[str, Any]) -> uuid.UUID:
    """Order tickets and packages: their places are held until the hold is over.

    Args:
        writer: who orders. Without an account an `email` is needed.
        given: `lines` of `item_id` and `quantity`, `attendees` of `domain.people.ATTENDEE`, and `domain.people.ORDER`.

    Returns:
        The key of the registration.

    Raises:
        Rejected: with every reason why it cannot be; nothing is taken.
    """
    asked = _asked(given)
    _check_buyer(writer, asked.order)
    key = uuid7()

    async def work(sale: Sale) -> None:
        found = await offers_of(sale, asked.lines)
        planned = await _plan(sale, asked, found)
        await _check_billed(sale, asked.order.get("billed_to_id"))
        people = _people(asked, planned)
        _check_room(planned.places, found)
        viewer = writer.viewer
        customer = viewer.customer_id
        if customer is not None and viewer.subject is not None:
            customer = await ensure_customer(sale.connection, viewer.subject, customer)
        order = NewOrder(
            key,
            customer,
            asked.order.get("billed_to_id"),
            asked.order.get("email"),
            asked.order.get("locale"),
            people,
        )
        until = writer.now + writer.terms.hold
        await new_orders.add(sale.connection, order, planned, found.tickets, now=writer.now, hold_expires_at=until)
        if planned.voucher is not None and not await orders.use_voucher(
            sale.connection, planned.voucher.voucher_id, key
        ):
            message = "This voucher was used as often as it may be."
            raise Rejected(LimitExceeded(("input", "voucherCode"), message))
        await take(sale, planned, found)

    return await writer.sell(key, work)


async def take(sale: Sale, planned: Plan, found: Offers) -> None:
    """Take the places of an order and commit it, as the last thing in its transaction.

    Raises:
        Rejected: `SoldOut`.
        Disturbed: a price holds no longer; the order is planned again.
    """
    try:
        await places.take_and_commit(sale.connection, planned.places, planned.tiers)
    except places.PoolExhausted as exhausted:
        raise _sold_out(found, exhausted.pool_id, exhausted.wanted, exhausted.remaining) from None


def _check_room(wanted: places.Places, found: Offers) -> None:
    """Refuse at once what there was too little of a moment ago: nothing is written, and nobody waited for.

    Raises:
        Rejected: `SoldOut`.
    """
    room = {pool: left for ticket in found.tickets.values() for pool, left in ticket.room.items()}
    for pool in sorted(wanted):
        if pool in room and room[pool] < wanted[pool]:
            raise _sold_out(found, pool, wanted[pool], room[pool])


def _sold_out(found: Offers, pool: uuid.UUID, wanted: int, left: int) -> Rejected:
    ticket = next(each for each in found.tickets.values() if pool in each.pools)
    message = f"{ticket.name}: {wanted} places are wanted, and {left or 'none'} can be had."
    return Rejected(SoldOut(("input", "lines"), message, ticket.ticket_id, wanted, left))


def _asked(given: Mapping[str, Any]) -> _Asked:
    lines = tuple(_line(number, each) for number, each in enumerate(given["lines"]))
    check_sizes(lines)
    people = []
    for number, each in enumerate(given.get("attendees") or ()):
        values = read(ATTENDEE, each, is_new=True, at=("input", "attendees", str(number)))
        person = Person(values.get("name"), values.get("email"), values.get("answers"))
        people.append((values["line_index"], person))
    rest = {name: value for name, value in given.items() if name not in {"lines", "attendees"}}
    return _Asked(lines, people, read(ORDER, rest, is_new=True))


def _line(number: int, given: Mapping[str, Any]) -> OrderLine:
    return line_of(given["item_id"], ("input", "lines", str(number), "itemId"), given["quantity"])


def line_of(item_id: str, at: tuple[str, ...], quantity: int = 1) -> OrderLine:
    """So many of a ticket or a package, by its id.

    Args:
        item_id: as it was sent.
        at: the way to it.
        quantity: how many.

    Raises:
        Rejected: it is the id of neither.
    """
    try:
        typename, key = decode_global_id(item_id)
    except ValueError:
        typename, key = "", uuid.UUID(int=0)
    if typename == "Ticket":
        return OrderLine(quantity, ticket_id=key)
    if typename == "Package":
        return OrderLine(quantity, package_id=key)
    raise Rejected(InvalidInput(at, "`itemId` is no id of a Ticket or a Package."))


def _check_buyer(writer: Writer, order: Mapping[str, Any]) -> None:
    viewer = writer.viewer
    if viewer.customer_id is None and order.get("email") is None:
        message = "`email` is missing: without an account it is the only way to reach you."
        raise Rejected(InvalidInput(("input", "email"), message, ErrorCode.REQUIRED))
    billed = order.get("billed_to_id")
    if billed is not None and viewer.role is not Role.ADMIN:
        may = organisations_of(viewer, Permission.FINANCE) | organisations_of(viewer, Permission.MANAGER)
        if billed not in may:
            message = "An `OWNER`, a `MANAGER` or a `FINANCE` of an organisation may have it billed; you may not."
            raise Rejected(NotPermitted(("input", "billedToId"), message))


async def _check_billed(sale: Sale, organisation: uuid.UUID | None) -> None:
    """Refuse to have an organisation billed that there is not, or that the deployment does not show."""
    reach = reach_of(sale.writer.viewer, sale.writer.within)
    if organisation is not None and not await Editing(sale.connection, reach).is_there(organisation):
        raise Rejected(NotFound(("input", "billedToId"), "`billedToId`: there is no Organisation with this id."))


async def offers_of(sale: Sale, lines: Sequence[OrderLine]) -> Offers:
    """What lines name, as it is sold, as far as the deployment shows it."""
    tickets = {line.ticket_id for line in lines if line.ticket_id is not None}
    packages = {line.package_id for line in lines if line.package_id is not None}
    found = await offers.offers(sale.connection, tickets, packages)
    within = sale.writer.within
    return found if within is None else found.only(within.shows)


async def _plan(sale: Sale, asked: _Asked, found: Offers) -> Plan:
    code = asked.order.get("voucher_code")
    items: list[TicketOffer | PackageOffer] = [*found.tickets.values(), *found.packages.values()]
    voucher = None if code is None else await _voucher(sale, code, {item.organisation_id for item in items})
    return plan(asked.lines, found, await buyer_of(sale, found), voucher, now=sale.writer.now)


async def buyer_of(sale: Sale, found: Offers) -> Buyer:
    """What the writer is a member of, as far as that makes a difference to what is sold."""
    viewer = sale.writer.viewer
    works_for = frozenset(each.organisation_id for each in viewer.memberships)
    items: list[TicketOffer | PackageOffer] = [*found.tickets.values(), *found.packages.values()]
    knows = viewer.customer_id if any(item.rules or item.eligibility for item in items) else None
    return await offers.buyer(sale.connection, knows, works_for, sale.writer.now)


async def _voucher(sale: Sale, code: str, sellers: set[uuid.UUID]) -> VoucherOffer | None:
    """The voucher of a code, valid now; None where nothing is ordered that anybody sells, which is said elsewhere."""
    if len(sellers) != 1:
        return None
    (seller,) = sellers
    found = await offers.voucher(sale.connection, seller, code, sale.writer.within)
    if found is None or not found.valid.is_on(sale.writer.now):
        raise Rejected(NotFound(("input", "voucherCode"), "There is no such voucher, or it is not valid now."))
    return found


def _people(asked: _Asked, planned: Plan) -> dict[tuple[int, int], Person]:
    """Who comes, by the line's number and theirs within the line: in the order in which they are given."""
    room = [len({place.person for place in line.places}) for line in planned.quote.lines]
    taken = [0] * len(room)
    people: dict[tuple[int, int], Person] = {}
    for number, (line, person) in enumerate(asked.people):
        at = ("input", "attendees", str(number), "lineIndex")
        if line >= len(room):
            raise Rejected(InvalidInput(at, f"`lineIndex` is {line}; the order has {len(room)} lines, from 0 on."))
        if taken[line] >= room[line]:
            raise Rejected(LimitExceeded(at, f"Line {line} has places for {room[line]} people; these are more."))
        people[line, taken[line]] = person
        taken[line] += 1
    return people
