"""What may be said of functions, events and what is sold for them: field by field, and of all fields together.

Fields have the names of columns. Rules take all values of a row as they would be, and give what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from domain import inputs
from domain.inputs import Field, id_of, not_before, text
from domain.user_errors import InvalidInput

Rule = Callable[[Mapping[str, Any]], Iterator[InvalidInput]]

FUNCTION: Final[Mapping[str, Field]] = {
    "name": Field(inputs.heading, needed=True),
    "slug": Field(inputs.slug),
    "description": Field(text(inputs.MAX_DESCRIPTION), cleared=True),
    "start_date": Field(inputs.day, cleared=True),
    "end_date": Field(inputs.day, cleared=True),
    "timezone": Field(inputs.zone, needed=True),
    "location": Field(text(inputs.MAX_HEADING), cleared=True),
    "image_url": Field(inputs.address, cleared=True),
    "is_active": Field(inputs.flag),
    "metadata": Field(inputs.json_object, cleared=True),
    "private_metadata": Field(inputs.json_object, cleared=True),
    "organisation_id": Field(id_of("Organisation"), needed=True),
}


def function_faults(row: Mapping[str, Any]) -> Iterator[InvalidInput]:
    """What is wrong with a function as a whole."""
    if row.get("end_date") is not None and row.get("start_date") is None:
        yield InvalidInput(("input", "startDate"), "`startDate` is missing: there is an `endDate`.")
    yield from not_before(row, "start_date", "end_date")
