"""What an import did, in numbers."""

from __future__ import annotations

from dataclasses import astuple, dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many rows of one kind an import made, changed, left as they were, deleted and brought back.

    A row that is brought back counts as that alone, whether it also changed or not.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    restored: int = 0

    def __add__(self, other: Tally) -> Tally:
        created, updated, unchanged, deleted, restored = map(sum, zip(astuple(self), astuple(other), strict=True))
        return Tally(created=created, updated=updated, unchanged=unchanged, deleted=deleted, restored=restored)

    @property
    def changed(self) -> int:
        """How many rows are not as they were."""
        return self.created + self.updated + self.deleted + self.restored


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """What the import of one source did."""

    source: str
    functions: Tally
    events: Tally
