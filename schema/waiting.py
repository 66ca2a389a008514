"""Waiting lists, as clients see them. Nothing of them is public."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import strawberry

from auth.permissions import Permission
from resolvers.waiting import ahead_of, customer_of, item_of, offer_of, states_of
from schema.enums import WaitingStatus
from schema.fields import column, derived, edge
from schema.node import Node, global_id
from schema.registration import Purchasable, Registration

if TYPE_CHECKING:
    from schema.customer import Customer

PUBLIC = Permission.PUBLIC


@strawberry.type(
    description=(
        "Somebody's place on a waiting list. Seen by whose it is, by whoever has its guest token, and by the seller's "
        "staff."
    )
)
class WaitingListEntry(Node):
    """A row of `waiting_list_entries`."""

    id: strawberry.ID = global_id("WaitingListEntry", "entry_id", PUBLIC)
    item: Purchasable | None = edge(
        item_of,
        "What is waited for; null where it is no longer to be seen.",
        reads=["ticket_id", "package_id"],
        permission=PUBLIC,
    )
    quantity: int = column("How many of it.", permission=PUBLIC)
    status: WaitingStatus = derived(  # type: ignore[valid-type] # an enum by another name
        states_of, "How it stands.", reads=["state"], permission=PUBLIC
    )
    ahead: int | None = edge(
        ahead_of,
        "How many are before it who wait for the same; null unless it waits.",
        reads=["entry_id"],
        permission=PUBLIC,
    )
    registration: Registration | None = edge(
        offer_of,
        "The places that were offered, as a registration that holds them.",
        reads=["registration_id"],
        permission=PUBLIC,
    )
    offer_expires_at: dt.datetime | None = column(
        "Until when the offer stands, or stood; null before there is one.", permission=PUBLIC
    )
    customer: Annotated[Customer, strawberry.lazy("schema.customer")] | None = edge(
        customer_of,
        "Who waits; null for a guest, and for those who may not see the account.",
        reads=["customer_id"],
        permission=PUBLIC,
    )
    email: str = column("Where an offer is mailed to.", permission=PUBLIC)
    locale: str | None = column("The language of that mail (BCP 47); null where none was asked for.", permission=PUBLIC)
    created_at: dt.datetime = column("When the waiting began.", permission=PUBLIC)
    updated_at: dt.datetime = column("When it last changed.", permission=PUBLIC)
