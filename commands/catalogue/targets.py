"""What price rules, vouchers and rules on who may buy are about: something that the viewer may dispose of."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Final

from commands.catalogue.rows import own
from commands.writing import Write
from db.editing import OWNER, Values
from db.models import Function, Package, Ticket
from db.soft_delete import Model
from domain.inputs import camel
from domain.user_errors import InvalidInput, Rejected

_MODELS: Final[Mapping[str, Model]] = {"function_id": Function, "ticket_id": Ticket, "package_id": Package}


async def target(write: Write, values: Values) -> Values | None:
    """The function, ticket or package that some values name, held; None where they name none.

    Raises:
        Rejected: `NotFound`, `NotPermitted`; `InvalidInput`, where it is a function that nobody holds.
    """
    for name, model in _MODELS.items():
        if values.get(name) is not None:
            at = ("input", camel(name))
            found = await own(write, model, values[name], *at, share=True)
            if found[OWNER] is None:
                raise Rejected(InvalidInput(at, f"`{at[-1]}`: nobody holds this function, so that nobody sells it."))
            return found
    return None


def seller(found: Values | None) -> uuid.UUID:
    """The organisation of a target that has to be there."""
    assert found is not None, "one is named"
    key: uuid.UUID = found[OWNER]
    return key


def check_stays(news: Values, names: Iterable[str], what: str) -> None:
    """Refuse to have something be about something else.

    Raises:
        Rejected: it would be.
    """
    moved = [name for name in names if name in news]
    if moved:
        message = f"{what} stays with what it was entered for: leave `{{}}` out."
        raise Rejected(*(InvalidInput(("input", camel(name)), message.format(camel(name))) for name in moved))
