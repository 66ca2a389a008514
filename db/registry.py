"""What changing the registry asks and writes, within one transaction."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import Table, and_, bindparam, delete, func, insert, literal, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.base import Base
from db.database import Database
from db.registry_models import Client, ClientGrant, ClientKey, Operation, RegistryEntry, Release, ReleaseOperation
from db.usage_models import OperationUsage

Values: TypeAlias = Mapping[str, Any]

CHUNK = 500
"""Rows that one statement writes."""

_TURN = 0x72656769
"""The advisory lock that lets one transaction change the registry at a time: keys of the log grow as it commits."""


@dataclass(frozen=True, slots=True)
class RegistryWrites:
    """The registry, within a transaction."""

    connection: AsyncConnection

    async def take_turn(self) -> dt.datetime:
        """Wait until no other transaction changes the registry; the moment of this one's turn."""
        await self.connection.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": _TURN})
        moment: dt.datetime = (await self.connection.execute(select(func.clock_timestamp()))).scalar_one()
        return moment

    async def client(self, name: str) -> Values | None:
        """A client by its name."""
        clients = _table(Client)
        return await self._one(select(clients).where(clients.c.name == name))

    async def add_client(self, values: Values) -> None:
        """Add a client."""
        await self.connection.execute(insert(_table(Client)), values)

    async def change_client(self, client_id: uuid.UUID, values: Values, *, at: dt.datetime) -> None:
        """Write values of a client."""
        clients = _table(Client)
        changed = update(clients).where(clients.c.client_id == client_id)
        await self.connection.execute(changed.values(**values, updated_at=at))

    async def keys(self, client_id: uuid.UUID) -> list[Values]:
        """The keys of a client, revoked ones included, oldest first."""
        keys = _table(ClientKey)
        query = select(keys).where(keys.c.client_id == client_id).order_by(keys.c.created_at, keys.c.key_id)
        return await self._all(query)

    async def add_key(self, values: Values) -> None:
        """Add a key."""
        await self.connection.execute(insert(_table(ClientKey)), values)

    async def revoke_keys(self, key_ids: Sequence[uuid.UUID], *, at: dt.datetime) -> None:
        """Make keys invalid."""
        keys = _table(ClientKey)
        await self.connection.execute(update(keys).where(keys.c.key_id.in_(key_ids)).values(revoked_at=at))

    async def grants(self, client_id: uuid.UUID) -> set[str]:
        """What a partner was granted."""
        grants = _table(ClientGrant)
        return set((await self.connection.scalars(select(grants.c.name).where(grants.c.client_id == client_id))).all())

    async def add_grants(self, rows: Sequence[Values]) -> None:
        """Grant something to a partner."""
        await self.connection.execute(insert(_table(ClientGrant)), list(rows))

    async def remove_grants(self, client_id: uuid.UUID, names: Sequence[str]) -> None:
        """Take grants back."""
        grants = _table(ClientGrant)
        await self.connection.execute(delete(grants).where(grants.c.client_id == client_id, grants.c.name.in_(names)))

    async def served_analyses(self, client_id: uuid.UUID) -> list[Values]:
        """The operations that the releases of a client serve: release, public id, name and analysis."""
        links, releases, operations = _table(ReleaseOperation), _table(Release), _table(Operation)
        query = (
            select(releases.c.name.label("release"), links.c.public_id, operations.c.name, operations.c.analysis)
            .join(releases, releases.c.release_id == links.c.release_id)
            .join(operations, operations.c.text_sha256 == links.c.text_sha256)
            .where(releases.c.client_id == client_id, releases.c.state.in_(("active", "deprecated")))
            .order_by(releases.c.published_at, releases.c.release_id, links.c.public_id)
        )
        return await self._all(query)

    async def release(self, client_id: uuid.UUID, name: str) -> Values | None:
        """A release of a client by its name."""
        releases = _table(Release)
        query = select(releases).where(releases.c.client_id == client_id, releases.c.name == name)
        return await self._one(query)

    async def taken_ids(self, client_id: uuid.UUID) -> dict[str, tuple[str, str]]:
        """Which text each id of a client stands for in releases that are not retired, and in which of them."""
        links, releases = _table(ReleaseOperation), _table(Release)
        query = (
            select(links.c.public_id, links.c.text_sha256, releases.c.name)
            .join(releases, releases.c.release_id == links.c.release_id)
            .where(releases.c.client_id == client_id, releases.c.state != "retired")
        )
        return {row.public_id: (row.text_sha256, row.name) for row in await self.connection.execute(query)}

    async def ids_of(self, release_id: uuid.UUID) -> set[str]:
        """The ids of a release."""
        links = _table(ReleaseOperation)
        query = select(links.c.public_id).where(links.c.release_id == release_id)
        return set((await self.connection.scalars(query)).all())

    async def served_ids(self, client_id: uuid.UUID, *, besides: uuid.UUID) -> set[str]:
        """The ids that the releases of a client serve, one of them left out."""
        links, releases = _table(ReleaseOperation), _table(Release)
        query = (
            select(links.c.public_id)
            .join(releases, releases.c.release_id == links.c.release_id)
            .where(
                releases.c.client_id == client_id,
                releases.c.state.in_(("active", "deprecated")),
                releases.c.release_id != besides,
            )
        )
        return set((await self.connection.scalars(query)).all())

    async def add_release(self, values: Values) -> None:
        """Add a release."""
        await self.connection.execute(insert(_table(Release)), values)

    async def change_release(self, release_id: uuid.UUID, values: Values) -> None:
        """Write values of a release."""
        releases = _table(Release)
        await self.connection.execute(update(releases).where(releases.c.release_id == release_id).values(**values))

    async def add_operations(self, rows: Sequence[Values]) -> None:
        """Keep operations; of those that are there already, what the present schema says of them."""
        for start in range(0, len(rows), CHUNK):
            statement = upsert(_table(Operation))
            excluded = statement.excluded
            kept = statement.on_conflict_do_update(
                index_elements=["text_sha256"],
                set_={"analysis": excluded.analysis, "schema_sha256": excluded.schema_sha256},
            )
            await self.connection.execute(kept, list(rows[start : start + CHUNK]))

    async def routes_besides(self, client_id: uuid.UUID, *, is_public: bool) -> list[Values]:
        """The routes that a new one of a client stands beside: `route`, and the `client` and `release` that have it.

        They are the client's own, and, where anyone may call it, those of all other clients that anyone may call; of
        releases that are not retired.
        """
        links, releases, clients = _table(ReleaseOperation), _table(Release), _table(Client)
        visible = or_(clients.c.client_id == client_id, and_(literal(is_public), clients.c.is_public))
        query = (
            select(links.c.route, clients.c.client_id, clients.c.name.label("client"), releases.c.name.label("release"))
            .join(releases, releases.c.release_id == links.c.release_id)
            .join(clients, clients.c.client_id == releases.c.client_id)
            .where(links.c.route.is_not(None), releases.c.state != "retired", visible)
        )
        return await self._all(query)

    async def link(self, release_id: uuid.UUID, operations: Sequence[Values]) -> None:
        """Say by which ids and routes a release calls operations: `public_id`, `text_sha256` and `route` of each."""
        rows = [{"release_id": release_id, **each} for each in operations]
        for start in range(0, len(rows), CHUNK):
            await self.connection.execute(insert(_table(ReleaseOperation)), rows[start : start + CHUNK])

    async def releases(self) -> list[Values]:
        """All releases, each with its client's name as `client`, and how many operations it holds."""
        releases, clients, links = _table(Release), _table(Client), _table(ReleaseOperation)
        held = select(func.count()).select_from(links).where(links.c.release_id == releases.c.release_id)
        query = (
            select(releases, clients.c.name.label("client"), held.scalar_subquery().label("operations"))
            .join(clients, clients.c.client_id == releases.c.client_id)
            .order_by(clients.c.name, releases.c.published_at, releases.c.release_id)
        )
        return await self._all(query)

    async def releases_used(self, *, since: dt.datetime) -> set[tuple[str, str]]:
        """Clients and releases, by their names, of which anything was asked since a moment, answered or refused."""
        usage = _table(OperationUsage)
        query = select(usage.c.client, usage.c.release).where(usage.c.hour >= since).distinct()
        return {(row.client, row.release) for row in await self.connection.execute(query)}

    async def usage_known_since(self) -> dt.datetime | None:
        """The first hour of which usage is kept."""
        first: dt.datetime | None = (
            await self.connection.execute(select(func.min(_table(OperationUsage).c.hour)))
        ).scalar_one()
        return first

    async def unlink(self, release_id: uuid.UUID) -> None:
        """Let the operations of a release go."""
        links = _table(ReleaseOperation)
        await self.connection.execute(delete(links).where(links.c.release_id == release_id))

    async def forget_operations(self) -> None:
        """Delete the operations that no release holds."""
        operations, links = _table(Operation), _table(ReleaseOperation)
        held = select(links.c.text_sha256).where(links.c.text_sha256 == operations.c.text_sha256)
        await self.connection.execute(delete(operations).where(~held.exists()))

    async def note(self, values: Values) -> None:
        """Write an entry of the log."""
        await self.connection.execute(insert(_table(RegistryEntry)), values)

    async def _one(self, query: Any) -> Values | None:  # noqa: ANN401 - SQLAlchemy's select of any columns
        rows = await self._all(query)
        return rows[0] if rows else None

    async def _all(self, query: Any) -> list[Values]:  # noqa: ANN401 - the same
        return [dict(row) for row in (await self.connection.execute(query)).mappings()]


async def keep_analyses(
    database: Database, schema_sha256: str, analyses: Mapping[str, Values], told: Callable[[int], None]
) -> None:
    """Keep what was found of operations under a schema, in place of what was found under another one.

    Args:
        database: where.
        schema_sha256: the schema's hash.
        analyses: what was found, by the hashes of texts.
        told: is told after each portion how many of them are kept.
    """
    operations = _table(Operation)
    keep = (
        update(operations)
        .where(operations.c.text_sha256 == bindparam("digest"))
        .values(analysis=bindparam("found"), schema_sha256=schema_sha256)
    )
    # In one order, so that processes which start together wait for each other instead of blocking.
    rows = [{"digest": digest, "found": analyses[digest]} for digest in sorted(analyses)]
    for start in range(0, len(rows), CHUNK):
        portion = rows[start : start + CHUNK]
        async with database.write() as connection:
            await connection.execute(keep, portion)
        told(start + len(portion))


async def keep_statements(database: Database, statements: Mapping[str, list[dict[str, str]]]) -> None:
    """Keep what operations ask of the database, by the hashes of their texts."""
    operations = _table(Operation)
    keep = (
        update(operations).where(operations.c.text_sha256 == bindparam("digest")).values(statements=bindparam("found"))
    )
    if statements:
        async with database.write() as connection:
            await connection.execute(keep, [{"digest": each, "found": statements[each]} for each in sorted(statements)])


def _table(model: type[Base]) -> Table:
    return Base.metadata.tables[model.__tablename__]
