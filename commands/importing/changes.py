"""What has to be written so that the rows are as a schedule has them: decided before anything is."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from db.imports import Known, Values


@dataclass(frozen=True, slots=True)
class Wanted:
    """A row as a schedule has it.

    Attributes:
        key: of the row that stands, or for a new one.
        owner: key of the organisation, or of the function.
        external_id: who it is, among those of its owner.
        slug: what to propose for a new row.
        values: by column.
    """

    key: uuid.UUID
    owner: uuid.UUID
    external_id: str
    slug: str
    values: Values


@dataclass(slots=True)
class Changes:
    """What to write, of one kind of rows.

    Attributes:
        created: rows to add.
        changed: rows that say something else, with what they shall say; among them some of `restored`.
        restored: rows that are deleted and shall not be.
        vanished: rows that shall be deleted.
        unchanged: how many rows are right as they stand.
    """

    created: list[Wanted] = field(default_factory=list)
    changed: list[tuple[uuid.UUID, Values]] = field(default_factory=list)
    restored: list[Known] = field(default_factory=list)
    vanished: list[uuid.UUID] = field(default_factory=list)
    unchanged: int = 0

    @property
    def updated(self) -> int:
        """How many rows change that are not also restored."""
        restored = {row.key for row in self.restored}
        return sum(key not in restored for key, _ in self.changed)

    @property
    def rows(self) -> int:
        """How many rows are written; those that are restored and changed count twice."""
        return len(self.created) + len(self.changed) + len(self.restored) + len(self.vanished)

    def want(self, wanted: Wanted, known: Known | None) -> None:
        """Note what it takes for a row to be as it is wanted."""
        if known is None:
            self.created.append(wanted)
            return
        differs = any(known.values[column] != value for column, value in wanted.values.items())
        if differs:
            self.changed.append((known.key, wanted.values))
        if known.deleted:
            self.restored.append(known)
        elif not differs:
            self.unchanged += 1


def compare(wanted: Iterable[Wanted], known: Sequence[Known]) -> Changes:
    """What makes the rows that a schedule ever named the same as those that it names.

    Args:
        wanted: all that it names, each once.
        known: rows of the same owners; those without external id were named by nobody, and are left alone.
    """
    changes = Changes()
    standing = {(row.owner, row.external_id): row for row in known if row.external_id is not None}
    for each in wanted:
        changes.want(each, standing.pop((each.owner, each.external_id), None))
    changes.vanished = [row.key for row in standing.values() if not row.deleted]
    return changes
