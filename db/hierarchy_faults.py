"""Looking for what is wrong with the two hierarchies: one statement for each kind of fault."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.function_migration import FOLLOWS, FUNCTION_STANDS, IS_PARENT
from domain.hierarchy_faults import Place

_CHILDREN: Final = """
    SELECT child.event_id, child.slug, root.event_id AS root_id, child.external_id IS NOT NULL AS imported,
        count(*) OVER () AS found
    FROM events AS child
    LEFT JOIN events AS parent ON parent.event_id = child.parent_event_id
    LEFT JOIN function_roots ON function_roots.function_id = child.function_id
    LEFT JOIN events AS root ON root.event_id = function_roots.event_id AND root.deleted_at IS NULL
        AND root.organisation_id = child.organisation_id AND root.event_id <> child.event_id
    WHERE child.deleted_at IS NULL AND ({}) ORDER BY child.event_id LIMIT :limit
"""

OTHER_ORGANISATION: Final = _CHILDREN.format(
    "child.organisation_id <> parent.organisation_id AND parent.deleted_at IS NULL"
)

DELETED_PARENT: Final = _CHILDREN.format("parent.deleted_at IS NOT NULL AND child.function_id IS NULL")

DELETED_FUNCTION: Final = _CHILDREN.format("""
    child.function_id IS NOT NULL AND EXISTS (
        SELECT FROM functions WHERE functions.function_id = child.function_id AND functions.deleted_at IS NOT NULL
    )
""")

# What stands deeper, or with another organisation, or under what is deleted, is told as that.
OTHER_FUNCTION: Final = _CHILDREN.format("""
    child.function_id IS NOT NULL AND child.function_id IS DISTINCT FROM parent.function_id
    AND parent.event_id IS NOT NULL AND parent.parent_event_id IS NULL AND parent.deleted_at IS NULL
    AND parent.organisation_id = child.organisation_id
""")

WITHOUT_PARENT: Final = _CHILDREN.format("child.parent_event_id IS NULL AND root.event_id IS NOT NULL")

CHILDREN_LEFT_BEHIND: Final = _CHILDREN.format(
    f"{FOLLOWS} AND (parent.function_id IS NULL OR {FUNCTION_STANDS})"  # constants
)

PARENTS_LEFT_BEHIND: Final = f"""
    SELECT event_id, slug, NULL AS root_id, false AS imported, count(*) OVER () AS found
    FROM events AS parent WHERE function_id IS NULL AND {IS_PARENT} ORDER BY event_id LIMIT :limit
"""  # noqa: S608 - constants

# Of the events that have a grandparent: they, and all that stand above them. UNION ends where a cycle does.
_LEVELS: Final = """
    WITH RECURSIVE above AS (
        SELECT child.event_id, child.slug, child.parent_event_id
        FROM events AS child JOIN events AS parent ON parent.event_id = child.parent_event_id
        WHERE parent.parent_event_id IS NOT NULL AND child.deleted_at IS NULL AND parent.deleted_at IS NULL
        UNION
        SELECT event.event_id, event.slug, event.parent_event_id
        FROM events AS event JOIN above ON event.event_id = above.parent_event_id
    )
    SELECT event_id, slug, parent_event_id FROM above
"""


@dataclass(frozen=True, slots=True)
class Faults:
    """What is asked about faults, in one transaction."""

    connection: AsyncConnection

    async def places(self, statement: str, limit: int, types: Sequence[str]) -> tuple[int, list[Place]]:
        """How many events have a fault, and the first of them.

        Args:
            statement: one of this module.
            limit: how many to give, at most.
            types: that make an event a parent.
        """
        values: dict[str, object] = {"limit": limit}
        if ":types" in statement:
            values["types"] = list(types)
        rows = (await self.connection.execute(text(statement), values)).all()
        places = [Place(row.event_id, row.slug, row.root_id, imported=row.imported) for row in rows]
        return (rows[0].found if rows else 0), places

    async def levels(self) -> dict[uuid.UUID, tuple[str, uuid.UUID | None]]:
        """Slug and parent of each event that has a grandparent, and of all that stand above one."""
        rows = (await self.connection.execute(text(_LEVELS))).all()
        return {row.event_id: (row.slug, row.parent_event_id) for row in rows}
