"""Tickets."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from starlette.requests import Request

from commands.catalogue.tickets import upsert_ticket
from commands.writing import Writer
from db.models import Event, Ticket
from db.statements import tickets
from domain.catalogue import TICKET
from domain.money import Money
from resolvers.administration import MOST, found, newest_tickets, whichever
from resolvers.context import Context
from resolvers.paging import Page, PageArguments, pages_of
from server.admin.catalogue import CatalogueView, gid, in_zone, key_in, written
from server.admin.fields import LongText, Switch, Typed, moment_field, number_field, shown, version
from server.admin.view import Item


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
        shown("title", "Ticket"),
        Typed("name", required=True, maxlength=500, exclude_from_list=True, exclude_from_detail=True),
        shown("event", "Event"),
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
        Switch("is_active", label="For sale"),
        shown("deleted", "Deleted", exclude_from_list=True),
        version(int),
    )

    async def live(
        self,
        request: Request,
        context: Context,
        q: str | None,
        sort: tuple[str, str],  # noqa: ARG002 - there is one order
        arguments: PageArguments,
    ) -> Page[Any] | list[Any]:
        """The newest first; an event's in its own order; or those of the events that are sought."""
        its = tickets.OF_EVENT[context.sight]
        if q:
            keys = await found(context, Event, q)
            pages = await pages_of(context, its, tickets.BY_POSITION, PageArguments(first=MOST), keys) if keys else []
            return [row for each in pages for row in each.nodes][:MOST]
        event = key_in(request, "event", "Event")
        if event is None:
            return await newest_tickets(context, arguments)
        (only,) = await pages_of(context, its, tickets.BY_POSITION, arguments, [event])
        return only

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

    async def update(self, writer: Writer, pk: str, version: int, given: Mapping[str, Any]) -> None:
        """As `upsertTicket` does."""
        await upsert_ticket(writer, global_id=pk, version=version, given=given)
