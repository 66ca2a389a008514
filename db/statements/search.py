"""Full-text search over functions, events and packages, best match first.

It finds what anyone may see, whoever asks: the indexes hold nothing else, and what is not public yet is listed by its
organisation.

A search ranks what it matches, so it sorts its matches; the GIN indexes find them without scanning a table.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Float,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    column,
    exists,
    func,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.sql.selectable import TableValuedAlias

from db.deployment import INSIDE, Part
from db.models import Event, Function, Package
from db.rows import Row
from db.statement import Statement, compile_statement
from db.statements.paging import Column
from db.visibility import ROWS, Sight

_QUERY = func.websearch_to_tsquery(literal_column("'simple'::regconfig"), literal_column("$1", Text()))

_FINDS = func.querytree(_QUERY).not_in((literal_column("''"), literal_column("'T'")))
"""Whether an index can answer the query at all: one that only excludes would match, and rank, nearly every row."""


def _matches(typename: str, key: Column, document: Column, visible: ColumnElement[bool]) -> Select[Any]:
    matches: Any = select(
        literal_column(f"'{typename}'", Text()).label("typename"),
        key.label("key"),
        func.ts_rank(document, _QUERY).cast(Float(53)).label("rank"),
    ).where(document.op("@@", is_comparison=True)(_QUERY), visible, _FINDS)
    return cast("Select[Any]", matches)


MATCHES = compile_statement(
    "search.matches",
    union_all(
        _matches("Function", Function.function_id, Function.search, ROWS.public.functions),
        _matches("Event", Event.event_id, Event.search, ROWS.public.events),
        _matches("Package", Package.package_id, Package.search, ROWS.public.packages),
    ),
    Row,
)
"""What a text (`$1`) finds, each with how well it fits."""

SEARCH_FUNCTION = f"""
    CREATE OR REPLACE FUNCTION search_catalogue(query text)
    RETURNS TABLE (typename text, key uuid, rank double precision)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$ {MATCHES.text} $$
"""
"""Under row-level security no index answers `@@`, which might tell of rows that it is not meant to see. So a function
of the owner's searches, under the condition of what anyone may see, and gives keys, which are looked up as always."""


_FOUND: tuple[tuple[str, type[Any], Column], ...] = (
    ("Function", Function, Function.function_id),
    ("Event", Event, Event.event_id),
    ("Package", Package, Package.package_id),
)
"""The types of what is found, their tables, and the keys that are found of each."""


def _is_inside(
    found: TableValuedAlias, typename: str, model: type[Any], key: Column, part: Part
) -> ColumnElement[bool]:
    """Whether a match is of a type, and of what the deployment shows."""
    inside = exists(literal_column("1", Integer)).where(key == found.c.key, INSIDE[part][model]).correlate(found)
    return and_(found.c.typename == literal_column(f"'{typename}'", Text()), inside)


@lru_cache(maxsize=6)
def page(sight: Sight = Sight.PUBLIC, *, after: bool) -> Statement[Row]:
    """Rows of `typename`, `key` and `rank`, by falling rank, then by key and type, since only both together are unique.

    Parameters: `query` in the syntax of web search engines (`"a phrase" -not or`), `limit`, and with `after` the rank,
    key and type of the last row seen, as `after_0` to `after_2`.
    """
    found = func.search_catalogue(bindparam("query", type_=Text())).table_valued(
        column("rank", Float(53)), column("key", Uuid()), column("typename", Text()), name="found"
    )
    order = (found.c.rank, found.c.key, found.c.typename)
    query = select(*order)
    if sight.part is not None:
        query = query.where(or_(*(_is_inside(found, *each, sight.part) for each in _FOUND)))
    if after:
        bound = tuple_(*(bindparam(f"after_{place}", type_=column.type) for place, column in enumerate(order)))
        query = query.where(tuple_(*order) < bound)
    query = query.order_by(*(column.desc() for column in order)).limit(bindparam("limit", type_=Integer))
    return compile_statement("search.page", query, Row, sight.for_anyone, reads=("functions", "events", "packages"))
