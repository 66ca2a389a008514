"""Rules on who may buy: entering and changing them. Where something has several, one that is met is enough."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

from commands.catalogue.rows import changed, check, check_version, editing, key_of, own
from commands.catalogue.saving import alter, enter
from commands.catalogue.targets import check_stays, seller, target
from commands.writing import Write, Writer
from db.pricing_models import EligibilityRule
from domain.inputs import read
from domain.terms import ELIGIBILITY_RULE, coded, eligibility_faults, one_target
from domain.user_errors import NotFound, Rejected

_ITEMS: Final = ("ticket_id", "package_id")


async def upsert_eligibility_rule(
    writer: Writer, *, global_id: str | None, version: int | None, given: Mapping[str, Any]
) -> uuid.UUID:
    """Enter a rule on who may buy a ticket or a package, or change one. What was ordered stays ordered.

    Args:
        writer: who does.
        global_id: of the rule to change; None for a new one.
        version: the one that was read, where one is changed.
        given: its values by the names of `domain.terms.ELIGIBILITY_RULE`.

    Returns:
        Its key.

    Raises:
        Rejected: `InvalidInput`; `NotFound` and `NotPermitted` of the rule, what it is about, or the organisation that
            it asks for; `VersionConflict`.
    """
    values = coded(read(ELIGIBILITY_RULE, given, is_new=global_id is None))
    if global_id is None:
        check([*one_target(values, *_ITEMS), *eligibility_faults(values)])
        return await writer.transact(lambda write: _create(write, values))
    key = key_of(global_id, "EligibilityRule", "id")
    return await writer.transact(lambda write: _update(write, key, version, values))


async def _create(write: Write, values: Mapping[str, Any]) -> uuid.UUID:
    found = await target(write, values)
    await _check_asked_for(write, values)
    return await enter(write, EligibilityRule, {**values, "organisation_id": seller(found)})


async def _update(write: Write, key: uuid.UUID, version: int | None, values: Mapping[str, Any]) -> uuid.UUID:
    row = await own(write, EligibilityRule, key, "id")
    check_version(row, version)
    news = changed(row, values)
    check_stays(news, _ITEMS, "A rule on who may buy")
    check(eligibility_faults({**row, **news}))
    await _check_asked_for(write, news)
    await alter(write, EligibilityRule, row, news)
    return key


async def _check_asked_for(write: Write, values: Mapping[str, Any]) -> None:
    """Refuse to ask for an organisation that there is not; whoever works there need not know."""
    organisation = values.get("member_of_id")
    if organisation is not None and not await editing(write).is_there(organisation):
        raise Rejected(NotFound(("input", "memberOfId"), "`memberOfId`: there is no Organisation with this id."))
