"""Functions, by id, by slug, and in pages by date."""

from __future__ import annotations

from enum import Enum
from functools import lru_cache

from sqlalchemy import false

from db.models import Function
from db.rows import FunctionRow
from db.statements.paging import Column, Keyset, Listing, Lookup
from db.visibility import BELOW, ROWS, BySight, Sight, by_sight, columns_of, sifting

_PUBLIC = (
    Function.function_id,
    Function.organisation_id,
    Function.name,
    Function.slug,
    Function.description,
    Function.start_date,
    Function.end_date,
    Function.sort_date,
    Function.timezone,
    Function.location,
    Function.image_url,
    Function.is_active,
    Function.metadata_,
    Function.version,
    Function.created_at,
    Function.updated_at,
)

COLUMNS = columns_of(Function, _PUBLIC, {Function.private_metadata: "STAFF", Function.deleted_at: "STAFF"})


def _lookup(name: str, key: Column) -> BySight[Lookup[FunctionRow]]:
    return by_sight(lambda sight: Lookup(name, FunctionRow, COLUMNS[sight], key, (ROWS[sight].functions,), sight))


BY_ID = _lookup("functions.by_id", Function.function_id)
BY_SLUG = _lookup("functions.by_slug", Function.slug)

BY_START = Keyset("START_DATE", (Function.sort_date, Function.function_id))
"""By first day; those without one come last."""

BY_LATEST = Keyset("START_DATE DESC", BY_START.columns, descending=True)
"""The other way round."""


class FunctionScope(Enum):
    """Whose functions: everybody's, or an organisation's."""

    ALL = "functions"
    ORGANISATION = "organisation.functions"


@lru_cache(maxsize=16)
def listing(
    scope: FunctionScope, sight: Sight = Sight.PUBLIC, *, is_active: bool | None = None
) -> Listing[FunctionRow]:
    """The list of a scope's functions, of all of them or of those that are active, or are not."""
    where = [(ROWS if scope is FunctionScope.ALL else BELOW)[sight].functions]
    if is_active is not None and not sight.is_privileged:
        where += [] if is_active else [false()]
    elif is_active is not None:
        where.append(sifting(Function.is_active.expression if is_active else ~Function.is_active.expression))
    of = Function.organisation_id if scope is FunctionScope.ORGANISATION else None
    return Listing(scope.value, FunctionRow, COLUMNS[sight], tuple(where), of, sight=sight)
