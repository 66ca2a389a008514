"""Failures, kept where they happened until the answer is put in order."""

from __future__ import annotations

from typing import Any


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
