"""Vouchers: entering and changing codes that lower a price. No code is ever logged."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar

from commands.catalogue.rows import changed, check, check_version, key_of, own
from commands.catalogue.saving import alter, enter
from commands.catalogue.targets import check_stays, target
from commands.writing import Write, Writer
from db.editing import OWNER, Clash
from db.models import Organisation
from db.pricing_models import Voucher
from domain.inputs import read
from domain.terms import TARGETS, VOUCHER, voucher_faults, worth
from domain.user_errors import InvalidInput, Rejected, Taken

T = TypeVar("T")

_STAYS = ("organisation_id", *TARGETS)


async def upsert_voucher(
    writer: Writer, *, global_id: str | None, version: int | None, given: Mapping[str, Any]
) -> uuid.UUID:
    """Enter a voucher, or change one. Whoever has ordered with it keeps what they were promised.

    Args:
        writer: who does.
        global_id: of the voucher to change; None for a new one.
        version: the one that was read, where one is changed.
        given: its values by the names of `domain.terms.VOUCHER`.

    Returns:
        Its key.

    Raises:
        Rejected: `InvalidInput`; `NotFound` and `NotPermitted` of the voucher, its organisation or what it is good for;
            `Taken` of the code; `VersionConflict`.
    """
    values = read(VOUCHER, given, is_new=global_id is None)
    if global_id is None:
        check(voucher_faults(values))
        row = worth(values, None)
        return await writer.transact(lambda write: _with_its_code(_create(write, row)))
    key = key_of(global_id, "Voucher", "id")
    return await writer.transact(lambda write: _with_its_code(_update(write, key, version, values)))


async def _create(write: Write, values: Mapping[str, Any]) -> uuid.UUID:
    organisation = values["organisation_id"]
    await own(write, Organisation, organisation, "input", "organisationId", share=True)
    found = await target(write, values)
    if found is not None and found[OWNER] != organisation:
        message = "`organisationId`: what the voucher is to be good for is sold by another organisation."
        raise Rejected(InvalidInput(("input", "organisationId"), message))
    return await enter(write, Voucher, values)


async def _update(write: Write, key: uuid.UUID, version: int | None, values: Mapping[str, Any]) -> uuid.UUID:
    row = await own(write, Voucher, key, "id")
    check_version(row, version)
    check_stays(changed(row, {name: values[name] for name in _STAYS if name in values}), _STAYS, "A voucher")
    news = changed(row, worth(values, row["currency"]))
    check(voucher_faults({**row, **news}))
    await alter(write, Voucher, row, news)
    return key


async def _with_its_code(work: Awaitable[T]) -> T:
    try:
        return await work
    except Clash:
        message = "Another voucher of this organisation has this code."
        raise Rejected(Taken(("input", "code"), message, None)) from None
