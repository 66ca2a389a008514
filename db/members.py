"""Writing customers and members of organisations, within a transaction."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.audit import record
from db.base import Base
from db.identity_models import Customer, OrganisationMember
from db.models import Organisation
from domain.audit import Action
from domain.members import OrgRole

_CUSTOMERS: Final = Base.metadata.tables[Customer.__tablename__]
_MEMBERS: Final = Base.metadata.tables[OrganisationMember.__tablename__]


async def ensure_customer(connection: AsyncConnection, subject: str, customer_id: uuid.UUID) -> uuid.UUID:
    """The key of a subject's row, which is made if there is none.

    Args:
        connection: from `Database.write()`.
        subject: as their tokens name them.
        customer_id: the key of a new row (`auth.claims.customer_id_of`).
    """
    made = upsert(_CUSTOMERS).values(customer_id=customer_id, subject=subject)
    await connection.execute(made.on_conflict_do_nothing(index_elements=["subject"]))
    found = select(_CUSTOMERS.c.customer_id).where(_CUSTOMERS.c.subject == subject)
    key: uuid.UUID = (await connection.execute(found)).scalar_one()
    return key


@dataclass(frozen=True, slots=True)
class Members:
    """The members of organisations, within a transaction."""

    connection: AsyncConnection

    async def organisation(self, slug: str) -> uuid.UUID | None:
        """The key of an organisation that is there, by its slug."""
        table = Base.metadata.tables[Organisation.__tablename__]
        query = select(table.c.organisation_id).where(table.c.slug == slug, table.c.deleted_at.is_(None))
        key: uuid.UUID | None = (await self.connection.execute(query)).scalar_one_or_none()
        return key

    async def customer(self, subject: str) -> uuid.UUID | None:
        """The key of a subject's row."""
        query = select(_CUSTOMERS.c.customer_id).where(_CUSTOMERS.c.subject == subject)
        key: uuid.UUID | None = (await self.connection.execute(query)).scalar_one_or_none()
        return key

    async def add(self, organisation: uuid.UUID, customer: uuid.UUID, role: OrgRole) -> bool:
        """Add a membership; whether it was not there."""
        made = upsert(_MEMBERS).values(organisation_id=organisation, customer_id=customer, role=role.value)
        return (await self.connection.execute(made.on_conflict_do_nothing())).rowcount > 0

    async def remove(self, organisation: uuid.UUID, customer: uuid.UUID, role: OrgRole) -> bool:
        """Remove a membership; whether it was there."""
        its = (_MEMBERS.c.organisation_id == organisation, _MEMBERS.c.customer_id == customer)
        return (await self.connection.execute(delete(_MEMBERS).where(*its, _MEMBERS.c.role == role.value))).rowcount > 0

    async def record(self, action: Action) -> None:
        """Write the audit log's entry of it."""
        now: dt.datetime = (await self.connection.execute(select(func.clock_timestamp()))).scalar_one()
        await record(self.connection, action, at=now)
