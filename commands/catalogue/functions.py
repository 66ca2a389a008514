"""Functions: entering and changing them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any

from commands.catalogue.rows import (
    changed,
    check,
    check_version,
    editing,
    key_of,
    own,
    put_named,
    put_wanted,
)
from commands.writing import Write, Writer
from db.models import Function, Organisation
from domain.catalogue import FUNCTION, function_faults
from domain.ids import uuid7
from domain.inputs import read
from domain.user_errors import InvalidInput, Rejected


async def create_function(writer: Writer, *, given: Mapping[str, Any]) -> uuid.UUID:
    """Enter a function of an organisation.

    Args:
        writer: who does.
        given: its values by the names of `domain.catalogue.FUNCTION`.

    Returns:
        Its key.

    Raises:
        Rejected: `InvalidInput`; `NotFound` and `NotPermitted` of the organisation; `Taken` of the slug.
    """
    values = read(FUNCTION, given, is_new=True)
    check(function_faults(values))

    async def work(write: Write) -> uuid.UUID:
        await own(write, Organisation, values["organisation_id"], "input", "organisationId", share=True)
        key = uuid7()

        async def put(slug: str) -> None:
            row = {**values, "function_id": key, "slug": slug, "created_at": writer.now, "updated_at": writer.now}
            await editing(write).insert(Function, row)

        if "slug" in values:
            await put_wanted(write, put, values["slug"])
        else:
            await put_named(put, values["name"], "function")
        write.note("create function", f"function {key}", organisation=str(values["organisation_id"]))
        return key

    return await writer.transact(work)


async def update_function(writer: Writer, *, global_id: str, version: int, given: Mapping[str, Any]) -> uuid.UUID:
    """Change a function.

    Args:
        writer: who does.
        global_id: of the function.
        version: the one that was read; it is changed only if it is still that.
        given: what is to change, by the names of `domain.catalogue.FUNCTION`.

    Returns:
        Its key.

    Raises:
        Rejected: `InvalidInput`, `NotFound`, `NotPermitted`, `VersionConflict`, `Taken`.
    """
    key = key_of(global_id, "Function", "id")
    values = read(FUNCTION, given, is_new=False)
    return await writer.transact(partial(_update, key=key, version=version, values=values))


async def _update(write: Write, *, key: uuid.UUID, version: int, values: Mapping[str, Any]) -> uuid.UUID:
    row = await own(write, Function, key, "id")
    check_version(row, version)
    news = changed(row, values)
    if not news:
        return key
    if "organisation_id" in news:
        if row["organisation_id"] is not None:
            message = "A function stays with its organisation: `organisationId` cannot be changed."
            raise Rejected(InvalidInput(("input", "organisationId"), message))
        await own(write, Organisation, news["organisation_id"], "input", "organisationId", share=True)
    check(function_faults({**row, **news}))

    async def put(slug: str) -> None:
        await editing(write).update(Function, key, {**news, "slug": slug}, at=write.writer.now)

    if "slug" in news:
        await put_wanted(write, put, news["slug"])
    else:
        await editing(write).update(Function, key, news, at=write.writer.now)
    write.note("update function", f"function {key}", version=version + 1, changed=sorted(news))
    return key
