"""Any entity by its global id."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from typing import Any, TypeVar

from auth.permissions import Permission, permits
from db.rows import PackageRow, Row
from domain.errors import InvalidArgument
from domain.ids import decode_global_id
from execution.batching import BatchResolver
from resolvers import lookups
from resolvers.arguments import key_of, text_of
from resolvers.context import Context
from resolvers.customers import fetch_customers
from resolvers.paging import MAX_SIZE
from resolvers.payments import PAYMENTS
from resolvers.registrations import ATTENDEES, REGISTRATIONS
from resolvers.staff_terms import ELIGIBILITY_RULES, PRICE_RULES, TAXES, VOUCHERS
from resolvers.waiting import ENTRIES

R = TypeVar("R", bound=Row)

LOOKUPS: dict[str, tuple[lookups.Fetch[Any], Permission]] = {
    "Organisation": (lookups.ORGANISATIONS, Permission.PUBLIC),
    "Customer": (fetch_customers, Permission.PUBLIC),
    "Function": (lookups.FUNCTIONS, Permission.PUBLIC),
    "Event": (lookups.EVENTS, Permission.PUBLIC),
    "Ticket": (lookups.TICKETS, Permission.PUBLIC),
    "CapacityPool": (lookups.POOLS, Permission.STAFF),
    "Package": (lookups.PACKAGES, Permission.PUBLIC),
    "Registration": (REGISTRATIONS, Permission.PUBLIC),
    "Attendee": (ATTENDEES, Permission.PUBLIC),
    "Payment": (PAYMENTS, Permission.PUBLIC),
    "EligibilityRule": (ELIGIBILITY_RULES, Permission.PUBLIC),
    "PriceRule": (PRICE_RULES, Permission.INTERNAL),
    "Voucher": (VOUCHERS, Permission.INTERNAL),
    "Tax": (TAXES, Permission.INTERNAL),
    "WaitingListEntry": (ENTRIES, Permission.PUBLIC),
}
"""How each entity is found, and who may find it; for anyone else it is as if it did not exist."""


async def _find_all(context: Context, ids: Sequence[str]) -> list[Row | None]:
    """The row behind each global id; None for what does not exist, may not be seen, or is no id at all."""
    wanted: dict[str, dict[uuid.UUID, list[int]]] = {}
    for place, each in enumerate(ids):
        try:
            typename, key = decode_global_id(each)
        except ValueError:
            continue
        if typename in LOOKUPS and permits(context.viewer, LOOKUPS[typename][1]):
            wanted.setdefault(typename, {}).setdefault(key, []).append(place)
    rows: list[Row | None] = [None] * len(ids)

    async def fill(typename: str, places: dict[uuid.UUID, list[int]]) -> None:
        found = await lookups.find(context, LOOKUPS[typename][0], list(places))
        for row, where in zip(found, places.values(), strict=True):
            for place in where:
                rows[place] = row

    await asyncio.gather(*(fill(typename, places) for typename, places in wanted.items()))
    return rows


async def node_by(context: Context, parents: Sequence[None], *, global_id: str) -> Sequence[Row | None]:
    """The row behind a global id."""
    return await _find_all(context, [global_id]) * len(parents)


async def nodes_by(
    context: Context, parents: Sequence[None], *, global_ids: tuple[str, ...]
) -> Sequence[list[Row | None]]:
    """The rows behind global ids, in their order.

    Raises:
        InvalidArgument: there are too many.
    """
    if len(global_ids) > MAX_SIZE:
        raise InvalidArgument(f"`ids` holds {len(global_ids)}; at most {MAX_SIZE} can be looked up at once.")
    return [await _find_all(context, global_ids)] * len(parents)


async def package_by(context: Context, parents: Sequence[None], *, global_id: str) -> Sequence[PackageRow | None]:
    """A package by its id."""
    return await lookups.find(context, lookups.PACKAGES, [key_of(global_id, "Package", "id")]) * len(parents)


def _by_id_or_slug(typename: str, by_id: lookups.Fetch[R], by_slug: lookups.Fetch[R]) -> BatchResolver:
    async def resolve(
        context: Context, parents: Sequence[None], *, global_id: str | None, slug: str | None
    ) -> Sequence[R | None]:
        if global_id is not None and slug is None:
            return await lookups.find(context, by_id, [key_of(global_id, typename, "id")]) * len(parents)
        if slug is not None and global_id is None:
            return await lookups.find(context, by_slug, [text_of(slug, "slug")]) * len(parents)
        raise InvalidArgument("Pass either `id` or `slug`.")

    return resolve


function_by = _by_id_or_slug("Function", lookups.FUNCTIONS, lookups.FUNCTIONS_BY_SLUG)
event_by = _by_id_or_slug("Event", lookups.EVENTS, lookups.EVENTS_BY_SLUG)
organisation_by = _by_id_or_slug("Organisation", lookups.ORGANISATIONS, lookups.ORGANISATIONS_BY_SLUG)
