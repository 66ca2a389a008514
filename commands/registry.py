"""Releases of persisted operations, from publishing to retiring: a function is one transaction, one log entry."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from auth.permissions import FOR_PEOPLE
from commands.registering import Author, Turn, change
from db.database import Database
from domain.errors import InvalidArgument, Refusal
from domain.ids import uuid7
from domain.registry import ReleaseState, may_become
from domain.routes import parse_route
from persisted_queries.compiling import (
    Candidate,
    CompiledOperation,
    Fault,
    OperationsRefused,
    Target,
    compile_operations,
    content_sha256,
)
from persisted_queries.grants import grant_faults, ungranted
from persisted_queries.routing import conflict_of

_RELEASE_NAME: Final = re.compile(r"[A-Za-z0-9._+-]{1,100}")


class ReleaseExists(Refusal):
    """A release of this name has other operations; what is published does not change."""

    code = "RELEASE_EXISTS"


class InvalidTransition(Refusal):
    """A release cannot go from the state it is in to the one it was to."""

    code = "INVALID_TRANSITION"


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing came to; `is_new` is False where the same was published before, and nothing was done."""

    release_id: uuid.UUID
    state: ReleaseState
    operations: tuple[CompiledOperation, ...]
    content_sha256: str
    is_new: bool


async def publish(
    database: Database,
    target: Target,
    client: str,
    release: str,
    candidates: Sequence[Candidate],
    author: Author,
    *,
    activate: bool = True,
) -> Published:
    """Publish operations as a release of a client: all of them, or none. To publish the same again does nothing.

    Args:
        database: migrated.
        target: what they are compiled against.
        client: its name.
        release: its name among those of the client, such as `1.4.2`.
        candidates: the operations; at least one.
        author: who publishes, from which commit.
        activate: whether they are served at once; else the release stays pending until `activate`.

    Raises:
        InvalidArgument: there is no operation, or the name cannot stand in ids.
        OperationsRefused: some do not fit the schema; their ids stand for others in a release that is not retired;
            they touch fields that the client, a partner, is not granted; or their routes conflict with others.
        ReleaseExists: the release was published before, with other operations.
        UnknownClient: there is no such client.
    """
    if not _RELEASE_NAME.fullmatch(release):
        raise InvalidArgument(f"A release is called by letters, digits and `.`, `_`, `+`, `-`; not {release!r}.")
    if not candidates:
        raise InvalidArgument("There is no operation to publish.")
    # In a thread, so that a process that serves goes on meanwhile.
    compiled = await asyncio.to_thread(compile_operations, target, candidates)
    content = content_sha256(compiled)
    state = ReleaseState.ACTIVE if activate else ReleaseState.PENDING

    async def work(turn: Turn) -> Published:
        owner = await turn.client(client)
        before = await turn.writes.release(owner["client_id"], release)
        if before is not None:
            if before["content_sha256"] != content:
                raise ReleaseExists(
                    f"{client} {release} was published with other operations at "
                    f"{before['published_at']:%Y-%m-%d %H:%M} UTC; publish these under another name."
                )
            return Published(before["release_id"], ReleaseState(before["state"]), compiled, content, is_new=False)
        _refuse_taken(await turn.writes.taken_ids(owner["client_id"]), compiled)
        if any(each.route for each in compiled):
            beside = await turn.writes.routes_besides(owner["client_id"], is_public=owner["is_public"])
            _refuse_conflicts(owner["client_id"], beside, compiled)
        if owner["is_partner"]:
            _refuse_ungranted(target, candidates, compiled, await turn.writes.grants(owner["client_id"]))
        row = {"release_id": uuid7(), "client_id": owner["client_id"], "name": release, "state": state.value}
        row |= {"content_sha256": content, "published_by": author.name, "published_at": turn.at}
        await turn.writes.add_operations([_row(each, target, turn.at) for each in _by_text(compiled)])
        await turn.writes.add_release({**row, "source_commit": author.commit})
        await turn.writes.link(row["release_id"], [_link(each) for each in compiled])
        details = {"state": state.value, "operations": len(compiled)}
        await turn.note("publish", owner, row, content_sha256=content, schema_sha256=target.sha256, **details)
        return Published(row["release_id"], state, compiled, content, is_new=True)

    return await change(database, author, work)


def _refuse_taken(taken: Mapping[str, tuple[str, str]], compiled: Sequence[CompiledOperation]) -> None:
    """An id means one operation to a client, whichever of its releases has it: else old programs would get new ones."""
    faults = [
        Fault(f"The id stands for another text in release {taken[each.public_id][1]!r}.", each.public_id)
        for each in compiled
        if each.public_id in taken and taken[each.public_id][0] != each.text_sha256
    ]
    if faults:
        raise OperationsRefused(faults)


def _refuse_ungranted(
    target: Target, candidates: Sequence[Candidate], compiled: Sequence[CompiledOperation], grants: set[str]
) -> None:
    """A partner's operations touch what it is granted, and what is public."""
    files = {each.public_id: each.file for each in candidates}
    faults = [
        fault
        for each in compiled
        if (missing := ungranted(each.analysis, grants))
        for fault in grant_faults(
            target,
            each.text,
            missing,
            called=each.name or each.public_id,
            file=files[each.public_id],
            for_people=FOR_PEOPLE,
        )
    ]
    if faults:
        raise OperationsRefused(faults)


def _refuse_conflicts(
    client_id: uuid.UUID, beside: Sequence[Mapping[str, Any]], compiled: Sequence[CompiledOperation]
) -> None:
    """A path means one operation. A release may take an address over from an older one of its client, as it is."""
    faults: list[Fault] = []
    for each in compiled:
        for row in beside:
            other = parse_route(row["route"])
            taken_over = row["client_id"] == client_id and each.route and other.shape == each.route.shape
            if each.route and not taken_over and conflict_of(each.route, [other]):
                where = f"{other} of {row['client']} {row['release']}"
                faults.append(Fault(f"Its route {each.route} conflicts with {where}.", each.name or each.public_id))
    if faults:
        raise OperationsRefused(faults)


def _link(compiled: CompiledOperation) -> dict[str, Any]:
    route = None if compiled.route is None else str(compiled.route)
    return {"public_id": compiled.public_id, "text_sha256": compiled.text_sha256, "route": route}


def _by_text(compiled: Sequence[CompiledOperation]) -> list[CompiledOperation]:
    return list({each.text_sha256: each for each in compiled}.values())


def _row(compiled: CompiledOperation, target: Target, at: dt.datetime) -> dict[str, Any]:
    return {
        "text_sha256": compiled.text_sha256,
        "text": compiled.text,
        "name": compiled.name,
        "kind": compiled.kind,
        "analysis": compiled.analysis.to_json(),
        "schema_sha256": target.sha256,
        "created_at": at,
    }


async def activate(database: Database, client: str, release: str, author: Author) -> None:
    """Serve a release that is pending, or take its deprecation back.

    Raises:
        InvalidTransition: it is active, or retired.
        UnknownClient: there is no such client.
        UnknownRelease: it has no such release.
    """

    async def work(turn: Turn) -> None:
        owner = await turn.client(client)
        row = await turn.release(owner, release)
        require_transition(row, ReleaseState.ACTIVE)
        values = {"state": "active", "deprecated_at": None, "sunset_at": None, "successor_id": None}
        await turn.writes.change_release(row["release_id"], values)
        await turn.note("activate", owner, row, before=row["state"])

    await change(database, author, work)


async def deprecate(
    database: Database,
    client: str,
    release: str,
    author: Author,
    *,
    sunset: dt.datetime | None = None,
    successor: str | None = None,
) -> None:
    """Announce the end of a release; it is served until it is retired.

    Args:
        database: migrated.
        client: its name.
        release: its name.
        author: who announces it.
        sunset: from when on it may be retired without force (RFC 8594); not in the past.
        successor: the release of the same client to go over to.

    Raises:
        InvalidArgument: the sunset is in the past, or the successor is the release itself.
        InvalidTransition: it is pending, or retired.
        UnknownClient: there is no such client.
        UnknownRelease: it has no such release, or no such successor.
    """

    async def work(turn: Turn) -> None:
        owner = await turn.client(client)
        row = await turn.release(owner, release)
        require_transition(row, ReleaseState.DEPRECATED)
        if sunset is not None and sunset < turn.at:
            raise InvalidArgument(f"The sunset {sunset:%Y-%m-%d %H:%M} UTC is in the past.")
        if successor == release:
            raise InvalidArgument("A release cannot succeed itself.")
        after = None if successor is None else await turn.release(owner, successor)
        values = {
            "state": "deprecated",
            "deprecated_at": row["deprecated_at"] or turn.at,
            "sunset_at": sunset,
            "successor_id": None if after is None else after["release_id"],
        }
        await turn.writes.change_release(row["release_id"], values)
        told = {"sunset": None if sunset is None else sunset.isoformat(), "successor": successor}
        await turn.note("deprecate", owner, row, before=row["state"], **told)

    await change(database, author, work)


async def pin(database: Database, client: str, release: str, author: Author, *, pinned: bool) -> None:
    """Keep a release from being retired, or no longer; nothing is done, nor noted, where it is so already.

    Raises:
        UnknownClient: there is no such client.
        UnknownRelease: it has no such release.
    """

    async def work(turn: Turn) -> None:
        owner = await turn.client(client)
        row = await turn.release(owner, release)
        if row["pinned"] != pinned:
            await turn.writes.change_release(row["release_id"], {"pinned": pinned})
            await turn.note("pin" if pinned else "unpin", owner, row)

    await change(database, author, work)


def require_transition(release: Mapping[str, Any], then: ReleaseState) -> None:
    """Whether a release may go to a state.

    Raises:
        InvalidTransition: from the one that it is in, it cannot.
    """
    now = ReleaseState(release["state"])
    if not may_become(now, then):
        raise InvalidTransition(f"The release {release['name']!r} is {now.value}: it cannot become {then.value}.")
