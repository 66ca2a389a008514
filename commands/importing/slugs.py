"""Slugs that no other row has."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from db.imports import Imports, Model
from integrations.schedules.names import told_apart


@dataclass(frozen=True, slots=True)
class Proposal:
    """A slug that a row would like.

    Attributes:
        slug: the one.
        external_id: what tells it apart from others that would like the same.
        owner: what tells it apart where the same is imported into several organisations.
    """

    slug: str
    external_id: str
    owner: uuid.UUID | None = None


async def free_slugs(imports: Imports, model: Model, proposals: Sequence[Proposal]) -> list[str]:
    """A slug for each, no two equal, none of a row that is not deleted: the proposal where it can be had.

    A concurrent transaction may take one before this one does; the database then refuses the row.
    """
    candidates = [_candidates(proposal) for proposal in proposals]
    found: dict[int, str] = {}
    used: set[str] = set()
    left = list(range(len(proposals)))
    while left:
        asked = {number: next(candidates[number]) for number in left}
        taken = used | await imports.taken_slugs(model, set(asked.values()))
        for number, slug in asked.items():
            if slug not in taken:
                found[number] = slug
                taken.add(slug)
        used.update(found.values())
        left = [number for number in left if number not in found]
    return [found[number] for number in range(len(proposals))]


def _candidates(proposal: Proposal) -> Iterator[str]:
    yield proposal.slug
    yield told_apart(proposal.slug, proposal.external_id)
    for number in itertools.count(1):
        yield told_apart(proposal.slug, f"{proposal.external_id}\n{proposal.owner}\n{number}")
