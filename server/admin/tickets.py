"""Tickets."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from starlette.requests import Request

from commands.catalogue.tickets import upsert_ticket
from commands.writing import Writer
from db.models import Event, Ticket
from db.rows import EventRow, TicketRow
from db.statements import tickets
from db.statements.events import EventFilter, EventOrder, EventScope, keyset, listing
from domain.catalogue import TICKET
from domain.money import Money
from resolvers.administration import MOST, found, whichever
from resolvers.context import Context
from resolvers.paging import Page, PageArguments, page, pages_of
from server.admin.catalogue import CatalogueView, gid, in_zone, key_in, written
from server.admin.fields import LongText, Switch, Typed, moment_field, number_field, once, shown, version
from server.admin.references import Reference
from server.admin.view import Item

_NEWEST: Final = keyset(EventOrder.CREATED_AT, descending=True)
_EVENTS: Final = 10
"""Of how many events a page shows the tickets."""


def _fewer(arguments: PageArguments) -> PageArguments:
    first, last = (None if each is None else _EVENTS for each in (arguments.first, arguments.last))
    return PageArguments(first, arguments.after, last, arguments.before)


async def _of_events(context: Context, keys: list[uuid.UUID]) -> list[TicketRow]:
    """The tickets of some events, in the order of these and in their own."""
    its, most = tickets.OF_EVENT[context.sight], PageArguments(first=MOST)
    pages = await pages_of(context, its, tickets.BY_POSITION, most, keys) if keys else []
    return [row for each in pages for row in each.nodes]


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError("no number") from None


class TicketView(CatalogueView):
    """What is sold for events."""

    key = "tickets"
    display_name = "Ticket"
    menu_label = "Tickets"
    icon = "fa-solid fa-ticket"
    about = "What is sold for events, at which price, and when."
    finds = "Words of titles of events"
    model = Ticket
    typename = "Ticket"
    inputs = TICKET
    fields = (
        version(int),
        once(),
        shown("title", "Ticket"),
        Typed("name", required=True, maxlength=500, exclude_from_list=True, exclude_from_detail=True),
        shown("event", "Event"),
        Reference(
            "event_id",
            label="Event",
            typename="Event",
            parameter="event",
            required=True,
            help_text="A slug, or an id. That stays so.",
            exclude_from_list=True,
            exclude_from_detail=True,
            exclude_from_edit=True,
        ),
        LongText("description", exclude_from_list=True),
        shown("cost", "Price"),
        Typed(
            "price",
            label="Price",
            read=_amount,
            expects="an amount: 12.50",
            required=True,
            exclude_from_list=True,
            exclude_from_detail=True,
        ),
        Typed("currency", required=True, maxlength=3, exclude_from_list=True, exclude_from_detail=True),
        number_field("min_per_order", "Least of an order", exclude_from_list=True),
        number_field("max_per_order", "Most of an order", exclude_from_list=True),
        moment_field("sale_start", "Sold from", exclude_from_list=True),
        moment_field("sale_end", "Sold until", exclude_from_list=True),
        number_field("position", "Place", exclude_from_list=True, help_text="Among the tickets of its event."),
        Typed(
            "pool_ids",
            label="Pools",
            read=str.split,
            write=lambda value: value if isinstance(value, str) else " ".join(value),
            help_text="Ids of the pools of places that it draws on. Without any, it is sold without limit.",
            exclude_from_list=True,
            exclude_from_detail=True,
            exclude_from_edit=True,
        ),
        Switch("is_active", label="For sale"),
        shown("deleted", "Deleted", exclude_from_list=True),
    )

    async def live(
        self,
        request: Request,
        context: Context,
        q: str | None,
        sort: tuple[str, str],  # noqa: ARG002 - there is one order
        arguments: PageArguments,
    ) -> Page[Any] | list[Any]:
        """Those of the newest events; an event's; or those of the events that are sought."""
        if q:
            return (await _of_events(context, await found(context, Event, q)))[:MOST]
        event = key_in(request, "event", "Event")
        if event is None:
            events = listing(EventScope.ALL, EventFilter(), context.sight)
            return await page(context, events, _NEWEST, _fewer(arguments), {})
        its = tickets.OF_EVENT[context.sight]
        (only,) = await pages_of(context, its, tickets.BY_POSITION, arguments, [event])
        return only

    async def of_page(self, context: Context, found: Page[Any]) -> list[Any]:
        """The tickets of a page's events."""
        if found.paging.listing.row is not EventRow:
            return list(found.nodes)
        return await _of_events(context, [event["event_id"] for event in found.nodes])

    async def items(self, context: Context, rows: list[Any]) -> list[Item]:
        """Tickets as pages show them, in the zones of their events."""
        events = await whichever(context, Event, [row["event_id"] for row in rows]) if rows else {}
        items = []
        for row in rows:
            event = events[row["event_id"]]  # whoever sees a ticket sees its event
            zone = event["timezone"]
            cost = Money(row["price_amount"], row["price_currency"])
            deleted_at = row.get("deleted_at")
            items.append(
                Item(
                    id=gid(Ticket, row["ticket_id"]),
                    title=row["name"],
                    name=row["name"],
                    event=event["title"],
                    description=row["description"],
                    cost=f"{cost.amount} {cost.currency}",
                    price=cost.amount,
                    currency=cost.currency,
                    min_per_order=row["min_per_order"],
                    max_per_order=row["max_per_order"],
                    sale_start=in_zone(row, "sale_start", zone),
                    sale_end=in_zone(row, "sale_end", zone),
                    position=row["position"],
                    is_active=row["is_active"],
                    deleted_at=deleted_at,
                    deleted=written(deleted_at),
                    version=row["version"],
                )
            )
        return items

    async def enter(self, writer: Writer, given: Mapping[str, Any]) -> uuid.UUID:
        """As `upsertTicket` does."""
        return await upsert_ticket(writer, global_id=None, version=None, given=given)

    async def update(self, writer: Writer, pk: str, version: int, given: Mapping[str, Any]) -> None:
        """As `upsertTicket` does."""
        await upsert_ticket(writer, global_id=pk, version=version, given=given)
