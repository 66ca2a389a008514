"""Events."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette_admin import link_row_action

from commands.catalogue.events import create_event, update_event
from commands.writing import Writer
from db.models import Event, Function
from db.statements.events import EventFilter, EventOrder, EventScope, keyset, listing
from domain.catalogue import EVENT
from resolvers.administration import found, whichever
from resolvers.context import Context
from resolvers.paging import Page, PageArguments, page
from server.admin.catalogue import CatalogueView, gid, in_zone, key_in, organisers, titles, written
from server.admin.fields import LongText, Switch, Typed, moment_field, once, shown, version
from server.admin.references import Reference
from server.admin.view import Item

_ORDERS: Final[Mapping[str, EventOrder]] = {
    "title": EventOrder.TITLE,
    "event_start": EventOrder.EVENT_START,
    "created": EventOrder.CREATED_AT,
}
"""What a list can be sorted by: each has its indexes."""


class EventView(CatalogueView):
    """What takes place at a time, and sells tickets."""

    key = "events"
    display_name = "Event"
    menu_label = "Events"
    icon = "fa-solid fa-calendar-days"
    about = "What takes place at a time, and sells tickets."
    finds = "Words of titles"
    model = Event
    typename = "Event"
    inputs = EVENT
    sortable_fields = tuple(_ORDERS)
    fields_default_sort = ("event_start",)
    fields = (
        version(int),
        once(),
        Typed("title", required=True, maxlength=500),
        moment_field("event_start", "Begins", required=True),
        moment_field("event_end", "Ends", exclude_from_list=True),
        Typed(
            "timezone",
            label="Zone",
            exclude_from_list=True,
            help_text="Left blank, it is its function's, or stays as it is.",
        ),
        shown("function", "Function"),
        Reference(
            "function_id",
            label="Function",
            typename="Function",
            parameter="function",
            help_text="A slug, or an id.",
            exclude_from_list=True,
            exclude_from_detail=True,
        ),
        shown("organisation", "Organisation", exclude_from_list=True),
        Reference(
            "organisation_id",
            label="Organisation",
            typename="Organisation",
            help_text="Who holds it: a slug, or an id. Left blank, it is its function's. That stays so.",
            exclude_from_list=True,
            exclude_from_detail=True,
            exclude_from_edit=True,
        ),
        Typed("slug", exclude_from_list=True, help_text="Left blank, it is made of the title, or stays as it is."),
        Typed("type", exclude_from_list=True, help_text="Left blank, it is “event”, or stays as it is."),
        LongText("description", exclude_from_list=True),
        Typed("location", exclude_from_list=True, maxlength=500),
        Typed("image_url", label="Picture", exclude_from_list=True),
        Switch("is_published", label="Published", help_text="Whether everybody sees it."),
        Switch("is_featured", label="Featured"),
        shown("created", "Created"),
        shown("deleted", "Deleted", exclude_from_list=True),
        shown("updated", "Changed", exclude_from_list=True),
    )

    async def live(
        self,
        request: Request,
        context: Context,
        q: str | None,
        sort: tuple[str, str],
        arguments: PageArguments,
    ) -> Page[Any] | list[Any]:
        """All events, or a function's, in the order of an index; or what is sought."""
        if q:
            keys = await found(context, Event, q)
            rows = await whichever(context, Event, keys)
            return [rows[key] for key in keys if key in rows]
        filters = EventFilter(function_id=key_in(request, "function", "Function"))
        by = keyset(_ORDERS.get(sort[0], EventOrder.EVENT_START), descending=sort[1] == "desc")
        events = listing(EventScope.ALL, filters, context.sight)
        return await page(context, events, by, arguments, filters.values())

    async def items(self, context: Context, rows: list[Any]) -> list[Item]:
        """Events as pages show them, in their own zones."""
        functions = await titles(context, Function, rows, "function_id", "name")
        return [
            Item(
                id=gid(Event, row["event_id"]),
                title=row["title"],
                event_start=in_zone(row, "event_start", row["timezone"]),
                event_end=in_zone(row, "event_end", row["timezone"]),
                timezone=row["timezone"],
                function=functions.get(row["function_id"]),
                function_id=gid(Function, row["function_id"]),
                organisation=organiser,
                slug=row["slug"],
                type=row["type"],
                description=row["description"],
                location=row["location"],
                image_url=row["image_url"],
                is_published=row["is_published"],
                is_featured=row["is_featured"],
                created=written(row["created_at"]),
                deleted_at=row["deleted_at"],
                deleted=written(row["deleted_at"]),
                updated=written(row["updated_at"]),
                version=row["version"],
            )
            for row, organiser in zip(rows, await organisers(context, rows), strict=True)
        ]

    async def enter(self, writer: Writer, given: Mapping[str, Any]) -> uuid.UUID:
        """As `createEvent` does."""
        return await create_event(writer, given=given)

    async def update(self, writer: Writer, pk: str, version: int, given: Mapping[str, Any]) -> None:
        """As `updateEvent` does."""
        await update_event(writer, global_id=pk, version=version, given=given)

    @link_row_action(name="tickets", text="Tickets", icon_class="fa-solid fa-ticket")
    def row_action_3_tickets(self, request: Request, pk: str) -> str:
        """To its tickets."""
        return str(request.url_for("admin:list", key="tickets").include_query_params(event=pk))
