"""What all changes of the catalogue have in common: whose row it is, which version of it, and which slug."""

from __future__ import annotations

import itertools
import secrets
import uuid
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from auth.permissions import Permission, organisations_of
from auth.viewer import Role, Viewer
from commands.writing import Write
from db.editing import OWNER, Clash, Editing, Values
from db.soft_delete import Model
from domain import slugs
from domain.inputs import id_of
from domain.user_errors import InvalidInput, NotFound, NotPermitted, Rejected, Taken, VersionConflict

_COUNTED: Final = 5
"""How many slugs with a number are tried before one with random digits."""


def key_of(global_id: str, typename: str, *at: str) -> uuid.UUID:
    """The key behind the id of a thing of one type.

    Raises:
        Rejected: it is no such id.
    """
    try:
        key: uuid.UUID = id_of(typename)(global_id)
    except ValueError as error:
        raise Rejected(InvalidInput(at, f"`{at[-1]}` {error}.")) from None
    return key


def editing(write: Write) -> Editing:
    """The rows that the writer may write."""
    return Editing(write.connection, write.reach)


async def own(write: Write, model: Model, key: uuid.UUID, *at: str, share: bool = False) -> Values:
    """A row that the viewer may change, locked; or (`share`) one to put something below.

    Raises:
        Rejected: there is none that the viewer may see, or it is not for them to change.
    """
    row = await editing(write).find(model, key, share=share)
    if row is None:
        raise Rejected(NotFound(at, f"`{at[-1]}`: there is no {model.__name__} of yours with this id."))
    if not manages(write.writer.viewer, row[OWNER]):
        raise Rejected(
            NotPermitted(at, f"`{at[-1]}`: an `OWNER` or a `MANAGER` of its organisation may change it; you may not.")
        )
    return row


def manages(viewer: Viewer, organisation: uuid.UUID | None) -> bool:
    """Whether a viewer may change the rows of an organisation; those of none are the administrators'."""
    return viewer.role is Role.ADMIN or organisation in organisations_of(viewer, Permission.MANAGER)


def check_version(row: Values, version: int) -> None:
    """Refuse to change another version of a row than the one that was read.

    Raises:
        Rejected: it was changed since.
    """
    current = row["version"]
    if current != version:
        message = f"It was changed meanwhile: it has version {current}, and you have {version}. Read it and try again."
        raise Rejected(VersionConflict(("version",), message, current))


def check(faults: Iterable[InvalidInput]) -> None:
    """Refuse a row with anything wrong with it.

    Raises:
        Rejected: there is.
    """
    found = tuple(faults)
    if found:
        raise Rejected(*found)


def changed(row: Values, values: Mapping[str, Any]) -> dict[str, Any]:
    """What of some values a row does not have yet."""
    return {name: value for name, value in values.items() if row[name] != value}


Put = Callable[[str], Awaitable[None]]
"""Writes a row with a slug; raises `Clash` where something else has it."""


async def put_wanted(write: Write, put: Put, slug: str) -> None:
    """Write a row with the slug that was asked for.

    Raises:
        Rejected: something else has it; one that is free is suggested.
    """
    try:
        await put(slug)
    except Clash:
        free = await _free(editing(write), put, _alike(slug))
        hint = f"; `{free}` is free" if free else ""
        message = f"Something else has the slug `{slug}`{hint}."
        raise Rejected(Taken(("input", "slug"), message, free)) from None


async def put_named(put: Put, name: str, fallback: str) -> None:
    """Write a row with a slug made of its name, told apart from those that others have.

    Raises:
        Rejected: others have all that were tried.
    """
    wanted = slugs.slugify(name, fallback=fallback)
    for slug in itertools.chain([wanted], _alike(wanted)):
        try:
            await put(slug)
        except Clash:
            continue
        return
    raise Rejected(Taken(("input", "slug"), f"Others have `{wanted}` and much like it: choose a `slug`.", None))


async def _free(rows: Editing, put: Put, candidates: Iterable[str]) -> str | None:
    for slug in candidates:
        if await rows.would(lambda slug=slug: put(slug)):  # type: ignore[misc] # mypy infers no lambda with a default
            return slug
    return None


def _alike(slug: str) -> Iterator[str]:
    """Slugs to stand for one that is taken: with a number, then with random digits."""
    head = slug[: slugs.MAX_LENGTH - 9].rstrip("-")
    yield from (f"{head}-{number}" for number in range(2, 2 + _COUNTED))
    yield f"{head}-{secrets.token_hex(4)}"
