"""Releases of persisted operations: announcing their end, and ending them."""

from __future__ import annotations

import datetime as dt

from starlette.requests import Request
from starlette_admin import row_action
from starlette_admin.exceptions import ActionFailed
from starlette_admin.flash import flash

from commands import registry
from commands.registering import Author
from commands.retiring import Retirement, StillServed, retire
from db.rows import Row
from db.statements.registry import OPERATIONS_OF_RELEASE, RELEASES
from domain.errors import Refusal
from domain.registry import IN_USE, ReleaseState, may_become
from server.admin.catalogue import written
from server.admin.desk import told_above
from server.admin.fields import LongText, Switch, shown
from server.admin.forms import filled, form_of, rendered
from server.admin.view import DeskView, Item, Stretch


async def _retiring(request: Request, item: Item) -> str:
    """The form, above which stands what it would come to."""
    view: ReleaseView = item.view
    client, release = item.id.split("/", 1)
    try:
        told = await view.dry_run(client, release)
    except Refusal as refusal:  # others change the registry all the time; what is shown is shown without
        return rendered(request, "forms/unknown.html", why=str(refusal))
    return rendered(request, "forms/retire.html", told=told, days=IN_USE.days, item=item)


class ReleaseView(DeskView):
    """What clients have published."""

    key = "releases"
    display_name = "Release"
    menu_label = "Releases"
    icon = "fa-solid fa-box-archive"
    about = "Operations that clients have published, from the first day to the last."
    finds = "Part of a name"
    fields = (
        shown("title", "Release"),
        shown("state", "State"),
        Switch("pinned", label="Pinned", read_only=True),
        shown("operations", "Operations"),
        shown("published", "Published"),
        shown("published_by", "By"),
        shown("source_commit", "Commit", exclude_from_list=True),
        shown("sunset", "Sunset"),
        shown("successor", "Successor", exclude_from_list=True),
        shown("deprecated", "Deprecated", exclude_from_list=True),
        shown("retired", "Retired", exclude_from_list=True),
        LongText("names", label="What it holds", exclude_from_list=True, read_only=True),
    )

    async def stretch(self, request: Request, q: str | None, sort: tuple[str, str], size: int) -> Stretch:  # noqa: ARG002 - they have one order
        """All of them, by client; or those with a text in their names."""
        rows = await self.desk.graphql.database.fetch(RELEASES, {})
        items = [self._item(row) for row in rows]
        found = [item for item in items if not q or q.lower() in item.id.lower()]
        first = _place(request.query_params.get("after"), default=0)
        shown_first = _place(request.query_params.get("before"), default=first + size) - size
        start = max(0, shown_first)
        more = len(found) > start + size
        return Stretch(found[start : start + size], str(start) if start else None, str(start + size) if more else None)

    async def find(self, request: Request, pk: str) -> Item | None:  # noqa: ARG002 - all administrators see the same
        """One, with the names of its operations."""
        database = self.desk.graphql.database
        for row in await database.fetch(RELEASES, {}):
            if pk == f"{row['client']}/{row['name']}":
                held = await database.fetch(OPERATIONS_OF_RELEASE, {"release_id": row["release_id"]})
                return self._item(row, held)
        return None

    def can_edit(self, request: Request) -> bool:  # noqa: ARG002 - the library's
        """What is published does not change."""
        return False

    async def is_row_action_allowed_for_obj(self, request: Request, name: str, obj: Item) -> bool:
        """What its state allows."""
        becomes = {"deprecate": ReleaseState.DEPRECATED, "retire": ReleaseState.RETIRED}
        if name in becomes and not may_become(ReleaseState(obj.state), becomes[name]):
            return False
        return await super().is_row_action_allowed_for_obj(request, name, obj)

    async def dry_run(self, client: str, release: str) -> Retirement:
        """What retiring a release would come to; nothing is done."""
        nobody = Author("nobody")
        return await retire(self.desk.graphql.database, client, release, nobody, dry_run=True)

    @row_action(
        name="deprecate",
        text="Deprecate",
        header="Announce its end",
        confirmation="It is served until it is retired; its callers are told with each answer.",
        icon_class="fa-solid fa-hourglass-half",
        submit_btn_text="Announce it",
        form=filled("forms/deprecate.html"),
        modal_size="md",
    )
    async def row_action_3_deprecate(self, request: Request, pk: str) -> None:
        """Announce its end, as `boxoffice operations deprecate` does."""
        form = await form_of(request)
        client, release = _names(pk)
        with told_above():
            async with self.desk.changing_registry(request, form.get("reason", "")) as author:
                await registry.deprecate(
                    self.desk.graphql.database,
                    client,
                    release,
                    author,
                    sunset=_sunset(form.get("sunset", "")),
                    successor=form.get("successor") or None,
                )
        flash(request, f"{client} {release} is deprecated.", "success")

    @row_action(
        name="retire",
        text="Retire",
        header="End it for good",
        confirmation="Its ids are answered with 410 Gone from then on.",
        icon_class="fa-solid fa-power-off",
        submit_btn_text="Retire it",
        submit_btn_class="action.modal_confirm_button_delete",
        action_btn_class="action.row_item_delete",
        form=_retiring,
        exclude_from_list=True,
        modal_size="lg",
    )
    async def row_action_4_retire(self, request: Request, pk: str) -> None:
        """End it for good, as `boxoffice operations retire` does."""
        form = await form_of(request)
        client, release = _names(pk)
        with told_above():
            try:
                async with self.desk.changing_registry(request, form.get("reason", "")) as author:
                    await retire(self.desk.graphql.database, client, release, author, force="force" in form)
            except StillServed:
                raise ActionFailed("Somebody would break: tick “all the same” if that has to be.") from None
        flash(request, f"{client} {release} is retired.", "success")

    def _item(self, row: Row, held: list[Row] | None = None) -> Item:
        return Item(
            view=self,
            id=f"{row['client']}/{row['name']}",
            title=f"{row['client']} {row['name']}",
            state=row["state"],
            pinned=row["pinned"],
            operations=row["operations"],
            published=written(row["published_at"]),
            published_by=row["published_by"],
            source_commit=row["source_commit"],
            sunset=written(row["sunset_at"]),
            successor=row["successor"],
            deprecated=written(row["deprecated_at"]),
            retired=written(row["retired_at"]),
            names="\n".join(f"{each['name'] or each['public_id']} ({each['kind']})" for each in held or ()) or None,
        )


def _names(pk: str) -> tuple[str, str]:
    client, slash, release = pk.partition("/")
    if not slash:
        raise ActionFailed("There is no such release.")
    return client, release


def _sunset(text: str) -> dt.datetime | None:
    if not text:
        return None
    try:
        return dt.datetime.combine(dt.date.fromisoformat(text), dt.time(), dt.UTC)
    except ValueError:
        raise ActionFailed("The sunset is a day: 2027-05-01.") from None


def _place(text: str | None, *, default: int) -> int:
    return int(text) if text is not None and text.isdecimal() and len(text) < 9 else default  # noqa: PLR2004 - more are not there
