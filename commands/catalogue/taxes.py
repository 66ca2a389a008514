"""Taxes: entering and changing them. Which of them are on a ticket, `commands.catalogue.tickets` says."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from commands.catalogue.rows import changed, check_version, key_of, own
from commands.catalogue.saving import alter, enter
from commands.catalogue.targets import check_stays
from commands.writing import Write, Writer
from db.models import Organisation
from db.pricing_models import Tax
from domain.inputs import read
from domain.terms import TAX


async def upsert_tax(
    writer: Writer, *, global_id: str | None, version: int | None, given: Mapping[str, Any]
) -> uuid.UUID:
    """Enter a tax, or change one. What was ordered keeps the taxes of its day.

    Args:
        writer: who does.
        global_id: of the tax to change; None for a new one.
        version: the one that was read, where one is changed.
        given: its values by the names of `domain.terms.TAX`.

    Returns:
        Its key.

    Raises:
        Rejected: `InvalidInput`, `NotFound`, `NotPermitted`, `VersionConflict`.
    """
    values = read(TAX, given, is_new=global_id is None)
    if global_id is None:
        return await writer.transact(lambda write: _create(write, values))
    key = key_of(global_id, "Tax", "id")
    return await writer.transact(lambda write: _update(write, key, version, values))


async def _create(write: Write, values: Mapping[str, Any]) -> uuid.UUID:
    await own(write, Organisation, values["organisation_id"], "input", "organisationId", share=True)
    return await enter(write, Tax, values)


async def _update(write: Write, key: uuid.UUID, version: int | None, values: Mapping[str, Any]) -> uuid.UUID:
    row = await own(write, Tax, key, "id")
    check_version(row, version)
    news = changed(row, values)
    check_stays(news, ("organisation_id",), "A tax")
    await alter(write, Tax, row, news)
    return key
