"""Pools of places: entering and changing them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from commands.catalogue.rows import changed, check, check_version, key_of, own
from commands.catalogue.saving import alter, enter
from commands.writing import Write, Writer
from db.models import CapacityPool, Organisation
from domain.catalogue import POOL, pool_faults
from domain.inputs import read
from domain.user_errors import InvalidInput, Rejected


async def upsert_pool(
    writer: Writer, *, global_id: str | None, version: int | None, given: Mapping[str, Any]
) -> uuid.UUID:
    """Enter a pool, or change one. It never has fewer places than are sold and held.

    Args:
        writer: who does.
        global_id: of the pool to change; None for a new one.
        version: the one that was read, where one is changed.
        given: its values by the names of `domain.catalogue.POOL`.

    Returns:
        Its key.

    Raises:
        Rejected: `InvalidInput`, `NotFound`, `NotPermitted`, `VersionConflict`.
    """
    values = read(POOL, given, is_new=global_id is None)
    if global_id is None:
        return await writer.transact(lambda write: _create(write, values))
    key = key_of(global_id, "CapacityPool", "id")
    return await writer.transact(lambda write: _update(write, key, version, values))


async def _create(write: Write, values: Mapping[str, Any]) -> uuid.UUID:
    await own(write, Organisation, values["organisation_id"], "input", "organisationId", share=True)
    return await enter(write, CapacityPool, values)


async def _update(write: Write, key: uuid.UUID, version: int | None, values: Mapping[str, Any]) -> uuid.UUID:
    row = await own(write, CapacityPool, key, "id")
    check_version(row, version)
    news = changed(row, values)
    if "organisation_id" in news:
        message = "A pool stays with its organisation: `organisationId` cannot be changed."
        raise Rejected(InvalidInput(("input", "organisationId"), message))
    check(pool_faults({**row, **news}))
    await alter(write, CapacityPool, row, news)
    return key
