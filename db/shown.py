"""Looking whether what a deployment is to show is there."""

from __future__ import annotations

from enum import Enum
from typing import Final

from sqlalchemy import Uuid, bindparam, select

from db.database import Database
from db.deployment import Part, Within
from db.models import Function, Organisation
from db.rows import Row
from db.statement import compile_statement
from db.visibility import Reach, Sight

_KEY: Final = bindparam("key", type_=Uuid)

_DELETED: Final = {
    Part.FUNCTION: compile_statement(
        "shown.function", select(Function.deleted_at).where(Function.function_id == _KEY), Row, Sight.PRIVILEGED
    ),
    Part.ORGANISATION: compile_statement(
        "shown.organisation",
        select(Organisation.deleted_at).where(Organisation.organisation_id == _KEY),
        Row,
        Sight.PRIVILEGED,
    ),
}


class Shown(Enum):
    """What has become of the one thing that a deployment shows."""

    THERE = "there"
    DELETED = "deleted"
    NOWHERE = "nowhere"


async def look_for(database: Database, within: Within) -> Shown:
    """Whether the one thing is there.

    Raises:
        OSError, TimeoutError, …: the database is away (`db.failures`), or was never migrated.
    """
    everything = Reach(sees_all=True, every_field=True).setting
    rows = await database.fetch(_DELETED[within.part], {"key": within.key, "viewer": everything})
    if not rows:
        return Shown.NOWHERE
    return Shown.THERE if rows[0]["deleted_at"] is None else Shown.DELETED
