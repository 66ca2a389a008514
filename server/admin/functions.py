"""Functions."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette_admin import link_row_action

from commands.catalogue.functions import create_function, update_function
from commands.writing import Writer
from db.deployment import Part
from db.models import Function
from db.statements import functions
from domain.catalogue import FUNCTION
from resolvers.administration import found, whichever
from resolvers.context import Context
from resolvers.paging import Page, PageArguments, page
from server.admin.catalogue import CatalogueView, gid, organisers, written
from server.admin.fields import LongText, Switch, Typed, day_field, once, shown, version
from server.admin.references import Reference
from server.admin.view import Item


class FunctionView(CatalogueView):
    """Conventions, festivals, installations."""

    key = "functions"
    display_name = "Function"
    menu_label = "Functions"
    icon = "fa-solid fa-layer-group"
    about = "Gatherings that group events: conventions, festivals, installations."
    finds = "Words of names"
    model = Function
    typename = "Function"
    inputs = FUNCTION
    sortable_fields = ("sort_date",)
    fields_default_sort = ("sort_date",)
    fields = (
        version(int),
        once(),
        shown("title", "Name"),
        Typed("name", required=True, maxlength=500, exclude_from_list=True, exclude_from_detail=True),
        Typed("slug", help_text="Left blank, it is made of the name, or stays as it is."),
        shown("organisation", "Organisation"),
        Reference(
            "organisation_id",
            label="Organisation",
            typename="Organisation",
            required=True,
            help_text="Who holds it: a slug, or an id. That stays so.",
            exclude_from_list=True,
            exclude_from_detail=True,
            exclude_from_edit=True,
        ),
        LongText("description", exclude_from_list=True),
        day_field("start_date", "First day", exclude_from_list=True),
        day_field("end_date", "Last day", exclude_from_list=True),
        shown("sort_date", "Days", exclude_from_detail=True),
        Typed("timezone", label="Zone", required=True, exclude_from_list=True),
        Typed("location", exclude_from_list=True, maxlength=500),
        Typed("image_url", label="Picture", exclude_from_list=True),
        Switch("is_active", label="Active", help_text="Whether everybody sees it."),
        shown("deleted", "Deleted", exclude_from_list=True),
        shown("updated", "Changed", exclude_from_list=True),
    )

    async def live(
        self,
        request: Request,  # noqa: ARG002 - all functions are one list
        context: Context,
        q: str | None,
        sort: tuple[str, str],
        arguments: PageArguments,
    ) -> Page[Any] | list[Any]:
        """By the first day; or what is sought."""
        if q:
            keys = await found(context, Function, q)
            rows = await whichever(context, Function, keys)
            return [rows[key] for key in keys if key in rows]
        by = functions.BY_LATEST if sort[1] == "desc" else functions.BY_START
        listing = functions.listing(functions.FunctionScope.ALL, context.sight)
        return await page(context, listing, by, arguments, {})

    async def items(self, context: Context, rows: list[Any]) -> list[Item]:
        """Functions as pages show them."""
        return [
            Item(
                id=gid(Function, row["function_id"]),
                title=row["name"],
                name=row["name"],
                slug=row["slug"],
                organisation=organiser,
                description=row["description"],
                start_date=row["start_date"],
                end_date=row["end_date"],
                sort_date=_days(row),
                timezone=row["timezone"],
                location=row["location"],
                image_url=row["image_url"],
                is_active=row["is_active"],
                deleted_at=row["deleted_at"],
                deleted=written(row["deleted_at"]),
                updated=written(row["updated_at"]),
                version=row["version"],
            )
            for row, organiser in zip(rows, await organisers(context, rows), strict=True)
        ]

    def can_create(self, request: Request) -> bool:
        """Where one function is all that is shown, there is no other."""
        within = self.desk.graphql.within
        return (within is None or within.part is not Part.FUNCTION) and super().can_create(request)

    async def enter(self, writer: Writer, given: Mapping[str, Any]) -> uuid.UUID:
        """As `createFunction` does."""
        return await create_function(writer, given=given)

    async def update(self, writer: Writer, pk: str, version: int, given: Mapping[str, Any]) -> None:
        """As `updateFunction` does."""
        await update_function(writer, global_id=pk, version=version, given=given)

    @link_row_action(name="events", text="Events", icon_class="fa-solid fa-calendar-days")
    def row_action_3_events(self, request: Request, pk: str) -> str:
        """To its events."""
        return str(request.url_for("admin:list", key="events").include_query_params(function=pk))


def _days(row: Any) -> str | None:  # noqa: ANN401 - a row of functions
    first, last = row["start_date"], row["end_date"]
    if first is None:
        return None
    return f"{first}" if last in {None, first} else f"{first} to {last}"
