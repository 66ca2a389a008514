"""Chance that can be asked again: the same question gets the same answer, in any order and any process."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Protocol

from domain.ids import uuid7

_KEY_BYTES = 10
_CHOICE_BYTES = 12


class _Hasher(Protocol):
    """What `hashlib` makes."""

    def copy(self) -> _Hasher: ...
    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Draws:
    """All chance of one seed.

    A draw is named by a kind and a number. It gives a key, and beside it an integer of 96 bits to choose by; take
    independent choices with `pick` from different `at`.
    """

    random_seed: int | str
    _hasher: _Hasher = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        hasher = blake2b(f"{self.random_seed}/".encode(), digest_size=_KEY_BYTES + _CHOICE_BYTES)
        object.__setattr__(self, "_hasher", hasher)

    def draw(self, kind: str, number: int, milliseconds: int) -> tuple[uuid.UUID, int]:
        """The UUIDv7 key of a row that is made at a time, and its choices.

        Args:
            kind: such as the table's name.
            number: of the row, from 0.
            milliseconds: Unix time.
        """
        hasher = self._hasher.copy()
        hasher.update(f"{kind}:{number}".encode())
        digest = hasher.digest()
        return uuid7(milliseconds, digest[:_KEY_BYTES]), int.from_bytes(digest[_KEY_BYTES:])


def milliseconds_of(moment: dt.datetime) -> int:
    """Unix time."""
    return int(moment.timestamp()) * 1000 + moment.microsecond // 1000
