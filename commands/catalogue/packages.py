"""Packages: entering and changing them, and what they hold."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from commands.catalogue.rows import changed, check, check_version, editing, key_of, own
from commands.catalogue.saving import alter, enter
from commands.catalogue.tickets import other_currency
from commands.writing import Write, Writer
from db.editing import Values
from db.models import Function, Package
from db.pricing_models import PriceRule
from domain.catalogue import PACKAGE, PACKAGE_ITEM, allocated, package_faults, priced
from domain.inputs import each_of, read
from domain.user_errors import InvalidInput, NotFound, Rejected

_ITEMS = "items"


async def upsert_package(
    writer: Writer, *, global_id: str | None, version: int | None, given: Mapping[str, Any]
) -> uuid.UUID:
    """Enter a package of a function, or change one; its price is allocated to its items by what each costs alone.

    Args:
        writer: who does.
        global_id: of the package to change; None for a new one.
        version: the one that was read, where one is changed.
        given: its values by the names of `domain.catalogue.PACKAGE`.

    Returns:
        Its key.

    Raises:
        Rejected: `InvalidInput`; `NotFound` and `NotPermitted` of the package, its function or a ticket;
            `VersionConflict`.
    """
    values = read(PACKAGE, given, is_new=global_id is None)
    items = each_of(PACKAGE_ITEM, values.pop(_ITEMS), "input", _ITEMS) if _ITEMS in values else None
    check(package_faults(items or ()))
    if global_id is None:
        assert items is not None, "they are needed"
        row = priced(values)
        return await writer.transact(lambda write: _create(write, row, items))
    key = key_of(global_id, "Package", "id")
    return await writer.transact(lambda write: _update(write, key, version, values, items))


async def _create(write: Write, values: Values, items: Sequence[Values]) -> uuid.UUID:
    await own(write, Function, values["function_id"], "input", "functionId", share=True)
    costing = await _costing(write, values["function_id"], values["price_currency"], items)
    key = await enter(write, Package, values)
    await editing(write).set_items(key, allocated(values["price_amount"], costing))
    return key


async def _update(
    write: Write, key: uuid.UUID, version: int | None, values: Values, items: Sequence[Values] | None
) -> uuid.UUID:
    row = await own(write, Package, key, "id")
    check_version(row, version)
    news = changed(row, priced(values, row["price_currency"]))
    if "function_id" in news:
        message = "A package stays with its function: `functionId` cannot be changed."
        raise Rejected(InvalidInput(("input", "functionId"), message))
    if "price_currency" in news and await editing(write).has_amounts(PriceRule.package_id, key):
        raise Rejected(other_currency(row["price_currency"]))
    has = await editing(write).items_of(key)
    replaced = items is not None and list(items) != [_item(each) for each in has]
    if replaced or not {"price_amount", "price_currency"}.isdisjoint(news):
        price = {**row, **news}
        wanted = items if items is not None else [_item(each) for each in has]
        costing = await _costing(write, row["function_id"], price["price_currency"], wanted)
        await editing(write).set_items(key, allocated(price["price_amount"], costing))
    await alter(write, Package, row, news, told=[_ITEMS] if replaced else [])
    return key


def _item(item: Values) -> dict[str, Any]:
    return {name: item[name] for name in PACKAGE_ITEM}


async def _costing(write: Write, function: uuid.UUID, currency: str, items: Sequence[Values]) -> list[Values]:
    """The items, each with what one of its ticket costs by itself."""
    found = await editing(write).sold_for(function, [item["ticket_id"] for item in items])
    faults: list[NotFound | InvalidInput] = []
    for place, item in enumerate(items):
        at = ("input", _ITEMS, str(place), "ticketId")
        ticket = found.get(item["ticket_id"])
        if ticket is None:
            faults.append(NotFound(at, "`ticketId`: no event of this function has such a ticket."))
        elif ticket["price_currency"] != currency:
            message = f"`ticketId`: the ticket is sold in {ticket['price_currency']}, and the package in {currency}."
            faults.append(InvalidInput(at, message))
    if faults:
        raise Rejected(*faults)
    return [{**item, "price_amount": found[item["ticket_id"]]["price_amount"]} for item in items]
