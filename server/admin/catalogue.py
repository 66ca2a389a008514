"""What functions, events and tickets have in common: versions, and that they are deleted and restored."""

from __future__ import annotations

import datetime as dt
import uuid
import zoneinfo
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette_admin import row_action
from starlette_admin.exceptions import ActionFailed
from starlette_admin.flash import flash

from commands.catalogue.deleting import delete_node, restore_node
from commands.writing import Writer
from db.models import Event, Function, Organisation, Ticket
from db.rows import Row
from domain.ids import decode_global_id, encode_global_id
from domain.inputs import Field
from resolvers import lookups
from resolvers.administration import deleted_page, whichever
from resolvers.context import Context
from resolvers.paging import Page, PageArguments
from server.admin.desk import ONCE, told_above, told_beside, well_asked
from server.admin.forms import form_of
from server.admin.references import identified
from server.admin.view import DeskView, Item, Stretch

Update = Callable[..., Awaitable[uuid.UUID]]


def _version_form(_request: Request, item: Item) -> str:
    return f'<form><input type="hidden" name="version" value="{int(item.version)}"></form>'


class CatalogueView(DeskView):
    """Things with versions.

    Attributes:
        model: their table.
        typename: their type in the schema, which their ids name.
        inputs: what may be said of them.
    """

    model: ClassVar[type[Function | Event | Ticket]]
    typename: ClassVar[str]
    inputs: ClassVar[Mapping[str, Field]]
    has_deleted = True

    async def live(
        self, request: Request, context: Context, q: str | None, sort: tuple[str, str], arguments: PageArguments
    ) -> Page[Any] | list[Any]:
        """What is not deleted: a page of it; or all that is sought, and found.

        A page may be one of what things belong to, by which they are listed (`of_page`).
        """
        raise NotImplementedError

    async def of_page(self, context: Context, found: Page[Any]) -> list[Any]:  # noqa: ARG002 - others ask by it
        """The rows that a page comes to."""
        return list(found.nodes)

    async def items(self, context: Context, rows: list[Any]) -> list[Item]:
        """Rows as pages show them."""
        raise NotImplementedError

    async def enter(self, writer: Writer, given: Mapping[str, Any]) -> uuid.UUID:
        """Make a new one, by the command that the API has; its key."""
        raise NotImplementedError

    async def update(self, writer: Writer, pk: str, version: int, given: Mapping[str, Any]) -> None:
        """Change one, by the command that the API has."""
        raise NotImplementedError

    async def stretch(self, request: Request, q: str | None, sort: tuple[str, str], size: int) -> Stretch:
        """A page in the order of an index; or what is sought, the best first."""
        context = self.desk.context(request)
        arguments = page_arguments(request, size)
        with well_asked():
            if "deleted" in request.query_params:
                found: Page[Any] | list[Any] = await deleted_page(context, self.model, arguments, q)
            else:
                found = await self.live(request, context, q, sort, arguments)
        if isinstance(found, list):
            return Stretch(await self.items(context, found), note="What fits best comes first; 100 are shown at most.")
        items = await self.items(context, await self.of_page(context, found))
        before = found.start_cursor if found.has_previous_page else None
        return Stretch(items, before, found.end_cursor if found.has_next_page else None)

    async def find(self, request: Request, pk: str) -> Item | None:
        """One of them, deleted or not."""
        key = self.key_of(pk)
        context = self.desk.context(request)
        rows = {} if key is None else await whichever(context, self.model, [key])
        return (await self.items(context, list(rows.values())))[0] if rows else None

    def key_of(self, pk: str) -> uuid.UUID | None:
        """The key behind an id of theirs; None for any other text."""
        try:
            typename, key = decode_global_id(pk)
        except ValueError:
            return None
        return key if typename == self.typename else None

    def can_create(self, request: Request) -> bool:  # noqa: ARG002 - all administrators may
        """There is a form for a new one."""
        return True

    async def create(self, request: Request, data: dict[str, Any]) -> Item:
        """Make a new one; once, however often the form is sent."""
        named = await identified(self, request, data)
        # Blank is left out: what is needed is refused by name, and the rest has its defaults.
        given = {name: value for name, value in named.items() if name in self.inputs and value is not None}
        with told_beside({field.name for field in self.get_fields_list(request)}, ONCE):
            once = self.desk.once(request, data[ONCE], self.typename, given)
            key = await self.enter(replace(self.desk.writer(request), once=once), given)
        found = await self.find(request, encode_global_id(self.typename, key))
        if found is None:
            raise HTTPException(404)
        return found

    async def edit(self, request: Request, pk: str, data: dict[str, Any]) -> Item:
        """Change one, if it still has the version that was read."""
        version = data["version"]
        # Blank is nothing where there may be nothing; elsewhere it leaves what there is, or is refused by name.
        given = {
            name: value
            for name, value in (await identified(self, request, data)).items()
            if name in self.inputs and (value is not None or self.inputs[name].cleared or self.inputs[name].needed)
        }
        with told_beside({field.name for field in self.get_fields_list(request)}):
            await self.update(self.desk.writer(request), pk, version, given)
        found = await self.find(request, pk)
        if found is None:
            raise HTTPException(404)
        return found

    async def is_row_action_allowed_for_obj(self, request: Request, name: str, obj: Item) -> bool:
        """What is deleted can be looked at, and restored."""
        if name in {"edit", "remove"}:
            return obj.deleted_at is None
        if name == "restore":
            return obj.deleted_at is not None
        return await super().is_row_action_allowed_for_obj(request, name, obj)

    @row_action(
        name="remove",
        text="Delete",
        confirmation="Delete it, with all that belongs to it? It can be restored.",
        icon_class="default_actions.delete",
        submit_btn_text="Delete",
        submit_btn_class="action.modal_confirm_button_delete",
        action_btn_class="action.row_item_delete",
        form=_version_form,
    )
    async def row_action_4_remove(self, request: Request, pk: str) -> None:
        """Delete it, if it still has the version that was read."""
        version = (await form_of(request)).get("version", "")
        if not version.isdecimal():
            raise ActionFailed("Say which version you have read: load the page again.")
        with told_above():
            await delete_node(self.desk.writer(request), global_id=pk, version=int(version))
        flash(request, "Deleted, with what belongs to it. It is listed under “Deleted”.", "success")

    @row_action(
        name="restore",
        text="Restore",
        confirmation="Bring it back, with what was deleted with it?",
        icon_class="fa-solid fa-trash-arrow-up",
        submit_btn_text="Restore",
    )
    async def row_action_5_restore(self, request: Request, pk: str) -> None:
        """Bring it back."""
        with told_above():
            await restore_node(self.desk.writer(request), global_id=pk)
        flash(request, "Restored, with what was deleted with it.", "success")


def page_arguments(request: Request, size: int) -> PageArguments:
    """Which page of a list an address asks for."""
    before, after = (request.query_params.get(name) for name in ("before", "after"))
    return PageArguments(last=size, before=before) if before else PageArguments(first=size, after=after)


def key_in(request: Request, name: str, typename: str) -> uuid.UUID | None:
    """The key that a parameter of the address names by an id; None without one."""
    given = request.query_params.get(name)
    if given is None:
        return None
    try:
        found, key = decode_global_id(given)
    except ValueError:
        raise HTTPException(400, f"“{name}” is no id.") from None
    if found != typename:
        raise HTTPException(400, f"“{name}” is an id of another type than {typename}.")
    return key


async def titles(
    context: Context, model: type[Function | Event], rows: list[Any], column: str, heading: str
) -> dict[uuid.UUID, str]:
    """What the things are called that rows name in a column, deleted or not."""
    keys = [row[column] for row in rows if row[column] is not None]
    named = await whichever(context, model, keys) if keys else {}
    return {key: row[heading] for key, row in named.items()}


async def organisers(context: Context, rows: list[Any]) -> list[str | None]:
    """Whose each row is."""
    found = await lookups.find(context, lookups.ORGANISATIONS, [row["organisation_id"] for row in rows])
    return [None if each is None else each["name"] for each in found]


def in_zone(row: Row, column: str, zone: str) -> dt.datetime | None:
    """A moment of a row, as clocks show it there."""
    value: dt.datetime | None = row[column]
    return None if value is None else value.astimezone(zoneinfo.ZoneInfo(zone))


def written(moment: dt.datetime | None) -> str | None:
    """A moment of the server's own clock."""
    return None if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"


def gid(model: type[Function | Event | Ticket | Organisation], key: uuid.UUID | None) -> str | None:
    """The id of a row."""
    return None if key is None else encode_global_id(model.__name__, key)
