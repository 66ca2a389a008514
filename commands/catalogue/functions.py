"""Functions: entering and changing them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from commands.catalogue.rows import changed, check, check_version, key_of, only_function, own
from commands.catalogue.saving import alter, enter
from commands.writing import Write, Writer
from db.models import Function, Organisation
from domain.catalogue import FUNCTION, function_faults
from domain.inputs import read
from domain.user_errors import InvalidInput, NotPermitted, Rejected


async def create_function(writer: Writer, *, given: Mapping[str, Any]) -> uuid.UUID:
    """Enter a function of an organisation.

    Args:
        writer: who does.
        given: its values by the names of `domain.catalogue.FUNCTION`.

    Returns:
        Its key.

    Raises:
        Rejected: `InvalidInput`; `NotFound` and `NotPermitted` of the organisation; `Taken` of the slug;
            `NotPermitted`, where one function is all that is shown.
    """
    values = read(FUNCTION, given, is_new=True)
    check(function_faults(values))

    if only_function(writer) is not None:
        raise Rejected(NotPermitted(None, "This server shows one function alone: enter another where all are shown."))

    async def work(write: Write) -> uuid.UUID:
        await own(write, Organisation, values["organisation_id"], "input", "organisationId", share=True)
        return await enter(write, Function, values, heading=values["name"])

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

    async def work(write: Write) -> uuid.UUID:
        row = await own(write, Function, key, "id")
        check_version(row, version)
        news = changed(row, values)
        if "organisation_id" in news:
            if row["organisation_id"] is not None:
                message = "A function stays with its organisation: `organisationId` cannot be changed."
                raise Rejected(InvalidInput(("input", "organisationId"), message))
            await own(write, Organisation, news["organisation_id"], "input", "organisationId", share=True)
        check(function_faults({**row, **news}))
        await alter(write, Function, row, news)
        return key

    return await writer.transact(work)
