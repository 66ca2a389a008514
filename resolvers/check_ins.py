"""Codes for the door, and what checking in came to."""

from __future__ import annotations

from collections.abc import Sequence

from db.rows import AttendeeRow
from db.statements.check_ins import CODED
from domain.check_in import CheckedIn, CheckIn
from resolvers import lookups
from resolvers.context import Context
from resolvers.payloads import Payload
from resolvers.registrations import ATTENDEES


async def codes_of(context: Context, parents: Sequence[AttendeeRow]) -> list[str | None]:
    """The code of each attendee who has a place, for those who may have it."""
    keys = [row["attendee_id"] for row in parents]
    coded = {row["attendee_id"] for row in await context.fetch(CODED, {"keys": keys})}
    return [context.keys.issue(key) if key in coded else None for key in keys]


async def attendees_checked_in(context: Context, parents: Sequence[Payload]) -> Sequence[AttendeeRow | None]:
    """Whose code it was."""
    keys = [None if parent.result is None else parent.result.attendee_id for parent in parents]
    return await lookups.find(context, ATTENDEES, keys)


def were_there_before(parents: Sequence[Payload]) -> list[bool | None]:
    """Whether another check-in came first."""
    return [None if done is None else not done.decision.is_first for done in _results(parents)]


def firsts_of(parents: Sequence[Payload]) -> list[CheckIn | None]:
    """The check-in that counts."""
    return [None if done is None else done.decision.first for done in _results(parents)]


def overtaken_by(parents: Sequence[Payload]) -> list[CheckIn | None]:
    """The check-in that counted until this one was told."""
    return [None if done is None else done.decision.overtaken for done in _results(parents)]


def _results(parents: Sequence[Payload]) -> list[CheckedIn | None]:
    return [parent.result for parent in parents]
