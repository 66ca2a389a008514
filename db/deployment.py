"""What a deployment shows of a database: all of it, one function, or one organisation.

The conditions stand beside those of visibility (`db.visibility`), in statements of their own: those of a deployment
that shows everything do not know of them.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, ScalarSelect, Uuid, bindparam, exists, literal_column, select

from db.models import CapacityPool, Event, Function, Organisation, Package, Ticket


class Part(Enum):
    """Of what kind the one thing is."""

    FUNCTION = "function"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True)
class Within:
    """The one thing that a deployment shows, with what belongs to it."""

    part: Part
    key: uuid.UUID

    def shows(self, function_id: uuid.UUID | None, organisation_id: uuid.UUID) -> bool:
        """Whether something is shown that is of this function, and of this organisation."""
        return self.key == (function_id if self.part is Part.FUNCTION else organisation_id)

    def __str__(self) -> str:
        """Such as `function:0198…`."""
        return f"{self.part.value}:{self.key}"


_KEY = bindparam("within", type_=Uuid)
_ONE = literal_column("1", Integer)  # `SELECT *` would ask for columns that not every role may read


def _organiser() -> ScalarSelect[Any]:
    """Who holds the function."""
    return select(Function.organisation_id).where(Function.function_id == _KEY).scalar_subquery()


def _event_of_ticket(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(_ONE).where(Event.event_id == Ticket.event_id, condition).correlate(Ticket)


INSIDE: Final[Mapping[Part, Mapping[type[Any], ColumnElement[bool]]]] = {
    Part.FUNCTION: {
        Organisation: Organisation.organisation_id == _organiser(),
        Function: Function.function_id == _KEY,
        Event: Event.function_id == _KEY,
        Ticket: _event_of_ticket(Event.function_id == _KEY),
        Package: Package.function_id == _KEY,
        CapacityPool: CapacityPool.organisation_id == _organiser(),
    },
    Part.ORGANISATION: {
        Organisation: Organisation.organisation_id == _KEY,
        Function: Function.organisation_id == _KEY,
        Event: Event.organisation_id == _KEY,
        Ticket: _event_of_ticket(Event.organisation_id == _KEY),
        Package: exists(_ONE)
        .where(Function.function_id == Package.function_id, Function.organisation_id == _KEY)
        .correlate(Package),
        CapacityPool: CapacityPool.organisation_id == _KEY,
    },
}
"""Which rows of each table a deployment shows; the parameter `within` is the key of the one thing.

An organisation's pools stand beside its functions, not below them: of one function, its organiser's are shown.
"""
