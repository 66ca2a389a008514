"""Writing rows of the catalogue: new ones and changed ones, each with its slug and its entry in the audit log."""

from __future__ import annotations

import itertools
import secrets
import uuid
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Final

from commands.catalogue.rows import editing
from commands.writing import Write
from db.editing import Clash, Editing, Values
from db.soft_delete import KEYS, Model
from domain import slugs
from domain.ids import uuid7
from domain.user_errors import Rejected, Taken

Put = Callable[[str], Awaitable[None]]
"""Writes a row with a slug; raises `Clash` where something else has it."""

_COUNTED: Final = 5
"""How many slugs with a number are tried before one with random digits."""


async def enter(write: Write, model: Model, values: Values, *, heading: str | None = None) -> uuid.UUID:
    """Add a row, and have it noted.

    Args:
        write: the transaction.
        model: its table.
        values: its columns, but for the key.
        heading: what a slug is made of, where `values` has none; None for a table without slugs.

    Returns:
        Its key.

    Raises:
        Rejected: `Taken`.
    """
    key, now = uuid7(), write.writer.now
    row = {**values, KEYS[model].key: key, "created_at": now, "updated_at": now}

    async def put(slug: str) -> None:
        await editing(write).insert(model, {**row, "slug": slug})

    if "slug" in values:
        await _put_wanted(write, put, values["slug"])
    elif heading is not None:
        await _put_named(put, heading, model.__name__.lower())
    else:
        await editing(write).insert(model, row)
    write.note(f"create {called(model)}", f"{called(model)} {key}")
    return key


async def alter(write: Write, model: Model, row: Values, news: Values, *, told: Iterable[str] = ()) -> None:
    """Change a row that was found, and have it noted; nothing is done where nothing changes.

    Args:
        write: the transaction.
        model: its table.
        row: as it is.
        news: the columns that change.
        told: what else of it changes.

    Raises:
        Rejected: `Taken`.
    """
    key = row[KEYS[model].key]
    names = sorted({*news, *told})
    if not names:
        return

    async def put(slug: str) -> None:
        await editing(write).update(model, key, {**news, "slug": slug}, at=write.writer.now)

    if "slug" in news:
        await _put_wanted(write, put, news["slug"])
    else:
        await editing(write).update(model, key, news, at=write.writer.now)
    write.note(f"update {called(model)}", f"{called(model)} {key}", version=row["version"] + 1, changed=names)


_CALLED: Final = {"CapacityPool": "pool", "PriceRule": "price rule", "EligibilityRule": "eligibility rule"}


def called(model: Model) -> str:
    """What a row of a table is called in the audit log."""
    return _CALLED.get(model.__name__, model.__name__.lower())


async def _put_wanted(write: Write, put: Put, slug: str) -> None:
    """Write a row with the slug that was asked for; where something else has it, suggest one that is free."""
    try:
        await put(slug)
    except Clash:
        free = await _free(editing(write), put, _alike(slug))
        hint = f"; `{free}` is free" if free else ""
        message = f"Something else has the slug `{slug}`{hint}."
        raise Rejected(Taken(("input", "slug"), message, free)) from None


async def _put_named(put: Put, name: str, fallback: str) -> None:
    """Write a row with a slug made of its name, told apart from those that others have."""
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
