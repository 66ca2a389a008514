"""What an import of schedules asks and writes: a few statements, whatever the number of rows."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Table,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from db.contention import Disturbed
from db.models import Base, Event, Function, ImportedFunction, ImportSource, Organisation

Model: TypeAlias = type[Organisation | Function | Event]
"""Tables with slugs."""

Values: TypeAlias = Mapping[str, Any]
T = TypeVar("T")

CHUNK = 250
"""Rows that one statement writes: few enough to take far less than `DatabaseOptions.timeout`, and to show progress."""

FUNCTION_COLUMNS = (
    "name", "description", "start_date", "end_date", "timezone", "location", "image_url", "metadata"
)  # fmt: skip
"""What a schedule says of a function. The other columns belong to whoever runs the organisation."""

EVENT_COLUMNS = (
    "type", "title", "description", "event_start", "event_end", "timezone", "location", "image_url", "metadata"
)  # fmt: skip
"""What a schedule says of an event."""

_IDENTITY = ("external_id", "slug", "deleted_at")

_TURN = 0x696D706F
"""The first half of the advisory locks that imports take; the second says whose turn it is."""


@dataclass(frozen=True, slots=True)
class Known:
    """A row of `functions` or `events` as it stands.

    Attributes:
        key: its own.
        owner: of the organisation, or the function.
        external_id: None for an event that no schedule named.
        slug: as it stands in addresses.
        deleted: whether it is deleted.
        values: of `FUNCTION_COLUMNS` or `EVENT_COLUMNS`.
    """

    key: uuid.UUID
    owner: uuid.UUID
    external_id: str | None
    slug: str
    deleted: bool
    values: Values


@dataclass(frozen=True, slots=True)
class KnownFunction(Known):
    """A function as it stands.

    Attributes:
        mine: whether the source that is imported has named it.
        shared: whether another source names it, too.
    """

    mine: bool
    shared: bool


@dataclass(frozen=True, slots=True)
class Imports:
    """What imports ask and write, in one transaction of `db.contention.transact`."""

    connection: AsyncConnection

    async def take_turn(self, whose: str) -> None:
        """Wait until no other import has this turn; none will, until the transaction ends."""
        await self.connection.execute(select(func.pg_advisory_xact_lock(_TURN, func.hashtext(whose))))

    async def moment(self) -> dt.datetime:
        """The time by the database's clock."""
        at = await self.connection.scalar(select(func.clock_timestamp()))
        assert isinstance(at, dt.datetime)
        return at

    async def organisations_called(self, name: str) -> list[Values]:
        """Key, slug and zone of the organisations of a name; if there are none, of the one with it for a slug."""
        columns = (Organisation.organisation_id, Organisation.slug, Organisation.timezone)
        for column in (Organisation.name, Organisation.slug):
            query = (
                select(*columns).where(column == name, Organisation.deleted_at.is_(None)).order_by(Organisation.slug)
            )
            if found := (await self.connection.execute(query)).mappings().all():
                return [dict(row) for row in found]
        return []

    async def source_called(self, organisation_id: uuid.UUID, name: str) -> Values | None:
        """Key and content of a source, if it was imported before."""
        query = select(ImportSource.source_id, ImportSource.content_sha256).where(
            ImportSource.organisation_id == organisation_id, ImportSource.name == name
        )
        row = (await self.connection.execute(query)).mappings().one_or_none()
        return None if row is None else dict(row)

    async def functions_of(
        self, organisation_id: uuid.UUID, external_ids: Collection[str], source_id: uuid.UUID
    ) -> list[KnownFunction]:
        """The functions that a source names now, or named before, deleted ones included."""
        table = _table(Function)

        def linked(condition: ColumnElement[bool]) -> ColumnElement[bool]:
            return exists().where(ImportedFunction.function_id == table.c.function_id, condition)

        mine, shared = linked(ImportedFunction.source_id == source_id), linked(ImportedFunction.source_id != source_id)
        query = select(
            *_columns(table, "function_id", *_IDENTITY, *FUNCTION_COLUMNS), mine.label("mine"), shared.label("shared")
        ).where(
            table.c.organisation_id == organisation_id,
            table.c.external_id.is_not(None),
            or_(_among(table.c.external_id, external_ids), mine),
        )
        return [
            KnownFunction(
                row["function_id"],
                organisation_id,
                row["external_id"],
                row["slug"],
                row["deleted_at"] is not None,
                {column: row[column] for column in FUNCTION_COLUMNS},
                row["mine"],
                row["shared"],
            )
            for row in (await self.connection.execute(query)).mappings()
        ]

    async def events_of(self, function_ids: Collection[uuid.UUID]) -> list[Known]:
        """The events of functions that schedules named, and those that are deleted, whoever named them."""
        table = _table(Event)
        query = select(*_columns(table, "event_id", "function_id", *_IDENTITY, *EVENT_COLUMNS)).where(
            _among(table.c.function_id, function_ids),
            or_(table.c.external_id.is_not(None), table.c.deleted_at.is_not(None)),
        )
        return [
            Known(
                row["event_id"],
                row["function_id"],
                row["external_id"],
                row["slug"],
                row["deleted_at"] is not None,
                {column: row[column] for column in EVENT_COLUMNS},
            )
            for row in (await self.connection.execute(query)).mappings()
        ]

    async def taken_slugs(self, model: Model, slugs: Collection[str]) -> set[str]:
        """Those of the slugs that a row has which is not deleted."""
        table = _table(model)
        query = select(table.c.slug).where(_among(table.c.slug, slugs), table.c.deleted_at.is_(None))
        return set((await self.connection.scalars(query)).all())

    async def hold(self, model: Model, keys: Collection[uuid.UUID]) -> None:
        """Keep rows from being deleted until the transaction ends.

        Raises:
            Disturbed: one of them is deleted by now.
        """
        key = _key(model)
        query = select(key).where(_among(key, keys), _table(model).c.deleted_at.is_(None)).order_by(key)
        held = (await self.connection.scalars(query.with_for_update(read=True))).all()
        if len(held) < len(set(keys)):
            raise Disturbed(f"one of {model.__tablename__} has been deleted meanwhile")

    async def add(self, model: type[Base], rows: Sequence[Values]) -> None:
        """Add rows, at least one, by the names of their columns."""
        await self.connection.execute(insert(_table(model)), list(rows))

    async def change(self, model: Model, rows: Sequence[tuple[uuid.UUID, Values]], *, at: dt.datetime) -> None:
        """Write values into rows, at least one, the same columns in each, as one more version."""
        table = _table(model)
        columns = rows[0][1]
        statement = (
            update(table)
            .where(_key(model) == bindparam("its_key"))
            .values({name: bindparam(f"new_{name}", type_=table.c[name].type) for name in columns})
            .values(version=table.c.version + 1, updated_at=at)
        )
        values = [{"its_key": key, **{f"new_{name}": value for name, value in row.items()}} for key, row in rows]
        await self.connection.execute(statement, values)

    async def change_slugs(self, model: Model, slugs: Mapping[uuid.UUID, str]) -> None:
        """Give rows other slugs; for deleted rows, whose restoring makes the new version."""
        if slugs:
            chosen = update(_table(model)).where(_key(model) == bindparam("its_key"))
            values = [{"its_key": key, "new_slug": slug} for key, slug in slugs.items()]
            await self.connection.execute(chosen.values(slug=bindparam("new_slug")), values)

    async def unlink(self, source_id: uuid.UUID, function_ids: Collection[uuid.UUID]) -> None:
        """Note that a source names functions no more."""
        if function_ids:
            table = _table(ImportedFunction)
            gone = _among(table.c.function_id, function_ids)
            await self.connection.execute(delete(table).where(table.c.source_id == source_id, gone))

    async def note_content(self, source_id: uuid.UUID, sha256: str, *, at: dt.datetime) -> None:
        """Note what a source held when it was last taken in."""
        source = update(ImportSource).where(ImportSource.source_id == source_id)
        await self.connection.execute(source.values(content_sha256=sha256, imported_at=at))


def chunks(rows: Sequence[T], report: Callable[[int], None] = lambda _: None) -> Iterator[Sequence[T]]:
    """Rows in portions of `CHUNK`; `report` is told how many are done."""
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]
        report(min(start + CHUNK, len(rows)))


def _table(model: type[Base]) -> Table:
    return Base.metadata.tables[model.__tablename__]


def _columns(table: Table, *names: str) -> list[Column[Any]]:
    return [table.c[name] for name in names]


def _key(model: type[Base]) -> Column[Any]:
    (key,) = _table(model).primary_key
    return key


def _among(column: Column[Any], values: Collection[Any]) -> ColumnElement[bool]:
    # One parameter, however many values.
    any_of: ColumnElement[Any] = func.any(bindparam(None, list(values), type_=ARRAY(column.type)))
    return column == any_of
