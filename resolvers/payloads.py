"""What a mutation answers with: what it changed, as it now is, or why it did nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from auth.guests import GUEST_LIFETIME, issue_guest_token
from db.rows import PaymentRow, RegistrationRow, Row, WaitingListEntryRow
from db.statements import payments
from db.statements.paging import lookup_statement
from domain.ids import encode_global_id
from domain.user_errors import SoldOut, UserError
from execution.batching import BatchResolver
from resolvers import lookups
from resolvers.context import Context
from resolvers.nodes import node_by
from resolvers.payments import PAYMENTS
from resolvers.registrations import REGISTRATIONS
from resolvers.waiting import ENTRIES

R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class Payload:
    """What a command came to.

    Attributes:
        result: what it returned; None where it was rejected.
        user_errors: why it was.
    """

    result: Any = None
    user_errors: Sequence[UserError] = ()


def changed(fetch: lookups.Fetch[R]) -> BatchResolver:
    """The row that a command has changed, by the key that it returned, read as the viewer sees it."""

    async def resolve(context: Context, parents: Sequence[Payload]) -> Sequence[R | None]:
        return await lookups.find(context, fetch, [parent.result for parent in parents])

    return resolve


async def registration_changed(context: Context, parents: Sequence[Payload]) -> Sequence[RegistrationRow | None]:
    """The registration that a command has made or moved on: whoever could ask for that, sees it."""
    keys = [parent.result for parent in parents]
    for key in keys:
        if key is not None:
            context.admit(key)
    return await lookups.find(context, REGISTRATIONS, keys)


async def entry_changed(context: Context, parents: Sequence[Payload]) -> Sequence[WaitingListEntryRow | None]:
    """The entry of a waiting list that a command has made or moved on: whoever could ask for that, sees it."""
    keys = [parent.result for parent in parents]
    for key in keys:
        if key is not None:
            context.admit(key)
    return await lookups.find(context, ENTRIES, keys)


def ticket_ids_of(errors: Sequence[SoldOut]) -> list[str]:
    """The id of each ticket whose places are sold out."""
    return [encode_global_id("Ticket", error.ticket_id) for error in errors]


async def guest_tokens_of(context: Context, parents: Sequence[Payload]) -> list[str | None]:
    """A guest token for each registration that somebody without an account has made."""
    is_guest = context.viewer.customer_id is None
    now = context.now.timestamp()
    return [
        issue_guest_token(context.cursor_secret, payload.result, now=now, expires_at=now + GUEST_LIFETIME)
        if is_guest and payload.result is not None
        else None
        for payload in parents
    ]


async def changed_node(context: Context, parents: Sequence[Payload]) -> Sequence[Row | None]:
    """Whatever a command has changed, by the global id that it returned."""
    return [
        None if parent.result is None else (await node_by(context, [None], global_id=parent.result))[0]
        for parent in parents
    ]


async def payment_changed(context: Context, parents: Sequence[Payload]) -> Sequence[PaymentRow | None]:
    """The payment that a command has started, or refunded."""
    return await lookups.find(context, PAYMENTS, [parent.result for parent in parents])


async def registration_paid(context: Context, parents: Sequence[Payload]) -> Sequence[RegistrationRow | None]:
    """The registration of the payment that a command has started, or refunded."""
    # Whole rows: what the operation reads of payments need not be what they are for.
    whole = lookup_statement(payments.BY_ID, None)
    paid = [parent.result for parent in parents if parent.result is not None]
    rows = {row["payment_id"]: row for row in await context.fetch(whole, {"keys": paid})}
    keys = [rows[parent.result]["registration_id"] if parent.result in rows else None for parent in parents]
    return await lookups.find(context, REGISTRATIONS, keys)
