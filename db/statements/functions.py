"""Functions, by id, by slug, and in pages by date."""

from __future__ import annotations

from db import visibility
from db.models import Function
from db.rows import FunctionRow
from db.statements.paging import Keyset, Listing, Lookup

COLUMNS = (
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

BY_ID = Lookup("functions.by_id", FunctionRow, COLUMNS, Function.function_id, (visibility.FUNCTIONS,))
BY_SLUG = Lookup("functions.by_slug", FunctionRow, COLUMNS, Function.slug, (visibility.FUNCTIONS,))

BY_START = Keyset("START_DATE", (Function.sort_date, Function.function_id))
"""By first day; those without one come last."""

ALL = Listing("functions", FunctionRow, COLUMNS, (visibility.FUNCTIONS,))
OF_ORGANISATION = Listing(
    "organisation.functions", FunctionRow, COLUMNS, (visibility.FUNCTIONS,), scope=Function.organisation_id
)
