"""What one import takes in: everything that a file or a folder says, under the name that the operator knows it by."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from domain.errors import InvalidArgument
from integrations.schedules.merge import merge
from integrations.schedules.model import Format, Gathering, Gatherings

LONGEST_NAME = 500
"""Characters, as the database's CHECK constraint has it."""


@dataclass(frozen=True, slots=True)
class Source:
    """A source as it was read.

    Attributes:
        name: what it goes by among the sources of an organisation.
        content_sha256: of all that was read of it, however the files are written.
        gatherings: each once.
        listings: external ids of the gatherings whose talks are listed in full.
    """

    name: str
    content_sha256: str
    gatherings: tuple[Gathering, ...]
    listings: frozenset[str]


def source_of(name: str, files: Sequence[Gatherings]) -> Source:
    """A source of these files, in their order: where several name one gathering, it is one (`schedules.merge`).

    Raises:
        InvalidArgument: the name is blank, or too long.
    """
    if not name.strip() or len(name) > LONGEST_NAME:
        raise InvalidArgument(f"A source needs a name of 1 to {LONGEST_NAME} characters.")
    gatherings = merge(item for file in files for item in file.items)
    listings = frozenset(
        item.external_id for file in files if file.format is not Format.CONFERENCE_LIST for item in file.items
    )
    content = orjson.dumps([gatherings, sorted(listings)], option=orjson.OPT_SORT_KEYS)
    return Source(name, hashlib.sha256(content).hexdigest(), gatherings, listings)
