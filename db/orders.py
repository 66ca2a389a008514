"""Registrations within a transaction of selling: found and locked, moved on from state to state, and told of."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ARRAY, Select, Uuid, bindparam, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.base import Base
from db.selling_models import Attendee, Registration, RegistrationLine
from domain.registrations import SWEPT, RegistrationState, step
from domain.sales import AttendeeState

_REGISTRATIONS: Final = Base.metadata.tables[Registration.__tablename__]
_ATTENDEES: Final = Base.metadata.tables[Attendee.__tablename__]


@dataclass(frozen=True, slots=True)
class Order:
    """A registration whose row is locked: nobody else moves it on until the transaction ends."""

    registration_id: uuid.UUID
    organisation_id: uuid.UUID
    function_id: uuid.UUID | None
    customer_id: uuid.UUID | None
    voucher_id: uuid.UUID | None
    state: RegistrationState
    email: str | None
    locale: str | None
    currency: str
    total_amount: int
    hold_expires_at: dt.datetime | None
    confirmation_number: str | None
    version: int


_COLUMNS: Final = tuple(_REGISTRATIONS.c[name] for name in Order.__slots__)


def _order(row: Any) -> Order:  # noqa: ANN401 - a row of SQLAlchemy's
    values = dict(row._mapping)  # noqa: SLF001 - its documented way to names
    return Order(**{**values, "state": RegistrationState(values["state"])})


async def lock(connection: AsyncConnection, registration: uuid.UUID) -> Order | None:
    """A registration, locked until the transaction ends; None where there is none."""
    query = select(*_COLUMNS).where(_REGISTRATIONS.c.registration_id == registration).with_for_update()
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _order(row)


async def lock_expired(connection: AsyncConnection, now: dt.datetime, at_most: int) -> list[Order]:
    """Registrations whose hold is over, oldest first, locked; those that others have locked are left to them."""
    table = _REGISTRATIONS
    query: Select[Any] = (
        select(*_COLUMNS)
        .where(table.c.state.in_(sorted(state.value for state in SWEPT)), table.c.hold_expires_at <= now)
        .order_by(table.c.hold_expires_at, table.c.registration_id)
        .limit(at_most)
        .with_for_update(skip_locked=True)
    )
    return [_order(row) for row in (await connection.execute(query)).all()]


async def advance(
    connection: AsyncConnection, order: Order, target: RegistrationState, *, at: dt.datetime, **columns: object
) -> None:
    """Take a registration that was locked a step further, with other columns of it, and count the change.

    Raises:
        InvalidTransition: there is no such step.
    """
    state = step(order.state, target)
    table = _REGISTRATIONS
    values = {"state": state.value, "version": table.c.version + 1, "updated_at": at, **columns}
    await connection.execute(update(table).where(table.c.registration_id == order.registration_id).values(values))


async def touch(connection: AsyncConnection, registration: uuid.UUID, *, at: dt.datetime, **columns: object) -> None:
    """Change columns of a registration beside its state, or what is a part of it, and count the change."""
    table = _REGISTRATIONS
    values = {"version": table.c.version + 1, "updated_at": at, **columns}
    await connection.execute(update(table).where(table.c.registration_id == registration).values(values))


async def set_attendees(
    connection: AsyncConnection,
    registrations: Sequence[uuid.UUID],
    source: AttendeeState,
    target: AttendeeState,
) -> None:
    """Move all attendees of registrations from one state to another."""
    table = _ATTENDEES
    its = (table.c.registration_id.in_(registrations), table.c.state == source.value)
    await connection.execute(update(table).where(*its).values(state=target.value, version=table.c.version + 1))


_USE: Final = text(
    "UPDATE vouchers SET used = used + 1 WHERE voucher_id = :voucher AND deleted_at IS NULL "
    "AND (max_uses IS NULL OR used < max_uses)"
)
_FORGO: Final = text("""
    WITH gone AS (
        DELETE FROM voucher_uses WHERE registration_id = ANY (:registrations) RETURNING voucher_id
    ), uses AS (
        SELECT voucher_id, count(*)::int AS uses FROM gone GROUP BY voucher_id
    ), locked AS (
        SELECT voucher_id FROM vouchers WHERE voucher_id IN (SELECT voucher_id FROM uses) ORDER BY voucher_id FOR UPDATE
    )
    UPDATE vouchers SET used = used - uses.uses
    FROM uses JOIN locked USING (voucher_id) WHERE vouchers.voucher_id = uses.voucher_id
""").bindparams(bindparam("registrations", type_=ARRAY(Uuid)))


async def use_voucher(connection: AsyncConnection, voucher: uuid.UUID, registration: uuid.UUID) -> bool:
    """Count a voucher's use in an order; whether it could be used once more. Before places are taken."""
    if not (await connection.execute(_USE, {"voucher": voucher})).rowcount:
        return False
    used = text("INSERT INTO voucher_uses (registration_id, voucher_id) VALUES (:registration, :voucher)")
    await connection.execute(used, {"registration": registration, "voucher": voucher})
    return True


async def forgo_vouchers(connection: AsyncConnection, registrations: Sequence[uuid.UUID]) -> None:
    """Let the vouchers of orders that came to nothing be used again; a second time, nothing happens."""
    await connection.execute(_FORGO, {"registrations": list(registrations)})


async def database_time(connection: AsyncConnection) -> dt.datetime:
    """What time it is, by the database's clock: the one that all processes share."""
    now: dt.datetime = (await connection.execute(select(func.clock_timestamp()))).scalar_one()
    return now


async def rename_attendee(
    connection: AsyncConnection, registration: uuid.UUID, line: int, person: int, values: Mapping[str, Any]
) -> bool | None:
    """Change what is known of one person of a line, wherever the line gives them a place.

    Returns:
        Whether it was changed: not, where they have checked in; None where there is no such place any more.
    """
    table, lines = _ATTENDEES, Base.metadata.tables[RegistrationLine.__tablename__]
    of_line = select(lines.c.line_id).where(lines.c.registration_id == registration, lines.c.position == line)
    its = (table.c.line_id.in_(of_line), table.c.person == person, table.c.state != AttendeeState.CANCELLED.value)
    places = (await connection.execute(select(table.c.checked_in_at).where(*its))).scalars().all()
    if not places:
        return None
    if any(at is not None for at in places):
        return False
    if values:
        await connection.execute(update(table).where(*its).values(**values, version=table.c.version + 1))
    return True
