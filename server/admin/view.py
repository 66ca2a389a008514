"""What all lists, details and forms of the administrators' pages have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, ClassVar

from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin import BaseModelView
from starlette_admin.exceptions import ActionFailed
from starlette_admin.helpers import create_url
from starlette_admin.types import RowActionsDisplayType, RowActionsPosition

from server.admin.desk import Desk

Item = SimpleNamespace
"""A row as pages show it: its fields, and `id`."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The part of a list that a page shows.

    Attributes:
        items: what is on it.
        before: the cursor of the page before; None for none.
        after: the cursor of the page after; None for none.
        note: what else is to be known of it.
    """

    items: Sequence[Item]
    before: str | None = None
    after: str | None = None
    note: str | None = None


class Instead(Exception):
    """What a form was sent for is done, and answered with a page of its own in place of the way back."""

    def __init__(self, response: Response) -> None:
        """Answer with this."""
        super().__init__()
        self.response = response


class DeskView(BaseModelView):
    """A list that is paged by cursors, over functions of this project.

    Attributes:
        about: what it is, in a sentence.
        finds: what its search finds, in words.
        has_deleted: whether what was deleted can be seen.
    """

    about: ClassVar[str] = ""
    finds: ClassVar[str] = "Search"
    has_deleted: ClassVar[bool] = False

    pk_attr = "id"
    actions: Sequence[str] = ()
    exporters = ()
    importers = ()
    column_visibility = False
    search_highlight = False
    page_size = 25
    page_size_options: Sequence[int] = (25, 50, 100)
    row_actions_display_type = RowActionsDisplayType.KEBAB
    row_actions_position = RowActionsPosition.AFTER_COLUMNS
    sortable_fields: Sequence[str] | None = ()

    def __init__(self, desk: Desk) -> None:
        """Read and write by a desk."""
        self.desk = desk
        super().__init__()

    async def stretch(self, request: Request, q: str | None, sort: tuple[str, str], size: int) -> Stretch:
        """The part of the list that a request asks for.

        Args:
            request: its query has `after` or `before`, beside what a list has of its own.
            q: what is sought; None for nothing.
            sort: a field that can be sorted by, and `asc` or `desc`.
            size: how many items it has at most.
        """
        raise NotImplementedError

    async def find(self, request: Request, pk: str) -> Item | None:
        """One item; None where there is none."""
        raise NotImplementedError

    async def find_all(
        self,
        request: Request,
        skip: int = 0,  # noqa: ARG002 - pages are found by cursors
        limit: int = 100,
        q: str | None = None,
        sorts: Sequence[tuple[str, str]] | None = None,
        filters: object = None,  # noqa: ARG002 - there are none
    ) -> Sequence[Item]:
        """What a page of the list shows."""
        sort = sorts[0] if sorts else (self.pk_attr or "id", "asc")
        request.state.stretch = await self.stretch(request, q, sort, limit)
        items: Sequence[Item] = request.state.stretch.items
        return items

    async def count(self, request: Request, q: str | None = None, filters: object = None) -> int:  # noqa: ARG002 - the library's
        """How many items the page has: to count the list would be to read all of it."""
        return len(request.state.stretch.items)

    async def find_by_pk(self, request: Request, pk: Any) -> Item | None:  # noqa: ANN401 - the library's
        """One item; None where there is none."""
        return await self.find(request, str(pk))

    async def find_by_pks(self, request: Request, pks: list[Any]) -> Sequence[Item]:
        """Those of some items that there are."""
        found = [await self.find(request, str(pk)) for pk in pks]
        return [each for each in found if each is not None]

    async def repr(self, obj: Item, request: Request) -> str:  # noqa: ARG002 - the library's
        """What an item is called."""
        return str(getattr(obj, "title", obj.id))

    async def create(self, request: Request, data: dict[str, Any]) -> Item:  # noqa: ARG002 - the library's
        """Nothing is made on these pages, unless a view says how."""
        raise ActionFailed("Nothing of this kind is made here.")

    async def delete(self, request: Request, pks: list[Any]) -> int | None:  # noqa: ARG002 - the library's
        """Nothing is deleted but by an action that names the version."""
        raise ActionFailed("Nothing of this kind is deleted so.")

    def create_link(self, request: Request) -> str:
        """Where the form for a new one is, of the function or event that the list is of; it leads back to the list."""
        of = {name: request.query_params[name] for name in ("function", "event") if name in request.query_params}
        return str(URL(create_url(request, self.key or "")).include_query_params(**of))

    def can_create(self, request: Request) -> bool:  # noqa: ARG002 - the library's
        """Whether there is a form for a new one."""
        return False

    def can_delete(self, request: Request) -> bool:  # noqa: ARG002 - the library's
        """Whether one can be deleted."""
        return False

    def can_export(self, request: Request) -> bool:  # noqa: ARG002 - the library's
        """Whether lists can be taken away; operators have the command line for that."""
        return False

    def can_import(self, request: Request) -> bool:  # noqa: ARG002 - the library's
        """Whether files can be read in."""
        return False
