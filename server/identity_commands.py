"""What `boxoffice token revoke`, `members` and `audit` do, between their settings and their last line."""

from __future__ import annotations

import datetime as dt
import sys

import orjson

from auth.guests import GUEST_LIFETIME
from auth.tokens import KeysUnavailable, TokenRefused
from commands.members import add_member, remove_member
from commands.revoking import revoke_subject, revoke_token
from db.rows import Row
from db.statements.audit import NEWEST
from domain.audit import Actor
from domain.errors import InvalidArgument
from domain.members import OrgRole
from server.console import CommandError, say
from server.identity import open_mirror, open_tokens
from server.registry_database import migrated_database
from server.settings import Settings

_MOMENT = "%Y-%m-%d %H:%M:%S"
STANDARD_INPUT = "-"


async def revoke(
    settings: Settings,
    *,
    token: str | None,
    token_id: str | None,
    subject: str | None,
    before: dt.datetime | None,
    by: str,
    reason: str,
) -> None:
    """Revoke one token, or all of a subject."""
    if sum(each is not None for each in (token, token_id, subject)) != 1:
        raise CommandError("name one of: a TOKEN, --id, --subject")
    if before is not None and subject is None:
        raise CommandError("--before goes with --subject: a single token is revoked whenever it was issued")
    now, actor = dt.datetime.now(dt.UTC), Actor(by)
    async with migrated_database(settings) as (complete, database), open_mirror(complete) as mirror:
        # Whichever kind of token it is, none is valid for longer.
        longest = max(float(complete.token_max_lifetime_seconds), GUEST_LIFETIME)
        if subject is not None:
            moment = before or now
            await revoke_subject(
                database, mirror, subject, before=moment, max_lifetime=longest, actor=actor, reason=reason
            )
            say(f"Revoked all tokens of {subject} that were issued up to {moment:{_MOMENT}} UTC.")
            return
        expires_at = now + dt.timedelta(seconds=longest)
        if token is not None:
            token_id, expires_at = await _read(complete, token)
        assert token_id is not None, "one of them was given"
        await revoke_token(database, mirror, token_id, expires_at=expires_at, actor=actor, reason=reason)
        say(f"Revoked the token {token_id}.")


async def _read(settings: Settings, token: str) -> tuple[str, dt.datetime]:
    given = sys.stdin.readline().strip() if token == STANDARD_INPUT else token
    try:
        async with open_tokens(settings) as tokens:
            said, _ = await tokens.read(given)
    except (TokenRefused, KeysUnavailable) as refused:
        raise CommandError(f"the token is refused as it is: {refused}") from None
    if said.token_id is None:
        raise CommandError("the token has no id (`jti`); revoke all of its subject's with --subject")
    return said.token_id, dt.datetime.fromtimestamp(said.expires_at, dt.UTC)


def role_called(name: str) -> OrgRole:
    """A role by its name.

    Raises:
        InvalidArgument: there is none.
    """
    try:
        return OrgRole(name.upper())
    except ValueError:
        roles = ", ".join(role.value for role in OrgRole)
        raise InvalidArgument(f"There is no role {name!r}; there are {roles}.") from None


async def change_member(
    settings: Settings, organisation: str, subject: str, role: str, *, by: str, reason: str, add: bool
) -> None:
    """Add a member to an organisation, or remove one."""
    chosen = role_called(role)
    async with migrated_database(settings) as (_, database):
        change = add_member if add else remove_member
        changed = await change(database, organisation, subject, chosen, actor=Actor(by), reason=reason)
    if add:
        say(f"{subject} works for {organisation} as {chosen.value}" + ("." if changed else " already."))
    else:
        say(f"{subject} works for {organisation} as {chosen.value} no longer" + ("." if changed else "; nor before."))


async def show_log(settings: Settings, *, subject: str | None, days: int, limit: int) -> None:
    """Show the newest entries of the audit log, the newest last."""
    since = dt.datetime.now(dt.UTC) - dt.timedelta(days=days)
    async with migrated_database(settings) as (_, database):
        rows = await database.fetch(NEWEST, {"subject": subject, "since": since, "limit": limit})
    for row in reversed(rows):
        say(*_lines(row))
    if not rows:
        say("Nothing is recorded.")


def _lines(row: Row) -> list[str]:
    ways = [f"{name} {row[key]}" for name, key in (("client", "client"), ("request", "request_id")) if row[key]]
    who = f"{row['actor']} ({', '.join([row['actor_role'], *ways])})"
    lines = [f"{row['at']:{_MOMENT}}  {row['action']}: {row['subject']}  by {who}"]
    return lines + [f"    {each}" for each in (row["reason"], orjson.dumps(row["details"]).decode()) if each]
