"""Revoking tokens: one transaction with its entry in the audit log, and then the mirror."""

from __future__ import annotations

import datetime as dt

import structlog

from auth.tokens import LEEWAY
from db.contention import transact
from db.database import Database
from db.revocations import Mirror, MirrorUnavailable, Revocations, Revoked
from domain.audit import Action, Actor
from domain.errors import InvalidArgument

PATIENCE = 10.0
"""Seconds to wait for the end of another revocation."""

_log = structlog.get_logger(__name__)


async def revoke_token(
    database: Database, mirror: Mirror, token_id: str, *, expires_at: dt.datetime, actor: Actor, reason: str
) -> Revoked:
    """Make one token invalid, in every process within a second.

    Args:
        database: migrated.
        mirror: told at once; without it, processes find out from the database.
        token_id: the token's `jti`.
        expires_at: when the token expires, or the latest that it can.
        actor: who revokes.
        reason: why.

    Raises:
        InvalidArgument: the reason is none, or holds a secret.
        RowRefused: no token has such an id.
    """
    action = Action("revoke token", token_id, reason, actor, {"expires_at": expires_at.isoformat()})
    until = expires_at + dt.timedelta(seconds=LEEWAY)
    return await _revoke(database, mirror, action, token_id=token_id, expires_at=until)


async def revoke_subject(
    database: Database,
    mirror: Mirror,
    subject: str,
    *,
    before: dt.datetime,
    max_lifetime: float,
    actor: Actor,
    reason: str,
) -> Revoked:
    """Make all tokens invalid that a subject was issued up to a moment, in every process within a second.

    Args:
        database: migrated.
        mirror: told at once; without it, processes find out from the database.
        subject: whom they name.
        before: the moment; not after now, since a token is not revoked before it is issued.
        max_lifetime: the longest that a token may be valid, in seconds.
        actor: who revokes.
        reason: why.

    Raises:
        InvalidArgument: the moment is to come, or the reason is none, or holds a secret.
        RowRefused: nobody is called that.
    """
    if before > dt.datetime.now(dt.UTC) + dt.timedelta(seconds=LEEWAY):
        raise InvalidArgument("The moment up to which tokens are revoked is to come; leave it out for now.")
    action = Action("revoke subject", subject, reason, actor, {"issued_before": before.isoformat()})
    until = before + dt.timedelta(seconds=max_lifetime + 2 * LEEWAY)
    return await _revoke(database, mirror, action, subject=subject, issued_before=before, expires_at=until)


async def _revoke(
    database: Database,
    mirror: Mirror,
    action: Action,
    *,
    expires_at: dt.datetime,
    token_id: str | None = None,
    subject: str | None = None,
    issued_before: dt.datetime | None = None,
) -> Revoked:
    revoked = await transact(
        database,
        lambda connection: Revocations(connection).add(
            action, token_id=token_id, subject=subject, issued_before=issued_before, expires_at=expires_at
        ),
        patience=PATIENCE,
    )
    try:
        await mirror.add(revoked)
    except MirrorUnavailable as error:
        _log.warning("revocation not mirrored; processes read it from the database", reason=str(error))
    return revoked
