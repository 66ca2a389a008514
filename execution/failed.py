"""Failures, kept where they happened until the answer is put in order."""

from __future__ import annotations

from collections.abc import Sequence
from types import NoneType
from typing import Any

from graphql.pyutils import UndefinedType


class Failed:
    """Stands in an answer at the place of a value that could not be had.

    Attributes:
        error: why.
        items: of a list that broke off, what came before the break.
    """

    __slots__ = ("error", "items")

    def __init__(self, error: Exception, items: list[Any] | None = None) -> None:
        self.error = error
        self.items = items


def all_plain(values: Sequence[Any]) -> bool:
    """Whether none of the values is null or an exception; found out by their kinds, of which there are few."""
    for kind in set(map(type, values)):
        if kind is NoneType or kind is UndefinedType or issubclass(kind, Exception):
            return False
    return True
