"""What all changes of the registry share: who makes them, their turn, and what may stand in their way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from db.contention import transact
from db.database import Database
from db.registry import RegistryWrites
from domain.audit import check_reason
from domain.errors import Refusal

T = TypeVar("T")

PATIENCE: Final = 30.0
"""Seconds to wait for the end of another change of the registry."""


class UnknownClient(Refusal):
    """There is no client of this name."""

    code = "UNKNOWN_CLIENT"


class UnknownRelease(Refusal):
    """The client has no release of this name."""

    code = "UNKNOWN_RELEASE"


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes the registry, and why.

    Attributes:
        name: a person's or a pipeline's.
        commit: what is published was built from it; None for none.
        reason: in their words; None where they give none.

    Raises:
        InvalidArgument: the reason is none that can be kept.
    """

    name: str
    commit: str | None = None
    reason: str | None = None

    def __post_init__(self) -> None:
        if self.reason is not None:
            check_reason(self.reason)


@dataclass(frozen=True, slots=True)
class Turn:
    """One change of the registry, under way: no other one is.

    Attributes:
        writes: what it asks and writes.
        at: the moment it began.
        author: who makes it.
    """

    writes: RegistryWrites
    at: dt.datetime
    author: Author

    async def client(self, name: str) -> Mapping[str, Any]:
        """A client by its name.

        Raises:
            UnknownClient: there is none.
        """
        found = await self.writes.client(name)
        if found is None:
            raise UnknownClient(f"There is no client {name!r}; `boxoffice clients list` shows those there are.")
        return found

    async def release(self, client: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        """A release of a client by its name.

        Raises:
            UnknownRelease: there is none.
        """
        found = await self.writes.release(client["client_id"], name)
        if found is None:
            raise UnknownRelease(
                f"The client {client['name']!r} has no release {name!r}; `boxoffice operations list` shows them."
            )
        return found

    async def note(
        self, action: str, client: Mapping[str, Any], release: Mapping[str, Any] | None = None, **details: object
    ) -> None:
        """Write the entry of the log that every change ends with."""
        why = {} if self.author.reason is None else {"reason": self.author.reason}
        await self.writes.note(
            {
                "at": self.at,
                "actor": self.author.name,
                "action": action,
                "client_id": client["client_id"],
                "release_id": None if release is None else release["release_id"],
                "source_commit": self.author.commit,
                "details": {**details, **why},
            }
        )


async def change(database: Database, author: Author, work: Callable[[Turn], Awaitable[T]]) -> T:
    """Change the registry in one transaction, when it is its turn.

    Raises:
        InUse: other changes took longer than `PATIENCE`.
        RowRefused: the database refuses a value.
        Refusal: what `work` refuses.
    """

    async def in_turn(writes: RegistryWrites) -> T:
        return await work(Turn(writes, await writes.take_turn(), author))

    return await transact(database, lambda connection: in_turn(RegistryWrites(connection)), patience=PATIENCE)
