"""Who comes: said when ordering, or later, up to the door."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from commands.selling.moving_on import key_of, own_order
from commands.writing import Sale, Writer
from db import orders, outbox
from domain.facts import AttendeesChanged
from domain.inputs import read
from domain.people import ATTENDEE
from domain.registrations import HOLDING, SOLD, RegistrationState
from domain.user_errors import BadTransition, InvalidInput, LimitExceeded, Rejected, VersionConflict


async def update_attendees(
    writer: Writer, *, global_id: str, version: int, attendees: Sequence[Mapping[str, Any]]
) -> uuid.UUID:
    """Say who comes: for each line named, its people in order; what is left out of a person stays as it is.

    Raises:
        Rejected: `NotFound`, `InvalidInput`, `VersionConflict`; `BadTransition` once the order has ended;
            `LimitExceeded` where a line has not so many places; `InvalidInput` for somebody who has checked in.
    """
    key = key_of(global_id)
    people = []
    for number, each in enumerate(attendees):
        values = read(ATTENDEE, each, is_new=True, at=("attendees", str(number)))
        people.append((values.pop("line_index"), values))

    async def work(sale: Sale) -> None:
        order = await own_order(sale, key)
        if order.version != version:
            message = f"It was changed meanwhile: it has version {order.version}, and you have {version}."
            raise Rejected(VersionConflict(("version",), message, order.version))
        if order.state not in HOLDING | SOLD | {RegistrationState.DRAFT}:
            message = f"A registration that is {order.state.value} has no attendees any more."
            raise Rejected(BadTransition(("id",), message, order.state, order.state))
        counted: dict[int, int] = {}
        for number, (line, values) in enumerate(people):
            person = counted[line] = counted.get(line, -1) + 1
            changed = await orders.rename_attendee(sale.connection, key, line, person, values)
            at = ("attendees", str(number), "lineIndex")
            if changed is None:
                raise Rejected(LimitExceeded(at, f"Line {line} has no place for person {person + 1}."))
            if not changed:
                raise Rejected(InvalidInput(at, "This person has checked in, and stays who they are."))
        await orders.touch(sale.connection, key, at=writer.now)
        await outbox.record(sale.connection, AttendeesChanged(registration_id=key))

    return await writer.sell(key, work)
