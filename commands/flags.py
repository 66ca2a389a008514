"""Changing a feature flag: one transaction, with who and why in the audit log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from commands.writing import UNSAID, Write, Writer
from db.audit import record
from db.contention import Transaction, transact
from db.database import Database
from db.flags import changed_flag, put_flag
from domain.audit import Action, Actor
from domain.flags import EVERYONE, KNOWN, Flag, segments_faults
from domain.user_errors import ErrorCode, InvalidInput, NotFound, Rejected

PATIENCE: Final = 10.0
"""Seconds to wait for the end of another change."""


@dataclass(frozen=True, slots=True)
class Read:
    """Which version of a flag was read: that of a moment at which it was changed; None before anybody has."""

    updated_at: dt.datetime | None


_CHANGED: Final = "Somebody has changed the flag meanwhile. Read it again, and try again."


async def set_flag(
    database: Database, defaults: Mapping[str, Flag], key: str, *, given: Mapping[str, Any], actor: Actor, reason: str
) -> Flag:
    """Change a flag; every process knows within a second.

    Args:
        database: migrated.
        defaults: what flags are that nobody has changed.
        key: of the flag.
        given: what is to change: `enabled`, `percentage`, `segments`.
        actor: who says so.
        reason: why.

    Returns:
        The flag as it now is.

    Raises:
        InvalidArgument: the reason is none, or holds a secret.
        Rejected: `NotFound`, `InvalidInput`.
    """
    _check(key, given)
    at = dt.datetime.now(dt.UTC)
    return await transact(
        database, lambda connection: _set(connection, defaults, key, given, actor, reason, at), patience=PATIENCE
    )


async def update_feature_flag(
    writer: Writer, *, key: str, given: Mapping[str, Any], reason: str | None, read: Read | None = None
) -> Flag:
    """Change a flag on behalf of an administrator, as `set_flag` does.

    Args:
        writer: who does.
        key: of the flag.
        given: what is to change.
        reason: why.
        read: it is changed only if it is still that version; None for whichever.

    Raises:
        Rejected: as there; `InvalidInput` with the code `CONFLICT` of another version.
    """
    _check(key, given)

    async def work(write: Write) -> Flag:
        await writer.database.act_for(write.connection, None)
        why = reason or UNSAID
        return await _set(write.connection, writer.flags.defaults, key, given, writer.actor, why, writer.now, read)

    return await writer.transact(work)


def _check(key: str, given: Mapping[str, Any]) -> None:
    if key not in KNOWN:
        raise Rejected(NotFound(("key",), f"There is no flag {key!r}; there are {', '.join(KNOWN)}."))
    faults = []
    percentage = given.get("percentage")
    if percentage is not None and not 0 <= percentage <= EVERYONE:
        message = f"`rolloutPercentage` is from 0 to {EVERYONE}."
        faults.append(InvalidInput(("rolloutPercentage",), message))
    if given.get("segments") is not None:
        faults += [InvalidInput(("segments",), f"`segments`: {fault}.") for fault in segments_faults(given["segments"])]
    if faults:
        raise Rejected(*faults)


async def _set(
    connection: Transaction,
    defaults: Mapping[str, Flag],
    key: str,
    given: Mapping[str, Any],
    actor: Actor,
    reason: str,
    at: dt.datetime,
    read: Read | None = None,
) -> Flag:
    before = await changed_flag(connection, key) or defaults[key]
    if read is not None and read.updated_at != before.updated_at:
        raise Rejected(InvalidInput(("version",), _CHANGED, ErrorCode.CONFLICT))
    flag = replace(before, **{name: value for name, value in given.items() if value is not None}, updated_at=at)
    await put_flag(connection, flag, at=at)
    told = {"enabled": flag.enabled, "percentage": flag.percentage, "segments": dict(flag.segments)}
    await record(connection, Action("update feature flag", key, reason, actor, told), at=at)
    return flag
