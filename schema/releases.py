"""The schema against those that were released: what was promised to clients holds, or was broken on purpose.

`schema/released/` has each released schema as it was: `2.1.graphql` is the second of version 2, and adds to the first.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    find_breaking_changes,
)
from graphql.execution.values import get_directive_values

from domain.versions import Break, Version

FOLDER: Final = Path(__file__).parent / "released"
_NAME: Final = re.compile(r"(\d+)\.(\d+)")


@dataclass(frozen=True, slots=True, order=True)
class Release:
    """A released schema: the number of its version, and how many there were of it before."""

    version: int
    minor: int

    def __str__(self) -> str:
        """Such as `2.1`."""
        return f"{self.version}.{self.minor}"

    @property
    def path(self) -> Path:
        """Where its SDL is."""
        return FOLDER / f"{self}.graphql"


def release_called(name: str) -> Release:
    """A release by its name.

    Raises:
        ValueError: it is not one.
    """
    found = _NAME.fullmatch(name)
    if found is None:
        raise ValueError(f"{name!r} is not the name of a released schema, such as 2.1")
    return Release(int(found[1]), int(found[2]))


def releases() -> list[Release]:
    """Every released schema, the oldest first."""
    return sorted(release_called(path.stem) for path in FOLDER.glob("*.graphql"))


def next_release(newest: Release, latest: Version) -> Release:
    """What the release after this one is called: the first of the latest version, or one that adds to it."""
    return (
        Release(newest.version, newest.minor + 1)
        if newest.version == int(latest.name)
        else Release(int(latest.name), 0)
    )


@dataclass(frozen=True, slots=True)
class Comparison:
    """What has become of a released schema.

    Attributes:
        breaking: each change that a client can break of, in words.
        broken_promises: those that nothing excuses: what was to work for longer than until today.
        deprecated: how many fields are deprecated now.
    """

    breaking: tuple[str, ...]
    broken_promises: tuple[str, ...]
    deprecated: int


def compare(released: str, present: str, today: dt.date) -> Comparison:
    """Find out what has become of a released schema.

    Args:
        released: its SDL.
        present: the SDL of what is served now.
        today: a field that was deprecated may be gone from its last day on.

    Raises:
        GraphQLError, TypeError: one of them is no schema.
    """
    old, new = build_schema(released), build_schema(present)
    breaking = tuple(change.description for change in find_breaking_changes(old, new)) + tuple(_withheld(old, new))
    deprecated = sum(field.deprecation_reason is not None for _, field in _fields(new))
    return Comparison(breaking, tuple(_promises_broken(old, new, breaking, today)), deprecated)


def faults(compared: Comparison, recorded: Sequence[Break], guides: Collection[str]) -> list[str]:
    """What stands in the way of a release; nothing, where every promise holds and each break was recorded.

    Args:
        compared: the newest release with what is served now.
        recorded: what was broken on purpose.
        guides: the names of the guides there are.
    """
    known = {each.change for each in recorded}
    return [
        *compared.broken_promises,
        *(
            f"{change} Take it back, or record it in domain/versions.py, with a new version and a guide."
            for change in compared.breaking
            if change not in known
        ),
        *(
            f"{each.change!r} is recorded as breaking, and nothing is broken so: take the record out."
            for each in recorded
            if each.change not in compared.breaking
        ),
        *(
            f"{each.change!r} is recorded without a guide: there is no server/guides/{each.guide}.md."
            for each in recorded
            if each.guide not in guides
        ),
        *(f"{each.change!r} is recorded without a reason." for each in recorded if not each.why.strip()),
    ]


def _promises_broken(old: GraphQLSchema, new: GraphQLSchema, breaking: Sequence[str], today: dt.date) -> Iterator[str]:
    for name, before in _fields(old):
        ends = _ends(old, before)
        if ends is None or ends <= today:
            continue
        after = _field(new, name)
        until = f"it was promised to work until {ends}, and nothing excuses it"
        if after is None:
            yield f"{name} is gone: {until}."
            continue
        yield from (f"{each} But {until}." for each in breaking if re.search(rf"\b{re.escape(name)}\b", each))
        sooner = _ends(new, after)
        if sooner is not None and sooner < ends:
            yield f"{name} ends on {sooner}: {until}."


def promises(released: str) -> dict[str, dt.date]:
    """The deprecated fields of a schema, as `Type.field`, and until when each works."""
    schema = build_schema(released)
    return {name: ends for name, field in _fields(schema) if (ends := _ends(schema, field)) is not None}


def _withheld(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[str]:
    """The fields that fewer may see than before, which is no change of types."""
    for name, before in _fields(old):
        after = _field(new, name)
        if after is None:
            continue
        needed, needs = (
            _said(each, field, "requires").get("permission") for each, field in ((old, before), (new, after))
        )
        if needs not in {None, needed}:
            yield f"{name} needs {needs}; it needed {needed or 'nothing'}."


def _ends(schema: GraphQLSchema, field: GraphQLField) -> dt.date | None:
    ends = _said(schema, field, "sunset").get("ends")
    return None if ends is None else dt.date.fromisoformat(ends)


def _said(schema: GraphQLSchema, field: GraphQLField, directive: str) -> dict[str, Any]:
    declared = schema.get_directive(directive)
    if declared is None or field.ast_node is None:
        return {}
    return get_directive_values(declared, field.ast_node) or {}


def _fields(schema: GraphQLSchema) -> Iterator[tuple[str, GraphQLField]]:
    for name, each in schema.type_map.items():
        if isinstance(each, GraphQLObjectType | GraphQLInterfaceType) and not name.startswith("__"):
            yield from ((f"{name}.{field}", definition) for field, definition in each.fields.items())


def _field(schema: GraphQLSchema, coordinate: str) -> GraphQLField | None:
    owner, _, name = coordinate.partition(".")
    each = schema.get_type(owner)
    return each.fields.get(name) if isinstance(each, GraphQLObjectType | GraphQLInterfaceType) else None
