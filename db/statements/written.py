"""Rows that PostgreSQL writes as JSON: for pages below which nothing is left to be asked.

A row's JSON is made of pieces, which are the same in every row (keys, punctuation, the names of types), and of values,
each from its columns. Pieces are parameters: what an operation calls its fields makes no other statement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from itertools import chain, zip_longest
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Numeric,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal_column,
)
from sqlalchemy.types import TypeEngine

from db.models import Event, Function, Package, Ticket
from domain.money import CURRENCIES_BY_DIGITS, USUAL_DIGITS

Kind = Literal["text", "integer", "boolean", "instant", "day", "key", "amount"]
"""How a value is written. A `key` is 32 hexadecimal digits and an `amount` a decimal number, both without quotes, which
are in the pieces around them; an `amount` is made of minor units and a currency. Every other kind of one column, and a
null of it is `null`."""


class Value(NamedTuple):
    """A value in the JSON of a row, and the columns that it is made of."""

    kind: Kind
    columns: tuple[str, ...]


MODELS: Final[Mapping[str, type[Any]]] = {"Function": Function, "Event": Event, "Ticket": Ticket, "Package": Package}
"""The tables whose rows are written, by their type in GraphQL."""

_KINDS: Final[Mapping[type[TypeEngine[Any]], Kind]] = {
    Text: "text",
    Integer: "integer",  # not what is derived from it: a BigInteger may hold what GraphQL's Int does not
    Boolean: "boolean",
    DateTime: "instant",
    Date: "day",
}


@cache
def kind_of(typename: str, column: str) -> Kind | None:
    """How a column of a type's rows is written by itself; None where it is not."""
    found = _column(typename, column)
    return None if found is None else _KINDS.get(type(found.type))


@cache
def is_certain(typename: str, column: str) -> bool:
    """Whether a column of a type's rows is never null."""
    found = _column(typename, column)
    return found is not None and not found.nullable


def _column(typename: str, column: str) -> Column[Any] | None:
    model = MODELS.get(typename)
    return None if model is None else model.__table__.columns.get(column)


def json_of(values: Sequence[Value], columns: Mapping[str, ColumnElement[Any]]) -> ColumnElement[str]:
    """The JSON of a row: the parameters `piece_0`, `piece_1`, …, and a value between each two of them."""
    pieces = (bindparam(f"piece_{number}", type_=Text) for number in range(len(values) + 1))
    written = (_WRITE[value.kind](*(columns[name] for name in value.columns)) for value in values)
    parts = [part for part in chain.from_iterable(zip_longest(pieces, written)) if part is not None]
    whole = parts[0]
    for part in parts[1:]:
        whole = whole.concat(part)
    return whole


def piece_values(pieces: Sequence[str]) -> dict[str, str]:
    """The parameters of the pieces."""
    return {f"piece_{number}": piece for number, piece in enumerate(pieces)}


def _as_json(value: ColumnElement[Any]) -> ColumnElement[str]:
    return _or_null(cast(func.to_json(value), Text))


def _plain(value: ColumnElement[Any]) -> ColumnElement[str]:
    return _or_null(cast(value, Text))


def _instant(value: ColumnElement[Any]) -> ColumnElement[str]:
    """As RFC 3339 has it, in UTC; a fraction of a second has six digits, where there is one."""
    there = func.timezone(literal_column("'UTC'"), value)
    is_whole = func.date_trunc(literal_column("'second'"), there) == there
    seconds = case((is_whole, literal_column(_WHOLE)), else_=literal_column(_WITH_FRACTION))
    return _or_null(func.to_char(there, seconds))


_WHOLE: Final = r"""'\"YYYY-MM-DD"T"HH24:MI:SS"Z"\"'"""
_WITH_FRACTION: Final = _WHOLE.replace("SS", "SS.US")


def _key(value: ColumnElement[Any]) -> ColumnElement[str]:
    return func.encode(func.uuid_send(value), literal_column("'hex'"))


def _amount(minor: ColumnElement[Any], currency: ColumnElement[Any]) -> ColumnElement[str]:
    """As `domain.money` writes it."""
    others = CURRENCIES_BY_DIGITS.items()
    return case(
        # What is usual first, for one look: in a list of more than eight constants PostgreSQL looks by hash.
        (currency.not_in(_listed(chain.from_iterable(CURRENCIES_BY_DIGITS.values()))), _shifted(minor, USUAL_DIGITS)),
        *((currency.in_(_listed(codes)), _shifted(minor, digits)) for digits, codes in others),
    )


def _shifted(minor: ColumnElement[Any], digits: int) -> ColumnElement[str]:
    return cast(minor if not digits else minor * literal_column(str(Decimal(1).scaleb(-digits)), Numeric), Text)


def _listed(codes: Iterable[str]) -> list[ColumnElement[str]]:
    return [literal_column(f"'{code}'", Text) for code in codes]


def _or_null(text: ColumnElement[Any]) -> ColumnElement[str]:
    return func.coalesce(text, literal_column("'null'"))


_WRITE: Final[Mapping[Kind, Callable[..., ColumnElement[str]]]] = {
    "text": _as_json,
    "integer": _plain,
    "boolean": _plain,
    "instant": _instant,
    "day": _as_json,
    "key": _key,
    "amount": _amount,
}
