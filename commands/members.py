"""Who works for an organisation: each change is one transaction, with its entry in the audit log."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable

from auth.claims import customer_id_of
from db.contention import transact
from db.database import Database
from db.members import Members, ensure_customer
from domain.audit import Action, Actor
from domain.errors import Refusal
from domain.members import OrgRole

PATIENCE = 10.0
"""Seconds to wait for the end of another change of the same rows."""


class UnknownOrganisation(Refusal):
    """There is no organisation of this slug."""

    code = "UNKNOWN_ORGANISATION"


async def add_member(
    database: Database, organisation: str, subject: str, role: OrgRole, *, actor: Actor, reason: str
) -> bool:
    """Let somebody work for an organisation.

    Args:
        database: migrated.
        organisation: its slug.
        subject: whom; a customer is made of them, if they are none yet.
        role: as what.
        actor: who says so.
        reason: why.

    Returns:
        Whether that was new; where it was not, nothing is done, nor recorded.

    Raises:
        InvalidArgument: the reason is none, or holds a secret.
        RowRefused: nobody can be called that.
        UnknownOrganisation: there is no such organisation.
    """

    async def change(members: Members, key: uuid.UUID) -> bool:
        return await members.add(key, await ensure_customer(members.connection, subject, customer_id_of(subject)), role)

    return await _change(
        database, organisation, Action("add member", subject, reason, actor, _details(organisation, role)), change
    )


async def remove_member(
    database: Database, organisation: str, subject: str, role: OrgRole, *, actor: Actor, reason: str
) -> bool:
    """Let somebody no longer work for an organisation in a role.

    Returns:
        Whether they did; where they did not, nothing is done, nor recorded.

    Raises:
        InvalidArgument: the reason is none, or holds a secret.
        UnknownOrganisation: there is no such organisation.
    """

    async def change(members: Members, key: uuid.UUID) -> bool:
        customer = await members.customer(subject)
        return customer is not None and await members.remove(key, customer, role)

    return await _change(
        database, organisation, Action("remove member", subject, reason, actor, _details(organisation, role)), change
    )


def _details(organisation: str, role: OrgRole) -> dict[str, object]:
    return {"organisation": organisation, "role": role.value}


async def _change(
    database: Database, organisation: str, action: Action, change: Callable[[Members, uuid.UUID], Awaitable[bool]]
) -> bool:
    async def work(members: Members) -> bool:
        key = await members.organisation(organisation)
        if key is None:
            raise UnknownOrganisation(f"There is no organisation with the slug {organisation!r}.")
        changed = await change(members, key)
        if changed:
            await members.record(action)
        return changed

    return await transact(database, lambda connection: work(Members(connection)), patience=PATIENCE)
