"""What `boxoffice flags` does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from commands.flags import set_flag
from db.flags import changed_flags
from domain.audit import Actor
from domain.flags import Flag
from domain.user_errors import Rejected
from server.console import CommandError, moment, say, table
from server.registry_database import registry_database
from server.settings import Settings


async def list_flags(settings: Settings) -> None:
    """Show every flag."""
    async with registry_database(settings) as database:
        flags = {**settings.flags, **await changed_flags(database)}
    rows = [
        (key, "on" if flag.enabled else "off", f"{flag.percentage} %", _segments(flag), moment(flag.updated_at))
        for key, flag in flags.items()
    ]
    table(("flag", "is", "for", "and for", "changed"), rows, "")


def _segments(flag: Flag) -> str:
    return orjson.dumps({kind: list(members) for kind, members in flag.segments.items()}).decode()


async def set_flags(
    settings: Settings, key: str, given: Mapping[str, Any], segments: str | None, *, by: str, reason: str
) -> None:
    """Change a flag."""
    try:
        chosen = {**given, "segments": None if segments is None else orjson.loads(segments)}
    except orjson.JSONDecodeError as malformed:
        raise CommandError(f"--segments is not JSON: {malformed}") from malformed
    async with registry_database(settings) as database:
        try:
            flag = await set_flag(database, settings.flags, key, given=chosen, actor=Actor(by), reason=reason)
        except Rejected as rejected:
            raise CommandError("\n".join(error.message for error in rejected.errors)) from None
    state = f"on for {flag.percentage} % of all viewers" if flag.enabled else "off"
    say(f"{flag.key} is {state}; segments: {_segments(flag)}.")
