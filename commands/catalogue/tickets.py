"""Tickets: entering and changing them, the pools that they draw on, and the taxes on them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from commands.catalogue.rows import changed, check, check_version, editing, key_of, own
from commands.catalogue.saving import alter, enter
from commands.writing import Write, Writer
from db.editing import OWNER
from db.models import CapacityPool, Event, Ticket
from db.pricing_models import PriceRule, Tax
from db.soft_delete import Model
from domain.catalogue import TICKET, TICKET_DEFAULTS, priced, ticket_faults
from domain.inputs import read
from domain.user_errors import InvalidInput, Rejected

_POOLS = "pool_ids"
_TAXES = "tax_ids"

Keys = Sequence[uuid.UUID]


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
        Rejected: `InvalidInput`; `NotFound` and `NotPermitted` of the ticket, its event, a pool or a tax;
            `VersionConflict`.
    """
    values = read(TICKET, given, is_new=global_id is None)
    pools: Keys | None = values.pop(_POOLS, None)
    taxes: Keys | None = values.pop(_TAXES, None)
    if global_id is None:
        row = {**TICKET_DEFAULTS, **priced(values)}
        check(ticket_faults(row))
        return await writer.transact(lambda write: _create(write, row, pools or (), taxes or ()))
    key = key_of(global_id, "Ticket", "id")
    return await writer.transact(lambda write: _update(write, key, version, values, pools, taxes))


async def _create(write: Write, values: Mapping[str, Any], pools: Keys, taxes: Keys) -> uuid.UUID:
    found, taxed = await _linked(write, CapacityPool, pools, "poolIds"), await _linked(write, Tax, taxes, "taxIds")
    event = await own(write, Event, values["event_id"], "input", "eventId", share=True)
    _check_owner(found, event[OWNER], "poolIds")
    _check_owner(taxed, event[OWNER], "taxIds")
    position = {} if "position" in values else {"position": await editing(write).next_position(values["event_id"])}
    key = await enter(write, Ticket, {**values, **position})
    await editing(write).set_pools(key, found.keys())
    await editing(write).set_taxes(key, taxed.keys())
    return key


async def _update(
    write: Write,
    key: uuid.UUID,
    version: int | None,
    values: Mapping[str, Any],
    pools: Keys | None,
    taxes: Keys | None,
) -> uuid.UUID:
    found = None if pools is None else await _linked(write, CapacityPool, pools, "poolIds")
    taxed = None if taxes is None else await _linked(write, Tax, taxes, "taxIds")
    row = await own(write, Ticket, key, "id")
    check_version(row, version)
    news = changed(row, priced(values, row["price_currency"]))
    if "event_id" in news:
        message = "A ticket stays with its event: `eventId` cannot be changed."
        raise Rejected(InvalidInput(("input", "eventId"), message))
    check(ticket_faults({**row, **news}))
    if "price_currency" in news and await editing(write).has_amounts(PriceRule.ticket_id, key):
        raise Rejected(other_currency(row["price_currency"]))
    links = []
    if found is not None and found.keys() != await editing(write).pools_of(key):
        _check_owner(found, row[OWNER], "poolIds")
        await editing(write).set_pools(key, found.keys())
        links.append(_POOLS)
    if taxed is not None and taxed.keys() != await editing(write).taxes_of(key):
        _check_owner(taxed, row[OWNER], "taxIds")
        await editing(write).set_taxes(key, taxed.keys())
        links.append(_TAXES)
    await alter(write, Ticket, row, news, told=links)
    return key


def other_currency(currency: str) -> InvalidInput:
    """Why something stays in its currency, which other prices of its are in."""
    message = f"`currency`: price rules give it prices in {currency}; delete those, or have them take a share off."
    return InvalidInput(("input", "currency"), message)


async def _linked(write: Write, model: Model, keys: Keys, argument: str) -> dict[uuid.UUID, uuid.UUID]:
    """The organisation of each pool or tax, which are held in the order of their keys."""
    places = {key: str(place) for place, key in enumerate(keys)}
    found = {}
    for key in sorted(places):
        found[key] = (await own(write, model, key, "input", argument, places[key], share=True))[OWNER]
    return found


def _check_owner(owners: Mapping[uuid.UUID, uuid.UUID], organisation: uuid.UUID, argument: str) -> None:
    if any(owner != organisation for owner in owners.values()):
        message = f"`{argument}`: a ticket has those of its event's organisation alone."
        raise Rejected(InvalidInput(("input", argument), message))
