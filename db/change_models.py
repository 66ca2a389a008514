"""The table of what changed, and the triggers that write it."""

from __future__ import annotations

import uuid

from sqlalchemy import ARRAY, DDL, BigInteger, Identity, MetaData, Uuid, event, text
from sqlalchemy.orm import Mapped, mapped_column

from db import checks
from db.base import Base
from db.followed import FOLLOWED, RECORD, triggers


class RowChange(Base):
    """What one statement changed of the rows that clients are shown, written by triggers in its own transaction.

    Each process reads what has become visible since it last looked, and drops the answers that show it. Lines are
    removed after a while. No keys: there were too many to list.
    """

    __tablename__ = "row_changes"

    transaction: Mapped[int] = mapped_column(
        BigInteger,
        primary_key=True,
        autoincrement=False,
        server_default=text("pg_current_xact_id()::text::bigint"),
    )
    change_id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    subject: Mapped[str]
    keys: Mapped[list[uuid.UUID] | None] = mapped_column(ARRAY(Uuid))
    owners: Mapped[list[uuid.UUID] | None] = mapped_column(ARRAY(Uuid))

    __table_args__ = (checks.label("subject"),)


def tell_changes(metadata: MetaData) -> None:
    """Make followed tables tell their changes when they are made from the models; its migration has the same words."""
    for statement in (RECORD, *(each for table in FOLLOWED for each in triggers(table))):
        # SQLAlchemy formats these with `%`. After all tables, since each writes to another.
        ddl = DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call] # SQLAlchemy types no DDL's constructor
        event.listen(metadata, "after_create", ddl)


tell_changes(Base.metadata)
