"""Tickets: entering and changing them, and the pools that they draw on."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from commands.catalogue.rows import changed, check, check_version, editing, key_of, own
from commands.catalogue.saving import alter, enter
from commands.writing import Write, Writer
from db.editing import OWNER
from db.models import CapacityPool, Event, Ticket
from domain.catalogue import TICKET, TICKET_DEFAULTS, priced, ticket_faults
from domain.inputs import read
from domain.user_errors import InvalidInput, Rejected

_POOLS = "pool_ids"


async def upsert_ticket(
    writer: Writer, *, global_id: str | None, version: int | None, given: Mapping[str, Any]
) -> uuid.UUID:
    """Enter a ticket of an event, or change one.

    Args:
        writer: who does.
        global_id: of the ticket to change; None for a new one.
        version: the one that was read, where one is changed.
        given: its values by the names of `domain.catalogue.TICKET`.

    Returns:
        Its key.

    Raises:
        Rejected: `InvalidInput`; `NotFound` and `NotPermitted` of the ticket, its event or a pool; `VersionConflict`.
    """
    values = read(TICKET, given, is_new=global_id is None)
    pools: Sequence[uuid.UUID] | None = values.pop(_POOLS, None)
    if global_id is None:
        row = {**TICKET_DEFAULTS, **priced(values)}
        check(ticket_faults(row))
        return await writer.transact(lambda write: _create(write, row, pools or ()))
    key = key_of(global_id, "Ticket", "id")
    return await writer.transact(lambda write: _update(write, key, version, values, pools))


async def _create(write: Write, values: Mapping[str, Any], pools: Sequence[uuid.UUID]) -> uuid.UUID:
    found = await _pools(write, pools)
    event = await own(write, Event, values["event_id"], "input", "eventId", share=True)
    _check_owner(found, event[OWNER])
    position = {} if "position" in values else {"position": await editing(write).next_position(values["event_id"])}
    key = await enter(write, Ticket, {**values, **position})
    await editing(write).set_pools(key, found.keys())
    return key


async def _update(
    write: Write, key: uuid.UUID, version: int | None, values: Mapping[str, Any], pools: Sequence[uuid.UUID] | None
) -> uuid.UUID:
    found = None if pools is None else await _pools(write, pools)
    row = await own(write, Ticket, key, "id")
    check_version(row, version)
    news = changed(row, priced(values, row["price_currency"]))
    if "event_id" in news:
        message = "A ticket stays with its event: `eventId` cannot be changed."
        raise Rejected(InvalidInput(("input", "eventId"), message))
    check(ticket_faults({**row, **news}))
    links = []
    if found is not None and found.keys() != await editing(write).pools_of(key):
        _check_owner(found, row[OWNER])
        await editing(write).set_pools(key, found.keys())
        links.append(_POOLS)
    await alter(write, Ticket, row, news, told=links)
    return key


async def _pools(write: Write, keys: Sequence[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """The organisation of each pool, which are held in the order of their keys."""
    places = {key: str(place) for place, key in enumerate(keys)}
    found = {}
    for key in sorted(places):
        found[key] = (await own(write, CapacityPool, key, "input", "poolIds", places[key], share=True))[OWNER]
    return found


def _check_owner(pools: Mapping[uuid.UUID, uuid.UUID], organisation: uuid.UUID) -> None:
    if any(owner != organisation for owner in pools.values()):
        message = "`poolIds`: a ticket draws on pools of its event's organisation alone."
        raise Rejected(InvalidInput(("input", "poolIds"), message))
