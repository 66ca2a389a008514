"""Values that people and programs send: what is well-formed, checked before anything is looked up.

A check takes a value and gives it as it is to be stored, or raises `ValueError` with what would be right. The database
holds most of this a second time (`db.checks`); whatever passes here, passes there.
"""

from __future__ import annotations

import datetime as dt
import difflib
import json
import re
import unicodedata
import uuid
import zoneinfo
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

from domain import slugs
from domain.ids import decode_global_id
from domain.user_errors import ErrorCode, InvalidInput, Rejected, UserError

Check = Callable[[Any], Any]

_NO_TEXT = re.compile("[\0\ud800-\udfff]")
"""PostgreSQL's text holds no NUL, and UTF-8 no half of a surrogate pair."""

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_CURRENCY = re.compile("[A-Z]{3}")
_ADDRESS = re.compile("https?://[!-~\xa1-\ud7ff\ue000-\U0010ffff]+")
_NO_ZONES = frozenset({"localtime", "Factory"})

MAX_HEADING: Final = 500
MAX_LABEL: Final = 100
MAX_AMOUNT: Final = 10**9
MAX_DESCRIPTION: Final = 100_000
MAX_ADDRESS: Final = 2_000
MAX_JSON: Final = 64 * 1024
MAX_DEPTH: Final = 32
MAX_INT: Final = 2**31 - 1

EARLIEST: Final = dt.datetime(1, 1, 2, tzinfo=dt.UTC)
LATEST: Final = dt.datetime(9999, 12, 31, tzinfo=dt.UTC)
"""Moments are before it, and not before `EARLIEST`: every zone can show them."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an input.

    Attributes:
        check: what its value must be.
        needed: whether it must be given when something is made, and may never be null.
        cleared: whether it may be null. A field that is neither has a default of its own, and is not set to null.
    """

    check: Check
    needed: bool = False
    cleared: bool = False


def read(
    fields: Mapping[str, Field], given: Mapping[str, Any], *, is_new: bool, at: Sequence[str] = ("input",)
) -> dict[str, Any]:
    """The values of an input, as they are to be stored.

    Args:
        fields: what it may have, by the names of columns.
        given: what was given of it, by the same names; what is left out is not there, and stays as it is.
        is_new: whether something is made, so that all that is needed must be given.
        at: the way to the input.

    Raises:
        Rejected: with every fault.
    """
    values: dict[str, Any] = {}
    faults: list[InvalidInput] = []
    for name, field in fields.items():
        path = (*at, camel(name))
        if name not in given:
            if is_new and field.needed:
                faults.append(InvalidInput(path, f"`{path[-1]}` is missing.", ErrorCode.REQUIRED))
            continue
        value = given[name]
        if value is None:
            if not field.cleared:
                message = f"`{path[-1]}` may not be null: leave it out, or give it a value."
                faults.append(InvalidInput(path, message, ErrorCode.REQUIRED))
            values[name] = None
            continue
        try:
            values[name] = field.check(value)
        except ValueError as error:
            faults.append(InvalidInput(path, f"`{path[-1]}` {error}."))
    if faults:
        raise Rejected(*faults)
    return values


def missing(values: Mapping[str, Any], name: str, at: Sequence[str] = ("input",)) -> Iterator[InvalidInput]:
    """The fault of a value that is not there, though it is needed this time."""
    if values.get(name) is None:
        yield InvalidInput((*at, camel(name)), f"`{camel(name)}` is missing.", ErrorCode.REQUIRED)


def each_of(fields: Mapping[str, Field], given: Sequence[Mapping[str, Any]], *at: str) -> list[dict[str, Any]]:
    """The values of each input of a list, as they are to be stored.

    Raises:
        Rejected: with every fault of each.
    """
    values: list[dict[str, Any]] = []
    faults: list[UserError] = []
    for place, each in enumerate(given):
        try:
            values.append(read(fields, each, is_new=True, at=(*at, str(place))))
        except Rejected as rejected:
            faults += rejected.errors
    if faults:
        raise Rejected(*faults)
    return values


def camel(name: str) -> str:
    """A column's name as clients write it."""
    head, *rest = name.split("_")
    return head + "".join(each.capitalize() for each in rest)


def id_of(typename: str) -> Check:
    """The key behind an id of one type."""

    def check(value: str) -> uuid.UUID:
        try:
            found, key = decode_global_id(value)
        except ValueError:
            raise ValueError(f"is not an id; pass the `id` of a {typename} unchanged") from None
        if found != typename:
            raise ValueError(f"is an id of type {found}; one of type {typename} is needed")
        return key

    return check


def ids_of(typename: str, most: int) -> Check:
    """The keys behind a list of ids of one type, none of them twice."""
    key_of = id_of(typename)

    def check(value: Sequence[str]) -> tuple[uuid.UUID, ...]:
        some(0, most)(value)
        keys = tuple(key_of(each) for each in value)
        if len(set(keys)) < len(keys):
            raise ValueError("has the same id twice")
        return keys

    return check


def some(least: int, most: int) -> Check:
    """A list of so many."""

    def check(value: Sequence[Any]) -> Sequence[Any]:
        if not least <= len(value) <= most:
            raise ValueError(f"has {len(value)} items; it must have at least {least}, and at most {most}")
        return value

    return check


def text(limit: int) -> Check:
    """Any text that can be stored, of at most so many characters."""

    def check(value: str) -> str:
        found = _NO_TEXT.search(value)
        if found:
            raise ValueError(f"holds U+{ord(found[0]):04X}, which no text has; leave it out")
        if len(value) > limit:
            raise ValueError(f"has {len(value)} characters; at most {limit} fit")
        return value

    return check


def heading(value: str) -> str:
    """A text of one line or so, with something to be seen in it; without white space around it."""
    checked: str = text(MAX_HEADING)(value.strip())
    if not any(unicodedata.category(each)[0] in "LNPS" for each in checked):
        raise ValueError("is blank; write at least a word")
    return checked


def label(value: str) -> str:
    """A word or two."""
    checked = heading(value)
    if len(checked) > MAX_LABEL:
        raise ValueError(f"has {len(checked)} characters; at most {MAX_LABEL} fit")
    return checked


def amount(value: Decimal) -> Decimal:
    """What something costs, in major units of a currency."""
    if not value.is_finite() or not 0 <= value <= MAX_AMOUNT:
        raise ValueError(f'must be a decimal number between "0" and "{MAX_AMOUNT}"')
    return value


def currency(value: str) -> str:
    """The letters of a currency in ISO 4217."""
    if not _CURRENCY.fullmatch(value):
        raise ValueError("must be the three letters of a currency in ISO 4217, such as EUR")
    return value


def slug(value: str) -> str:
    """A name as it stands in addresses."""
    if len(value) <= slugs.MAX_LENGTH and _SLUG.fullmatch(value):
        return value
    like = slugs.slugify(value, fallback="winter-fest")
    raise ValueError(
        f"is no slug: those are words of lower-case letters and digits, joined by hyphens, of at most "
        f"{slugs.MAX_LENGTH} characters, such as `{like}`"
    )


def zone(value: str) -> str:
    """The name of a time zone that this machine knows."""
    if value in _zones():
        return value
    near = difflib.get_close_matches(value[:64], _zones(), n=1) or ["Europe/Brussels"]
    raise ValueError(f"is not the name of a time zone; the IANA database has names such as {near[0]}")


@cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones()) - _NO_ZONES


def address(value: str) -> str:
    """An absolute address of the web: a `javascript:` one would run in the page that shows it."""
    if len(value) > MAX_ADDRESS or not _ADDRESS.fullmatch(value) or any(map(str.isspace, value)) or not _host(value):
        raise ValueError(
            f"must be an absolute address such as https://example.org/poster.png, of at most {MAX_ADDRESS} characters"
        )
    return value


def _host(value: str) -> str | None:
    try:
        return urlsplit(value).hostname
    except ValueError:
        return None


def day(value: dt.date) -> dt.date:
    """A day that the database can hold."""
    if not dt.date.min < value < dt.date(9999, 12, 31):
        raise ValueError("must lie between 0001-01-02 and 9999-12-30")
    return value


def moment(value: dt.datetime) -> dt.datetime:
    """A moment that every zone can show."""
    if not EARLIEST <= value < LATEST:
        raise ValueError("must lie between the years 1 and 9999")
    return value


def flag(value: bool) -> bool:  # noqa: FBT001 - it is the value
    """True or false, which GraphQL has seen to."""
    return value


def whole(least: int, most: int = MAX_INT) -> Check:
    """A whole number between two others, both included."""

    def check(value: int) -> int:
        if not least <= value <= most:
            raise ValueError(f"must be at least {least}, and at most {most}")
        return value

    return check


def json_object(value: object) -> dict[str, Any]:
    """An object that JSON can write, and the database hold."""
    if not isinstance(value, dict):
        raise ValueError('must be a JSON object, such as {"track": "music"}')  # noqa: TRY004 - its field's fault
    for depth, leaf in _leaves(value):
        if depth > MAX_DEPTH:
            raise ValueError(f"is nested more than {MAX_DEPTH} levels deep")
        if isinstance(leaf, str) and _NO_TEXT.search(leaf):
            raise ValueError("holds a character that no text has (U+0000, or half of a surrogate pair)")
        if isinstance(leaf, int | float) and not -(2**53) < leaf < 2**53:
            raise ValueError("holds a number beyond 2^53, which not every reader of JSON keeps; write it as text")
    if len(json.dumps(value)) > MAX_JSON:
        raise ValueError(f"takes more than {MAX_JSON // 1024} KB as JSON")
    return value


def _leaves(value: object) -> Iterator[tuple[int, object]]:
    """Every name, text and number within a JSON value, and how deep it lies."""
    waiting = [(0, value)]
    while waiting:
        depth, each = waiting.pop()
        if isinstance(each, dict):
            yield from ((depth, name) for name in each)
            waiting.extend((depth + 1, below) for below in each.values())
        elif isinstance(each, list):
            waiting.extend((depth + 1, below) for below in each)
        else:
            yield depth, each


def not_before(
    values: Mapping[str, Any], first: str, last: str, at: Sequence[str] = ("input",)
) -> Iterator[InvalidInput]:
    """The fault of an end that lies before its start; of nothing where one of them is not there."""
    start, end = values.get(first), values.get(last)
    if start is not None and end is not None and end < start:
        yield InvalidInput((*at, camel(last)), f"`{camel(last)}` may not lie before `{camel(first)}`.")
