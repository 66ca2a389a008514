"""Keyset pages: one statement for all parents, in index order, without OFFSET.

A page of many parents is a LATERAL join: PostgreSQL walks the right index once for each parent and stops at the limit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import (
    ARRAY,
    BinaryExpression,
    ColumnClause,
    ColumnElement,
    FromClause,
    Integer,
    Label,
    ScalarSelect,
    Select,
    Uuid,
    bindparam,
    column,
    func,
    null,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.selectable import LateralFromClause, TableValuedAlias
from sqlalchemy.types import TypeEngine

from db.rows import Row, WrittenRow
from db.statement import Statement, compile_statement
from db.statements.written import Value, page_of, row_of
from db.visibility import Selected, Sight

R = TypeVar("R", bound=Row)
S = TypeVar("S", bound=Row)

Column = InstrumentedAttribute[Any]
Columns = tuple[Selected, ...]
"""What a row is read with: its key first, which is a column."""


@dataclass(frozen=True, slots=True, eq=False)
class Keyset:
    """A total order: columns that are never null, the key last, one direction. Made once, compared by identity."""

    name: str
    columns: tuple[Column, ...]
    descending: bool = False

    def values_of(self, row: Row) -> list[Any]:
        """A row's place in this order."""
        return [row[column.key] for column in self.columns]


@dataclass(frozen=True, slots=True)
class PageShape:
    """What a page's text depends on, beside its filters: the order, the way it is walked, and its bounds."""

    keyset: Keyset
    backward: bool = False
    after: bool = False
    before: bool = False


def cursor_values(prefix: str, values: Sequence[Any]) -> dict[str, Any]:
    """The parameters of a bound: `after` or `before`."""
    return {f"{prefix}_{number}": value for number, value in enumerate(values)}


def _bound(keyset: Keyset, prefix: str) -> ColumnElement[Any]:
    return tuple_(*(bindparam(f"{prefix}_{number}", type_=column.type) for number, column in enumerate(keyset.columns)))


def unforeseen(limit: ColumnElement[int]) -> ScalarSelect[int]:
    """A limit that the planner does not see, so that it plans for the first tenth of a list, in the list's own order.

    Seeing it, the planner would at times read a whole list by another index, or by a bitmap, and sort it; and it would
    plan each page anew.
    """
    return select(limit).scalar_subquery()


def fenced(query: Select[*tuple[Any, ...]], name: str) -> LateralFromClause:
    """A query that is run for each row before it in a join, as it stands.

    A limit of NULL is none, and keeps the planner from merging the query with what is around it: for many rows it would
    rather read the whole table.
    """
    return query.limit(null()).lateral(name)


def key_table(type_: TypeEngine[Any] | None = None) -> TableValuedAlias:
    """The parameter `keys`, an array of keys (ids, unless said otherwise), as a table `keys(key)`."""
    its = type_ or Uuid()
    keys = func.unnest(bindparam("keys", type_=ARRAY(its)))
    return keys.table_valued(column("key", its)).render_derived(name="keys")


def keyset_page(query: Select[Any], shape: PageShape) -> Select[Any]:
    """Put a query in order, between its bounds, up to the parameter `limit`."""
    keyset = shape.keyset
    position = tuple_(*keyset.columns)
    if shape.after:
        bound = _bound(keyset, "after")
        query = query.where(position < bound if keyset.descending else position > bound)
    if shape.before:
        bound = _bound(keyset, "before")
        query = query.where(position > bound if keyset.descending else position < bound)
    descending = keyset.descending != shape.backward
    order = [column.desc() if descending else column.asc() for column in keyset.columns]
    return query.order_by(*order).limit(unforeseen(bindparam("limit", type_=Integer)))


def parents() -> TableValuedAlias:
    """The parameter `parents`, an array of ids, as a table `parents(id, place)` with places from 1."""
    return (
        func.unnest(bindparam("parents", type_=ARRAY(Uuid)))
        .table_valued(column("id", Uuid()), with_ordinality="place")
        .render_derived(name="parents")
    )


def for_each_parent(build: Callable[[ColumnElement[Any]], Select[Any]]) -> Select[Any]:
    """Run a query once for each parent; `place` says whose row it is.

    Args:
        build: makes the query from the parent's id.
    """
    parent = parents()
    inner = build(parent.c.id).lateral("page")
    return select(parent.c.place, inner).select_from(parent.join(inner, true()))


@dataclass(frozen=True, slots=True, eq=False)
class Listing(Generic[R]):
    """A list that can be paged and counted: what it shows, and which rows. Made once, compared by identity.

    `scope` is the column that holds the parent's id, when the list belongs to parents; without it there is one list.
    `lower` and `upper` limit the column that the list is ordered by first; they stand apart from `where` because a
    cursor can take their place. `sight` says which viewers it is for.
    """

    name: str
    row: type[R]
    columns: Columns
    where: tuple[ColumnElement[bool], ...]
    scope: Column | None = None
    lower: ColumnElement[bool] | None = None
    upper: ColumnElement[bool] | None = None
    sight: Sight = Sight.PUBLIC


def chosen(columns: Columns, uses: frozenset[str] | None, always: Sequence[Selected]) -> list[Selected]:
    """The columns that are used, beside those that are always there; all of them where it is not known which."""
    if uses is None:
        return list(columns)
    names = {column.key for column in always} | uses
    return [column for column in columns if column.key in names or name_of(column) in names]


def name_of(column: Selected) -> str:
    """What a column is called in a row."""
    return column.name if isinstance(column, Label) else column.expression.name


@lru_cache(maxsize=2048)
def page_statement(
    listing: Listing[R], shape: PageShape, uses: frozenset[str] | None = None, *, cursors: bool = True
) -> Statement[R]:
    """The statement of a page; with a scope its rows carry `place`, the parent's number from 1.

    Args:
        listing: which rows.
        shape: which stretch of them, in which order.
        uses: which columns are wanted, beside the key; all of them, when not said.
        cursors: whether those of the order are wanted as well.
    """
    columns = chosen(listing.columns, uses, (listing.columns[0], *(shape.keyset.columns if cursors else ())))
    plain = select(*columns).where(*listing.where, *_ends(listing, shape))
    return _scoped(f"{listing.name}.page", listing, listing.row, lambda where: keyset_page(plain.where(*where), shape))


@lru_cache(maxsize=2048)
def written_page_statement(listing: Listing[Any], shape: PageShape, values: tuple[Value, ...]) -> Statement[WrittenRow]:
    """The statement of a page that PostgreSQL writes; it takes the texts of a template as well.

    Args:
        listing: which rows.
        shape: which stretch of them, in which order, walked forwards: rows are written in the order they are found.
        values: what each shows.
    """
    columns = {name_of(each): each.expression for each in listing.columns}
    shown: list[ColumnElement[Any]] = [row_of(values, columns).label("json")]
    plain = select(*shown).where(*listing.where, *_ends(listing, shape))

    def build(where: tuple[ColumnElement[bool], ...]) -> Select[Any]:
        row = keyset_page(plain.where(*where), shape).correlate(*map(_parents_of, where)).lateral("row")
        answer: list[ColumnElement[Any]] = [page_of(row.c.json).label("json"), func.count().label("number")]
        return select(*answer)

    return _scoped(f"{listing.name}.page", listing, WrittenRow, build)


@lru_cache(maxsize=512)
def count_statement(listing: Listing[Any]) -> Statement[Row]:
    """The statement that counts the whole list; with a scope one row for each parent, with its `place`."""
    key = cast("Column", listing.columns[0])
    ends = _given(listing.lower, listing.upper)
    plain = select(func.count().label("total")).select_from(key.parent.local_table).where(*listing.where, *ends)
    return _scoped(f"{listing.name}.count", listing, Row, lambda where: plain.where(*where))


def _ends(listing: Listing[Any], shape: PageShape) -> list[ColumnElement[bool]]:
    # A cursor was given out within the range of its list, so it says all that this end of the range says. With both, an
    # index scan may begin at the range's end and walk all the rows up to the cursor: page by page more of them.
    below, above = (shape.before, shape.after) if shape.keyset.descending else (shape.after, shape.before)
    return _given(None if below else listing.lower, None if above else listing.upper)


def _parents_of(condition: ColumnElement[bool]) -> FromClause:
    """The table that a list's rows are compared with, to find whose they are; it stands two selections further out."""
    parent = cast("ColumnClause[Any]", cast("BinaryExpression[Any]", condition).right)
    assert parent.table is not None, "a column of it"
    return parent.table


def _given(*conditions: ColumnElement[bool] | None) -> list[ColumnElement[bool]]:
    return [condition for condition in conditions if condition is not None]


Build = Callable[[tuple[ColumnElement[bool], ...]], Select[Any]]


def _scoped(name: str, listing: Listing[Any], row: type[S], build: Build) -> Statement[S]:
    scope = listing.scope
    query = build(()) if scope is None else for_each_parent(lambda parent: build((scope == parent,)))
    return compile_statement(name, query, row, listing.sight)


@dataclass(frozen=True, slots=True, eq=False)
class Lookup(Generic[R]):
    """Rows by the values of a unique column. Made once, compared by identity.

    `guard` is the column with the key of another row, which must be visible too.
    """

    name: str
    row: type[R]
    columns: Columns
    key: Column
    where: tuple[ColumnElement[bool], ...]
    sight: Sight = Sight.PUBLIC
    guard: Column | None = None


@lru_cache(maxsize=512)
def lookup_statement(lookup: Lookup[R], uses: frozenset[str] | None = None) -> Statement[R]:
    """The statement of a lookup: takes `keys`; which columns are wanted is said as for a page."""
    guard = () if lookup.guard is None else (lookup.guard,)
    columns = chosen(lookup.columns, uses, (lookup.columns[0], lookup.key, *guard))
    keys = key_table(lookup.key.type)
    found = fenced(select(*columns).where(lookup.key == keys.c.key, *lookup.where), "found")
    return compile_statement(lookup.name, select(found).select_from(keys.join(found, true())), lookup.row, lookup.sight)
