"""Price rules: entering and changing other prices than the list price, and when they hold."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from commands.catalogue.rows import changed, check, check_version, key_of, own
from commands.catalogue.saving import alter, enter
from commands.catalogue.targets import check_stays, seller, target
from commands.writing import Write, Writer
from db.pricing_models import PriceRule
from domain.inputs import read
from domain.terms import PRICE_RULE, TARGETS, one_target, price_rule_faults, worth


async def upsert_price_rule(
    writer: Writer, *, global_id: str | None, version: int | None, given: Mapping[str, Any]
) -> uuid.UUID:
    """Enter a price rule of a function, a ticket or a package, or change one. What was ordered keeps its price.

    Args:
        writer: who does.
        global_id: of the rule to change; None for a new one.
        version: the one that was read, where one is changed.
        given: its values by the names of `domain.terms.PRICE_RULE`.

    Returns:
        Its key.

    Raises:
        Rejected: `InvalidInput`; `NotFound` and `NotPermitted` of the rule or what it is about; `VersionConflict`.
    """
    values = read(PRICE_RULE, given, is_new=global_id is None)
    if global_id is None:
        check([*one_target(values, *TARGETS), *price_rule_faults(values)])
        return await writer.transact(lambda write: _create(write, values))
    key = key_of(global_id, "PriceRule", "id")
    return await writer.transact(lambda write: _update(write, key, version, values))


async def _create(write: Write, values: Mapping[str, Any]) -> uuid.UUID:
    found = await target(write, values)
    row = {**worth(values, (found or {}).get("price_currency")), "organisation_id": seller(found)}
    return await enter(write, PriceRule, row)


async def _update(write: Write, key: uuid.UUID, version: int | None, values: Mapping[str, Any]) -> uuid.UUID:
    row = await own(write, PriceRule, key, "id")
    check_version(row, version)
    check_stays(changed(row, {name: values[name] for name in TARGETS if name in values}), TARGETS, "A price rule")
    check(price_rule_faults({**row, **values}))
    if values.get("amount") is not None:  # in whichever currency it is sold now
        values = worth(values, (await target(write, row) or {}).get("price_currency"))
    await alter(write, PriceRule, row, changed(row, values))
    return key
