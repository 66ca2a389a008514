"""Scalars: how values are written in JSON, and read from it."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import Any, NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

CurrencyCode = NewType("CurrencyCode", str)
TimeZone = NewType("TimeZone", str)
URL = NewType("URL", str)


def _write_datetime(value: dt.datetime) -> str:
    text = value.astimezone(dt.UTC).isoformat()
    return text.removesuffix("+00:00") + "Z"


def _read_datetime(value: Any) -> dt.datetime:  # noqa: ANN401 - whatever a client sent
    with suppress(TypeError, ValueError, OverflowError):
        moment = dt.datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            return moment.astimezone(dt.UTC)
    raise GraphQLError(
        f"DateTime cannot represent {value!r}; expected RFC 3339 with an offset, such as 2027-05-01T18:00:00Z."
    )


def _read_date(value: Any) -> dt.date:  # noqa: ANN401 - whatever a client sent
    try:
        return dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise GraphQLError(f"Date cannot represent {value!r}; expected a day such as 2027-05-01.") from None


SCALARS: dict[object, ScalarDefinition] = {
    dt.datetime: strawberry.scalar(
        name="DateTime",
        description="A moment in UTC, as RFC 3339 writes it: `2027-05-01T18:00:00Z`.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=_write_datetime,
        parse_value=_read_datetime,
    ),
    dt.date: strawberry.scalar(
        name="Date",
        description="A day of the calendar: `2027-05-01`.",
        serialize=dt.date.isoformat,
        parse_value=_read_date,
    ),
    CurrencyCode: strawberry.scalar(
        name="CurrencyCode",
        description="A currency by its three letters in ISO 4217: `EUR`.",
        specified_by_url="https://www.iso.org/iso-4217-currency-codes.html",
        serialize=str,
        parse_value=str,
    ),
    TimeZone: strawberry.scalar(
        name="TimeZone",
        description="A zone by its name in the IANA time zone database: `Europe/Brussels`.",
        specified_by_url="https://www.iana.org/time-zones",
        serialize=str,
        parse_value=str,
    ),
    URL: strawberry.scalar(
        name="URL",
        description="An absolute address: `https://example.org/poster.png`.",
        specified_by_url="https://url.spec.whatwg.org/",
        serialize=str,
        parse_value=str,
    ),
}
