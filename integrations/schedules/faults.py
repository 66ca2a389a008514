"""Collecting what is wrong with a file, so that all of it is told at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from integrations.schedules.limits import MAX_FAULTS
from integrations.schedules.model import BrokenSchedule, Fault

T = TypeVar("T")


def shown(text: str) -> str:
    """A text of the file as a message quotes it: short, on one line, without control characters."""
    return repr(text if len(text) <= 60 else f"{text[:59]}…")  # noqa: PLR2004 - about what a line of a terminal holds


class Faults:
    """The faults of one file, as they are found."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._told: list[Fault] = []
        self._untold = 0

    def add(self, where: str, what: str) -> None:
        """Note a fault and go on."""
        if len(self._told) < MAX_FAULTS:
            self._told.append(Fault(where, what))
        else:
            self._untold += 1

    def fatal(self, where: str, what: str) -> BrokenSchedule:
        """Note a fault behind which nothing can be read; the answer, with those before it, is to be raised."""
        self.add(where, what)
        return self._broken()

    def attempt(self, where: str, parse: Callable[[str], T], text: str) -> T | None:
        """What `parse` makes of a text; None, and a fault, when it answers `ValueError`. None for no text at all."""
        if not text:
            return None
        try:
            return parse(text)
        except ValueError as error:
            self.add(where, str(error))
            return None

    def settle(self) -> None:
        """Refuse the file if anything is wrong with it.

        Raises:
            BrokenSchedule: with all the faults.
        """
        if self._told:
            raise self._broken()

    def _broken(self) -> BrokenSchedule:
        return BrokenSchedule(self._name, tuple(self._told), self._untold)
