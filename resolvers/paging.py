"""Pages: Relay's cursor connections (GraphQL Cursor Connections Specification) over keyset statements."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Generic, TypeVar, cast

from db.rows import Row
from db.statement import Statement
from db.statements.paging import Keyset, Listing, PageShape, count_statement, cursor_values, page_statement
from db.statements.written import Template
from domain.cursors import CursorKind
from domain.errors import InvalidArgument
from resolvers.context import Context
from resolvers.touching import of_listing
from resolvers.written import written_pages

DEFAULT_SIZE = 20
"""How many rows a page has when neither `first` nor `last` is given."""

MAX_SIZE = 100
"""The most rows that a page may have."""

CURSOR = "Cursor"
"""By this name an operation says, beside the types it takes columns from, that it asks for cursors."""

R = TypeVar("R", bound=Row)

_List = tuple[Listing[Any], frozenset[tuple[str, Any]], uuid.UUID | None]
"""A whole list: what it lists, the values of its filter, and whose it is."""


@dataclass(frozen=True, slots=True)
class PageArguments:
    """The four arguments of a connection, as they came; and as what the page is to be written, if it is."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None
    template: Template | None = None

    def size(self) -> int:
        """How many rows are wanted.

        Raises:
            InvalidArgument: both ways at once, or a number out of range.
        """
        if self.first is not None and self.last is not None:
            raise InvalidArgument("Pass `first` or `last`, not both.")
        name, size = ("last", self.last) if self.last is not None else ("first", self.first)
        if size is None:
            return DEFAULT_SIZE
        if not 0 <= size <= MAX_SIZE:
            raise InvalidArgument(f"`{name}` is {size}; it must be from 0 to {MAX_SIZE}.")
        return size


@dataclass(frozen=True, slots=True)
class Edge(Generic[R]):
    """A row at its place in a list."""

    node: R
    page: Page[R]

    @property
    def cursor(self) -> str:
        """The row's place."""
        return self.page.cursor_of(self.node)


@dataclass(frozen=True, slots=True, eq=False)
class Paging(Generic[R]):
    """What the same page of every parent's list has in common.

    `binding` is what cursors are bound to, where that is not the listing with its filter values.
    """

    secret: bytes
    listing: Listing[R]
    keyset: Keyset
    arguments: PageArguments
    values: Mapping[str, Any]
    binding: CursorKind | None

    @property
    def backward(self) -> bool:
        """Whether the list is walked from its end."""
        return self.arguments.last is not None

    @property
    def cursors(self) -> CursorKind:
        """What its cursors are bound to."""
        return self.binding or CursorKind.of(self.secret, self.listing.name, self.keyset.name, self.values)


@dataclass(slots=True, eq=False)  # not frozen: that takes a third longer to make, of which there is one a parent
class Page(Generic[R]):
    """A stretch of a list. Cursors are made when asked for, the total is counted when asked for (`total_of`).

    `more` says whether the list goes on in the direction in which it is walked; `total` how many rows the whole list
    has, where that is known already.
    """

    nodes: Sequence[R]
    more: bool
    parent: uuid.UUID | None
    paging: Paging[R]
    total: int | None = None

    @property
    def has_next_page(self) -> bool:
        """Whether more follows; paging backwards, whether there was a bound."""
        return self.paging.arguments.before is not None if self.paging.backward else self.more

    @property
    def has_previous_page(self) -> bool:
        """Whether more precedes; paging forwards, whether there was a bound."""
        return self.more if self.paging.backward else self.paging.arguments.after is not None

    def cursor_of(self, row: R) -> str:
        """The cursor of a row of this page."""
        return self.paging.cursors.encode(self.paging.keyset.values_of(row))

    @property
    def edges(self) -> list[Edge[R]]:
        """The rows with their cursors."""
        return [Edge(row, self) for row in self.nodes]

    @property
    def page_info(self) -> Page[R]:
        """The page speaks for itself."""
        return self

    @property
    def start_cursor(self) -> str | None:
        """The place of the first row, if there is one."""
        return self.cursor_of(self.nodes[0]) if self.nodes else None

    @property
    def end_cursor(self) -> str | None:
        """The place of the last row, if there is one."""
        return self.cursor_of(self.nodes[-1]) if self.nodes else None


async def page(
    context: Context,
    listing: Listing[R],
    keyset: Keyset,
    arguments: PageArguments,
    values: Mapping[str, Any],
    *,
    binding: CursorKind | None = None,
) -> Page[R]:
    """One page of a list that belongs to nobody.

    Args:
        context: the request.
        listing: which rows.
        keyset: in which order.
        arguments: which stretch of them.
        values: the parameters of the listing's filter.
        binding: what cursors are bound to, where that is not the listing with its filter values.

    Raises:
        Refusal: the arguments cannot be right, or a cursor does not belong here.
    """
    (only,) = await _pages(context, listing, keyset, arguments, values, None, binding)
    return only


async def pages_of(
    context: Context,
    listing: Listing[R],
    keyset: Keyset,
    arguments: PageArguments,
    parents: Sequence[uuid.UUID],
    values: Mapping[str, Any] | None = None,
) -> list[Page[R]]:
    """The same page of every parent's list, in their order, by one statement.

    Raises:
        Refusal: the arguments cannot be right, or a cursor does not belong here.
    """
    return await _pages(context, listing, keyset, arguments, values or {}, parents)


async def _pages(
    context: Context,
    listing: Listing[R],
    keyset: Keyset,
    arguments: PageArguments,
    values: Mapping[str, Any],
    parents: Sequence[uuid.UUID] | None,
    binding: CursorKind | None = None,
) -> list[Page[R]]:
    size = arguments.size()
    paging = Paging(context.cursor_secret, listing, keyset, arguments, values, binding)
    backward = paging.backward
    bounds: dict[str, Any] = {}
    for name, cursor in (("after", arguments.after), ("before", arguments.before)):
        if cursor is not None:
            bounds |= cursor_values(name, paging.cursors.decode(cursor))
    shape = PageShape(keyset, backward, after=arguments.after is not None, before=arguments.before is not None)
    keys = None if parents is None else _distinct(parents)
    if arguments.template is not None:
        parameters = {**values, **bounds, "limit": size}
        written = await written_pages(context, listing, shape, arguments.template, parameters, keys)
        found = cast("list[Page[R]]", written)  # whoever asks for them written takes them as such
    else:
        # One row more than asked for tells whether there are more, without a second statement.
        parameters = {**values, **bounds, "limit": size + 1}
        found = await _read(context, listing, shape, parameters, keys, paging)
    if parents is None or keys is None or len(keys) == len(parents):
        return found
    pages = dict(zip(keys, found, strict=True))
    return [pages[parent] for parent in parents]


async def _read(
    context: Context,
    listing: Listing[R],
    shape: PageShape,
    parameters: Mapping[str, Any],
    parents: Sequence[uuid.UUID] | None,
    paging: Paging[R],
) -> list[Page[R]]:
    uses = context.uses.get(listing.row.typename)
    statement = page_statement(listing, shape, uses, cursors=uses is None or CURSOR in context.uses)
    size = parameters["limit"] - 1

    def build(found: list[R], parent: uuid.UUID | None) -> Page[R]:
        more = len(found) > size
        if more:
            del found[size:]
        if shape.backward:
            found.reverse()
        return Page(found, more, parent, paging)

    if parents is None:
        return [build(await context.fetch(statement, parameters), None)]
    rows = await _rows_of_each(context, statement, parameters, parents, listing)
    return list(map(build, rows, parents))


_PLACE = itemgetter("place")


async def rows_by_parent(
    context: Context,
    statement: Statement[R],
    parameters: Mapping[str, Any],
    parents: Iterable[uuid.UUID],
    listing: Listing[Any] | None = None,
) -> dict[uuid.UUID, list[R]]:
    """The rows that a statement has for each parent; a parent who is there twice is asked for once.

    Args:
        context: the request.
        statement: takes `parents`, and gives with each row its parent's number from 1 as `place`.
        parameters: its other parameters.
        parents: their keys.
        listing: what it lists, where that is all that belongs to a parent.
    """
    distinct = _distinct(parents)
    return dict(zip(distinct, await _rows_of_each(context, statement, parameters, distinct, listing), strict=True))


def _distinct(parents: Iterable[uuid.UUID]) -> list[uuid.UUID]:
    """Each key once. It is told from others by its bytes: a UUID would make a large number for its hash first."""
    return list({key.bytes: key for key in parents}.values())


async def _rows_of_each(
    context: Context,
    statement: Statement[R],
    parameters: Mapping[str, Any],
    parents: Sequence[uuid.UUID],
    listing: Listing[Any] | None,
) -> list[list[R]]:
    rows: list[list[R]] = [[] for _ in parents]
    touching = None if listing is None else of_listing(listing, parents)
    found = await context.fetch(statement, {**parameters, "parents": parents}, touching)
    for place, row in zip(map(_PLACE, found), found, strict=True):
        rows[place - 1].append(row)
    return rows


async def total_of(context: Context, pages: Sequence[Page[Any]]) -> list[int]:
    """How many rows each page's whole list has; each list is counted once a request, whoever asks for it."""
    lists = [
        (page.paging.listing, frozenset(page.paging.values.items()), page.parent) if page.total is None else None
        for page in pages
    ]
    totals: list[int | None] = await context.batches.lookup(_totals, lists)
    return [page.total or total or 0 for page, total in zip(pages, totals, strict=True)]


async def _totals(context: Context, lists: list[_List]) -> Mapping[_List, int]:
    groups: dict[tuple[Listing[Any], frozenset[tuple[str, Any]]], list[uuid.UUID | None]] = {}
    for listing, values, parent in lists:
        groups.setdefault((listing, values), []).append(parent)
    totals: dict[_List, int] = {}
    for (listing, values), parents in groups.items():
        statement = count_statement(listing)
        if listing.scope is None:
            (row,) = await context.fetch(statement, dict(values))
            totals[listing, values, None] = row["total"]
        else:
            rows = await rows_by_parent(
                context, statement, dict(values), [each for each in parents if each is not None], listing
            )
            totals |= {(listing, values, parent): row["total"] for parent, (row,) in rows.items()}
    return totals
