"""What changed in the database, in which order that can be relied on, and which answers it is a part of.

PostgreSQL numbers transactions when they begin to write, and they become visible when they commit, in any order. So
"everything up to number n" is never known. A *snapshot* says exactly what a statement could see: everything below
`xmin`, nothing from `xmax` on, and between them all but what was still running (`pg_current_snapshot()` in PostgreSQL's
manual, "Transaction ID and Snapshot Information Functions").

What an answer shows is told by *tags*: `events` is any row of that table, `events:<key>` one row, `events@<key>` the
rows that belong to another one, `events*` whatever of the table the answer has, for changes too large to be listed.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

_RECENT: Final = 32
"""How many transactions a tag remembers one by one."""

_MOST_TAGS: Final = 200_000


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Which transactions are visible."""

    xmin: int
    xmax: int
    running: frozenset[int] = frozenset()

    def sees(self, transaction: int) -> bool:
        """Whether it is visible, if it was committed at all."""
        return transaction < self.xmin or (transaction < self.xmax and transaction not in self.running)

    def __str__(self) -> str:
        """As PostgreSQL writes it."""
        return f"{self.xmin}:{self.xmax}:{','.join(map(str, sorted(self.running)))}"


def read_snapshot(text: str) -> Snapshot:
    """Read what PostgreSQL writes: `xmin:xmax:running,…`.

    Raises:
        ValueError: it is no snapshot.
    """
    xmin, xmax, running = text.split(":")
    return Snapshot(int(xmin), int(xmax), frozenset(map(int, running.split(","))) if running else frozenset())


def row_tags(subject: str, keys: Iterable[uuid.UUID]) -> list[str]:
    """The tags of single rows."""
    return [f"{subject}:{key}" for key in keys]


def list_tags(subject: str, owners: Iterable[uuid.UUID]) -> list[str]:
    """The tags of all rows that belong to each owner."""
    return [f"{subject}@{key}" for key in owners]


def whole(subject: str) -> str:
    """The tag of whatever an answer has of a table."""
    return f"{subject}*"


def with_whole(tags: Iterable[str]) -> frozenset[str]:
    """The tags of an answer, with those of the tables that they are of."""
    given = frozenset(tags)
    return given | {whole(tag.partition(":")[0].partition("@")[0]) for tag in given}


@dataclass(frozen=True, slots=True)
class Change:
    """What one statement changed.

    Attributes:
        transaction: the number of its transaction.
        subject: the table.
        keys: of the rows; None where there were too many to list.
        owners: the keys of the rows that they belong to, or belonged to.
    """

    transaction: int
    subject: str
    keys: tuple[uuid.UUID, ...] | None = None
    owners: tuple[uuid.UUID, ...] = ()

    def tags(self) -> Iterator[str]:
        """What it invalidates."""
        if self.keys is None:
            yield whole(self.subject)
            return
        yield self.subject
        yield from row_tags(self.subject, self.keys)
        yield from list_tags(self.subject, self.owners)


@dataclass(slots=True)
class _Changed:
    """Which transactions changed a tag: the last ones each, of those before them the greatest."""

    before: int = 0
    recent: list[int] = field(default_factory=list)

    def add(self, transaction: int) -> None:
        self.recent.append(transaction)
        if len(self.recent) > _RECENT:
            self.before = max(self.before, *self.recent)
            self.recent.clear()

    def unseen_by(self, snapshot: Snapshot) -> bool:
        # Of those before, some may be hidden where the greatest is seen; below xmin all are seen.
        return self.before >= snapshot.xmin or not all(map(snapshot.sees, self.recent))

    @property
    def greatest(self) -> int:
        return max(self.before, *self.recent) if self.recent else self.before


@dataclass(slots=True)
class ChangeLog:
    """The changes that a process knows of, by tag."""

    _tags: dict[str, _Changed] = field(default_factory=dict)
    _dropped: int = 0

    def add(self, change: Change) -> list[str]:
        """Note a change; the tags that it invalidates."""
        tags = list(change.tags())
        for tag in tags:
            self._tags.setdefault(tag, _Changed()).add(change.transaction)
        if len(self._tags) > _MOST_TAGS:
            self.forget(self.greatest + 1)
        return tags

    def unchanged_since(self, snapshot: Snapshot, tags: Iterable[str]) -> bool:
        """Whether no change of any of these tags is missing from the snapshot; "no" where that is not known."""
        if self._dropped >= snapshot.xmin:
            return False
        known = (self._tags.get(tag) for tag in tags)
        return not any(changed.unseen_by(snapshot) for changed in known if changed is not None)

    def forget(self, before: int) -> None:
        """Forget what transactions below a number changed; nothing is known any more of snapshots that may miss one."""
        gone = [tag for tag, changed in self._tags.items() if changed.greatest < before]
        for tag in gone:
            self._dropped = max(self._dropped, self._tags.pop(tag).greatest)

    def clear(self) -> None:
        """Begin anew, with another database."""
        self._tags.clear()
        self._dropped = 0

    @property
    def greatest(self) -> int:
        """The greatest transaction that is known."""
        return max((changed.greatest for changed in self._tags.values()), default=self._dropped)
