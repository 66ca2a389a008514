"""What partners are granted. Each function is one transaction, with one log entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auth.permissions import FOR_PEOPLE
from commands.registering import Author, Turn, change
from db.database import Database
from domain.errors import InvalidArgument, Refusal
from persisted_queries.analysis import analysis_of
from persisted_queries.compiling import Target
from persisted_queries.grants import grantable, ungranted


class NoPartner(Refusal):
    """The client acts in the name of who uses it; only partners have grants."""

    code = "NO_PARTNER"


class GrantInUse(Refusal):
    """Operations that are served need the grant; `stopped` says which."""

    code = "GRANT_IN_USE"

    def __init__(self, message: str, stopped: Sequence[Stopped]) -> None:
        super().__init__(message)
        self.stopped = tuple(stopped)


@dataclass(frozen=True, slots=True)
class Stopped:
    """An operation that is no longer served, and the fields that it is not granted."""

    release: str
    public_id: str
    fields: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.release} {self.public_id}: {', '.join(self.fields)}"


async def grant(
    database: Database, target: Target, client: str, names: Sequence[str], author: Author
) -> tuple[str, ...]:
    """Grant permissions, or single fields, to a partner.

    Args:
        database: migrated.
        target: the schema that has them.
        client: the partner's name.
        names: of permissions, such as `STAFF`, or of fields, as `Type.field`.
        author: who grants them.

    Returns:
        Those that the partner did not have.

    Raises:
        InvalidArgument: a name is no permission of the schema, and no field that needs one.
        NoPartner: the client is none.
        UnknownClient: there is no such client.
    """
    known = grantable(target, FOR_PEOPLE)
    unknown = [each for each in names if each not in known]
    if unknown:
        groups = ", ".join(each for each in known if "." not in each)
        raise InvalidArgument(
            f"{', '.join(map(repr, unknown))} cannot be granted: there are the permissions {groups}, and the fields "
            "that need one of them, as `Type.field`. Public fields need no grant."
        )

    async def work(turn: Turn) -> tuple[str, ...]:
        owner = await _partner(turn, client)
        new = sorted(set(names) - await turn.writes.grants(owner["client_id"]))
        if new:
            row = {"client_id": owner["client_id"], "granted_at": turn.at, "granted_by": author.name}
            await turn.writes.add_grants([{**row, "name": each} for each in new])
            await turn.note("grant", owner, grants=new)
        return tuple(new)

    return await change(database, author, work)


async def revoke_grants(
    database: Database, client: str, names: Sequence[str], author: Author, *, force: bool = False
) -> tuple[Stopped, ...]:
    """Take grants back from a partner.

    Args:
        database: migrated.
        client: the partner's name.
        names: what it was granted.
        author: who takes them back.
        force: although operations that are served need them; these stop, and the log names them.

    Returns:
        The operations that stop.

    Raises:
        GrantInUse: operations would stop, and that needs force.
        InvalidArgument: the partner does not have such a grant.
        NoPartner: the client is none.
        UnknownClient: there is no such client.
    """

    async def work(turn: Turn) -> tuple[Stopped, ...]:
        owner = await _partner(turn, client)
        has = await turn.writes.grants(owner["client_id"])
        missing = sorted(set(names) - has)
        if missing:
            raise InvalidArgument(f"{client!r} is not granted {', '.join(missing)}; it has {_listed(has)}.")
        stopped = _stopped(await turn.writes.served_analyses(owner["client_id"]), has, has - set(names))
        if stopped and not force:
            lines = [
                f"{client} has operations that need this; with --force they stop:",
                *(f"  {each}" for each in stopped),
            ]
            raise GrantInUse("\n".join(lines), stopped)
        await turn.writes.remove_grants(owner["client_id"], sorted(set(names)))
        told = [str(each) for each in stopped]
        await turn.note("revoke grants", owner, grants=sorted(set(names)), forced=bool(stopped), stopped=told)
        return stopped

    return await change(database, author, work)


def _stopped(operations: Sequence[Mapping[str, Any]], before: set[str], after: set[str]) -> tuple[Stopped, ...]:
    """Those that all was granted for before, and no longer is."""
    found = []
    for row in operations:
        analysis = analysis_of(row["analysis"])
        fields = ungranted(analysis, after)
        if fields and not ungranted(analysis, before):
            found.append(Stopped(row["release"], row["public_id"], tuple(fields)))
    return tuple(found)


async def _partner(turn: Turn, name: str) -> Mapping[str, Any]:
    client = await turn.client(name)
    if not client["is_partner"]:
        raise NoPartner(
            f"{name!r} is no partner: what its operations may see is decided by who uses it. "
            "`boxoffice clients create --partner` makes one."
        )
    return client


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "none"
