"""What `boxoffice outbox` does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import orjson

from db import outbox
from db.outbox import Entry, State
from server.console import CommandError, moment, say, table
from server.registry_database import registry_database
from server.settings import Settings

_HEADS = ("SEQUENCE", "TOPIC", "REGISTRATION", "SINCE", "ATTEMPTS", "LAST ERROR")
_WIDTH = 80
"""Characters of an error that a list shows."""


async def list_entries(settings: Settings, state: State, limit: int) -> None:
    """Show entries, and what is left to do."""
    async with registry_database(settings) as database, database.write(sells=True) as transaction:
        entries = await outbox.listed(transaction, state, at_most=limit)
        left = await outbox.backlog(transaction)
    table(_HEADS, [_row(each) for each in entries], f"No entry is {state.value}.")
    since = "" if left.oldest is None else f", the oldest since {_seconds_since(left.oldest):.0f} s"
    say(f"{left.pending} pending{since}; {left.dead} dead.")


def _row(entry: Entry) -> Sequence[object]:
    about = "" if entry.registration_id is None else entry.registration_id
    error = " ".join((entry.last_error or "").split())
    return (
        entry.sequence,
        entry.topic,
        about,
        moment(entry.created_at),
        entry.attempts,
        error if len(error) <= _WIDTH else f"{error[:_WIDTH]}…",
    )


def _seconds_since(at: dt.datetime) -> float:
    return (dt.datetime.now(dt.UTC) - at).total_seconds()


async def show_entry(settings: Settings, sequence: int) -> None:
    """Show one entry with its fact."""
    async with registry_database(settings) as database, database.write(sells=True) as transaction:
        entry = await outbox.find(transaction, sequence)
    if entry is None:
        raise CommandError(f"there is no entry {sequence}; delivered ones are removed after OUTBOX_KEPT_DAYS")
    say(
        f"sequence      {entry.sequence}",
        f"topic         {entry.topic}",
        f"registration  {entry.registration_id or 'none'}",
        f"since         {_full(entry.created_at)}",
        f"attempts      {entry.attempts}",
    )
    if entry.delivered_at is not None:
        say(f"delivered     {_full(entry.delivered_at)}")
    elif entry.dead_at is not None:
        say(f"given up      {_full(entry.dead_at)}")
    else:
        say(f"next attempt  {_full(entry.next_attempt_at)}")
    if entry.last_error:
        say(f"last error    {entry.last_error}")
    say("", orjson.dumps(entry.payload, option=orjson.OPT_INDENT_2).decode())


def _full(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(sep=" ", timespec="seconds")


async def replay_entries(settings: Settings, sequences: Sequence[int] | None) -> None:
    """Have entries delivered after all."""
    async with registry_database(settings) as database, database.write(sells=True) as transaction:
        replayed = await outbox.replay(transaction, sequences)
    missed = sorted(set(sequences or ()).difference(replayed))
    told = ", ".join(map(str, replayed))
    say(f"{told} {'is' if len(replayed) == 1 else 'are'} delivered again." if replayed else "Nothing was dead.")
    if missed:
        raise CommandError(f"not dead, so left alone: {', '.join(map(str, missed))}")
