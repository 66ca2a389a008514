"""Watching availability: who listens to an event is told which of its tickets have changed, as anyone may know it.

The database is asked at intervals, once for all events that anybody listens to, however many do. What is compared is
what anyone is shown: that nothing is told shows that nothing of it has changed, and a sale that changes nothing to be
seen is not given away.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import structlog

from db.rows import EventRow, TicketRow
from domain.availability import AvailabilityState
from domain.errors import InvalidArgument, Refusal
from resolvers import lookups
from resolvers.arguments import key_of
from resolvers.context import Context
from resolvers.paging import MAX_SIZE, PageArguments
from resolvers.tickets import availability_of, tickets_of_events

POLL_SECONDS: Final = 1.0
"""How often the database is asked."""

MAX_EVENTS: Final = 500
"""How many events may be listened to in one process at a time."""

Known = Mapping[uuid.UUID, tuple[AvailabilityState, int | None]]
"""What anyone may know of tickets, by their ids."""

_log = structlog.get_logger(__name__)


class TooManyWatched(Refusal):
    """As many events are listened to as there may be."""

    code = "TOO_MANY_WATCHED"


@dataclass(slots=True, eq=False)
class Watch:
    """The events that are listened to in this process; made by `open_watch`.

    Attributes:
        context_of: Makes the surroundings of a question, as they are for anyone.
        seconds: How often.
    """

    context_of: Callable[[], Context]
    seconds: float
    _listeners: Counter[uuid.UUID] = field(default_factory=Counter)
    _known: dict[uuid.UUID, Known] = field(default_factory=dict)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def changes(self, event_id: uuid.UUID) -> AsyncIterator[uuid.UUID]:
        """The ids of an event's tickets, each whenever its availability has changed since this began.

        Raises:
            TooManyWatched: no further event can be listened to.
        """
        if event_id not in self._listeners and len(self._listeners) >= MAX_EVENTS:
            raise TooManyWatched("Too many events are listened to here; try again later.")
        return self._follow(event_id, (await self._read([event_id])).get(event_id, {}))

    async def _follow(self, event_id: uuid.UUID, told: Known) -> AsyncIterator[uuid.UUID]:
        self._listeners[event_id] += 1
        try:
            while True:
                async with self._news:
                    await self._news.wait_for(partial(self._differs, event_id, told))
                known = self._known[event_id]
                changed = [ticket for ticket, each in known.items() if told.get(ticket) != each]
                told = known
                for ticket in changed:
                    yield ticket
        finally:
            self._listeners[event_id] -= 1
            if not self._listeners[event_id]:
                del self._listeners[event_id]
                self._known.pop(event_id, None)

    def _differs(self, event_id: uuid.UUID, told: Known) -> bool:
        return self._known.get(event_id, told) != told

    async def poll(self) -> None:
        """Ask again and again; it ends when it is cancelled."""
        while True:
            await asyncio.sleep(self.seconds)
            if not self._listeners:
                continue
            try:
                read = await self._read(list(self._listeners))
            except Exception as error:  # noqa: BLE001 - whatever reading fails on, it is tried again
                _log.warning("availability not read", reason=repr(error))
                continue
            self._known = {event_id: read.get(event_id, {}) for event_id in self._listeners}
            async with self._news:
                self._news.notify_all()

    async def _read(self, event_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Known]:
        """What anyone may know now of the first hundred tickets of each event that anyone may see."""
        context = self.context_of()
        events = [event for event in await lookups.find(context, lookups.EVENTS, event_ids) if event is not None]
        pages = await tickets_of_events(context, events, arguments=PageArguments(MAX_SIZE)) if events else ()
        tickets = [ticket for page in pages for ticket in page.nodes]
        known: dict[uuid.UUID, dict[uuid.UUID, tuple[AvailabilityState, int | None]]] = {}
        for ticket, each in zip(tickets, await availability_of(context, tickets) if tickets else (), strict=True):
            known.setdefault(ticket["event_id"], {})[ticket["ticket_id"]] = (each.state, each.remaining)
        return {event["event_id"]: known.get(event["event_id"], {}) for event in events}


@asynccontextmanager
async def open_watch(context_of: Callable[[], Context], seconds: float = POLL_SECONDS) -> AsyncIterator[Watch]:
    """Watch until the block ends."""
    watch = Watch(context_of, seconds)
    polling = asyncio.create_task(watch.poll(), name="availability")
    try:
        yield watch
    finally:
        polling.cancel()
        with suppress(asyncio.CancelledError):
            await polling


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
    return await context.watch.changes(key)


async def ticket_that_changed(
    context: Context, parents: Sequence[uuid.UUID], *, event_id: str
) -> Sequence[TicketRow | None]:
    """The tickets of these keys, as they are now."""
    del event_id
    return await lookups.find(context, lookups.TICKETS, parents)
