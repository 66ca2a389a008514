"""Pages that PostgreSQL writes as JSON: of rows below which nothing is left to be asked.

A row's JSON is made of values, each from its columns, and of pieces around them, which are the same in every row: keys,
punctuation, the names of types. Pieces are parameters: what an operation calls its fields makes no other statement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import chain
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

Kind = Literal["text", "code", "integer", "boolean", "instant", "day", "key", "amount"]
"""How a value is written. A `code` is text that JSON has no need to escape, a `key` 32 hexadecimal digits, and an
`amount` a decimal number, made of minor units and a currency: all three without quotes, which are in the pieces around
them, and of columns that are never null. Every other kind is of one column, and a null of it is `null`."""


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


CODES: Final = frozenset({"price_currency", "timezone", "slug"})
"""Columns of text in which the tables' own checks let nothing stand that JSON has to escape."""


@cache
def kind_of(typename: str, column: str) -> Kind | None:
    """How a column of a type's rows is written by itself; None where it is not."""
    if column in CODES and is_certain(typename, column):
        return "code"
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


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """What the JSON of a page is made of. Made once, compared by identity.

    Attributes:
        values: what a row shows; all that the statement depends on.
        texts: the statement's parameters: what stands between the values of a row, between the rows, and around them.
    """

    values: tuple[Value, ...]
    texts: Mapping[str, str]

    @classmethod
    def of(cls, opening: str, pieces: Sequence[str], values: tuple[Value, ...], closing: str) -> Template:
        """A template.

        Args:
            opening: stands before the first row.
            pieces: of a row: what stands before its first value, between its values, and after the last one.
            values: of a row; one less than pieces.
            closing: stands after the last row.
        """
        first, *between, last = [*pieces, ""] if not values else pieces
        texts = {f"piece_{number}": piece for number, piece in enumerate(between)}
        # What every row begins and ends with stands between rows, where it is put but once.
        around = {"opening": opening + first, "between": f"{last},{first}", "closing": last + closing}
        return cls(values, {**texts, **around, "empty": opening + closing})


def row_of(values: Sequence[Value], columns: Mapping[str, ColumnElement[Any]]) -> ColumnElement[str]:
    """A row without what all rows begin and end with: its values, and the parameters `piece_0`, … between them."""
    written = [_WRITE[value.kind](*(columns[name] for name in value.columns)) for value in values]
    whole = written[0] if written else literal_column("''", Text)
    for number, value in enumerate(written[1:]):
        whole = whole.concat(_text(f"piece_{number}")).concat(value)
    return whole


def page_of(rows: ColumnElement[str]) -> ColumnElement[str]:
    """A page of all these rows: takes `opening`, `between`, `closing`, and, where there is no row, `empty`."""
    joined = func.string_agg(rows, _text("between"), type_=Text)
    return func.coalesce(_text("opening").concat(joined).concat(_text("closing")), _text("empty"))


def _text(name: str) -> ColumnElement[str]:
    return bindparam(name, type_=Text)


def _as_json(value: ColumnElement[Any]) -> ColumnElement[str]:
    return _or_null(cast(func.to_json(value), Text))


def _code(value: ColumnElement[Any]) -> ColumnElement[str]:
    return value


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
    "code": _code,
    "integer": _plain,
    "boolean": _plain,
    "instant": _instant,
    "day": _as_json,
    "key": _key,
    "amount": _amount,
}
