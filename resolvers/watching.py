"""What subscriptions listen to: the availability of an event's tickets, and registrations.

Availability is compared as anyone may know it: that nothing is told shows that nothing of it has changed, and a sale
that changes nothing to be seen is not given away. Of a registration only that it has changed is known here: what is
shown is read for whoever listens, each time.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from auth.viewer import ADMIN, ANONYMOUS, Viewer
from db.rows import EventRow, RegistrationRow, TicketRow
from db.statements import payments
from domain.availability import AvailabilityState
from domain.errors import InvalidArgument
from resolvers import lookups
from resolvers.arguments import key_of
from resolvers.context import Context
from resolvers.paging import MAX_SIZE, PageArguments
from resolvers.polling import Polled, polling
from resolvers.registrations import REGISTRATIONS, admit_guest
from resolvers.tickets import availability_of, tickets_of_events

POLL_SECONDS: Final = 1.0
"""How often the database is asked for availability."""

ORDER_POLL_SECONDS: Final = 0.4
"""How often it is asked for registrations: what has happened is shown within a second."""

MAX_EVENTS: Final = 500
"""How many events may be listened to in one process at a time."""

MAX_REGISTRATIONS: Final = 1000
"""The same of registrations."""

Known = Mapping[uuid.UUID, tuple[AvailabilityState, int | None]]
"""What anyone may know of tickets, by their ids."""

Standing = frozenset[tuple[object, ...]]
"""How a registration and its payments stand, as far as it tells one moment from another."""

ContextOf = Callable[[Viewer], Context]
"""Makes the surroundings of a question, as they are for a viewer."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What is listened to in this process; made by `open_watch`."""

    events: Polled[Known]
    registrations: Polled[Standing]


@asynccontextmanager
async def open_watch(
    context_of: ContextOf, seconds: float = POLL_SECONDS, order_seconds: float = ORDER_POLL_SECONDS
) -> AsyncIterator[Watch]:
    """Watch until the block ends."""

    async def availability(event_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Known]:
        return await _availability(context_of(ANONYMOUS), event_ids)

    async def standings(registration_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Standing]:
        return await _standings(context_of(ADMIN), registration_ids)

    events: Polled[Known] = Polled("events", availability, {}, seconds, MAX_EVENTS)
    orders: Polled[Standing] = Polled("registrations", standings, frozenset(), order_seconds, MAX_REGISTRATIONS)
    async with polling(events), polling(orders):
        yield Watch(events, orders)


async def _availability(context: Context, event_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Known]:
    """What anyone may know now of the first hundred tickets of each event that anyone may see."""
    events = [event for event in await lookups.find(context, lookups.EVENTS, event_ids) if event is not None]
    pages = await tickets_of_events(context, events, arguments=PageArguments(MAX_SIZE)) if events else ()
    tickets = [ticket for page in pages for ticket in page.nodes]
    known: dict[uuid.UUID, dict[uuid.UUID, tuple[AvailabilityState, int | None]]] = {}
    for ticket, each in zip(tickets, await availability_of(context, tickets) if tickets else (), strict=True):
        known.setdefault(ticket["event_id"], {})[ticket["ticket_id"]] = (each.state, each.remaining)
    return {event["event_id"]: known.get(event["event_id"], {}) for event in events}


async def _standings(context: Context, registration_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Standing]:
    rows = await lookups.find(context, REGISTRATIONS, registration_ids)
    standing: dict[uuid.UUID, set[tuple[object, ...]]] = {
        row["registration_id"]: {(row["version"], row["updated_at"])} for row in rows if row is not None
    }
    for row in await context.fetch(payments.OF_REGISTRATIONS, {"keys": list(standing)}) if standing else ():
        standing[row["registration_id"]].add((row["payment_id"], row["state"], row["processed_at"]))
    return {key: frozenset(parts) for key, parts in standing.items()}


async def availability_changes(context: Context, *, event_id: str) -> AsyncIterator[uuid.UUID]:
    """The tickets of an event whose availability changes, by their keys.

    Raises:
        InvalidArgument: the viewer sees no such event.
    """
    key = key_of(event_id, "Event", "eventId")
    found: list[EventRow | None] = await lookups.find(context, lookups.EVENTS, [key])
    if found[0] is None:
        raise InvalidArgument("`eventId` is the id of no event that is to be seen.")
    assert context.watch is not None, "whoever lets clients subscribe has one"
    return _tickets_of(await context.watch.events.changes(key))


async def _tickets_of(changes: AsyncGenerator[tuple[Known, Known]]) -> AsyncIterator[uuid.UUID]:
    async with aclosing(changes):
        async for before, now in changes:
            for ticket, each in now.items():
                if before.get(ticket) != each:
                    yield ticket


async def ticket_that_changed(
    context: Context, parents: Sequence[uuid.UUID], *, event_id: str
) -> Sequence[TicketRow | None]:
    """The tickets of these keys, as they are now."""
    del event_id
    return await lookups.find(context, lookups.TICKETS, parents)


async def registration_changes(
    context: Context, *, global_id: str, guest_token: str | None
) -> AsyncIterator[uuid.UUID]:
    """The key of a registration, each time that it has changed.

    Raises:
        InvalidArgument: the viewer sees no such registration.
    """
    key = key_of(global_id, "Registration", "id")
    await registration_that_changed(context, [key], global_id=global_id, guest_token=guest_token)
    assert context.watch is not None, "whoever lets clients subscribe has one"
    return _again(key, await context.watch.registrations.changes(key))


async def _again(key: uuid.UUID, changes: AsyncGenerator[tuple[Standing, Standing]]) -> AsyncIterator[uuid.UUID]:
    async with aclosing(changes):
        async for _ in changes:
            yield key


async def registration_that_changed(
    context: Context, parents: Sequence[uuid.UUID], *, global_id: str, guest_token: str | None
) -> Sequence[RegistrationRow | None]:
    """The registration as it now is, to whoever may see it now.

    Raises:
        InvalidArgument: the viewer does not see it, or no longer.
    """
    del global_id
    if guest_token is not None:
        for key in parents:
            admit_guest(context, guest_token, key)
    found = await lookups.find(context, REGISTRATIONS, parents)
    if None in found:
        raise InvalidArgument("`id` is the id of no registration that is to be seen.")
    return found
