"""Deciding what becomes of parent events: a function each, with a slug that no other has."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from db.function_migration import Moves
from domain.function_migration import ParentEvent, function_of, slugs_for
from domain.ids import uuid7


@dataclass(frozen=True, slots=True)
class Planned:
    """A function that is made of a parent event."""

    parent: ParentEvent
    row: Mapping[str, Any]

    @property
    def key(self) -> uuid.UUID:
        """The function's key."""
        key = self.row["function_id"]
        assert isinstance(key, uuid.UUID)
        return key

    def __str__(self) -> str:
        """One line, for whoever wants to know what happens; the same before and after."""
        row, parent = self.row, self.parent
        first, last = row["start_date"], row["end_date"]
        days = f"{first:%Y-%m-%d}" + ("" if first == last else f" to {last:%Y-%m-%d}")
        slug = row["slug"] if row["slug"] == parent.slug else f"{row['slug']}, since {parent.slug} is taken"
        events = f"{parent.children + 1:,} event{'s' if parent.children else ''}"
        return f"{parent.title} ({slug}): {days}, {events}"


async def plan(moves: Moves, parents: Sequence[ParentEvent], promised: frozenset[str] = frozenset()) -> list[Planned]:
    """Decide what is made of these parent events.

    Args:
        moves: what is asked about slugs.
        parents: the events.
        promised: slugs that other plans take, which have not been carried out.
    """
    candidates = [slugs_for(parent) for parent in parents]
    chosen: dict[int, str] = {}
    used = set(promised)
    while left := [number for number in range(len(parents)) if number not in chosen]:
        asked = {number: next(candidates[number]) for number in left}
        taken = used | await moves.taken_slugs(set(asked.values()))
        for number, slug in asked.items():
            if slug not in taken:
                chosen[number] = slug
                taken.add(slug)
        used.update(chosen.values())
    return [Planned(parent, function_of(parent, uuid7(), chosen[number])) for number, parent in enumerate(parents)]
