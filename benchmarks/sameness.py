"""What two answers have in common where they say the same in other words."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

from domain.ids import decode_global_id
from domain.money import Money


def canonical(value: object) -> object:
    """An answer in a form that is equal for all peers.

    A key is a UUID or a global id around it; an instant has any offset and precision; a price is an amount with a
    currency, or minor units with one.
    """
    match value:
        case list():
            return [canonical(each) for each in value]
        case {"amount": str(amount), "currency": str(currency)}:
            return Decimal(amount), currency
        case {"priceAmount": str(minor), "priceCurrency": str(currency), **others}:
            return {**_members(others), "price": (Decimal(Money(int(minor), currency).amount), currency)}
        case dict():
            return _members(value)
        case _:
            return value


def _members(value: dict[object, object]) -> dict[object, object]:
    return {name: _member(name, each) for name, each in value.items()}


def _member(name: object, value: object) -> object:
    match name, value:
        case "id", str(text):
            return _key(text)
        case "eventStart", str(text):
            return dt.datetime.fromisoformat(text).astimezone(dt.UTC)
        case _:
            return canonical(value)


def _key(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return decode_global_id(text)[1]
