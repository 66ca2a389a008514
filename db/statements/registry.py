"""The registry: what processes serve from, and what people look at."""

from __future__ import annotations

from sqlalchemy import Integer, Text, bindparam, cast, func, or_, select
from sqlalchemy.orm import aliased

from db.registry_models import Client, ClientGrant, ClientKey, Operation, RegistryEntry, Release, ReleaseOperation
from db.rows import Row
from db.statement import compile_statement

_Successor = aliased(Release)
_SERVED = or_(Release.state == "active", Release.state == "deprecated")

VERSION = compile_statement(
    "registry.version",
    select(func.coalesce(func.max(RegistryEntry.entry_id), 0).label("version")),
    Row,
)
"""Grows with every change."""

CLIENTS = compile_statement(
    "registry.clients",
    select(
        Client.client_id,
        Client.name,
        Client.policy,
        Client.is_partner,
        Client.is_public,
        Client.introspection,
        Client.rate_capacity,
        Client.rate_restored,
        Client.viewer_capacity,
        Client.viewer_restored,
        Client.created_at,
        func.array(
            select(ClientGrant.name)
            .where(ClientGrant.client_id == Client.client_id)
            .order_by(ClientGrant.name)
            .scalar_subquery()
        ).label("grants"),
        select(func.count())
        .select_from(ClientKey)
        .where(ClientKey.client_id == Client.client_id, ClientKey.revoked_at.is_(None))
        .scalar_subquery()
        .label("keys"),
        select(func.count())
        .select_from(Release)
        .where(Release.client_id == Client.client_id, _SERVED)
        .scalar_subquery()
        .label("releases"),
    ).order_by(Client.name),
    Row,
)

KEYS = compile_statement(
    "registry.keys",
    select(ClientKey.key_sha256, ClientKey.client_id, ClientKey.label, ClientKey.purpose).where(
        ClientKey.revoked_at.is_(None)
    ),
    Row,
)
"""Keys that are valid."""

KEYS_OF_CLIENT = compile_statement(
    "registry.keys_of_client",
    select(ClientKey.label, ClientKey.created_at, ClientKey.revoked_at)
    .where(ClientKey.client_id == bindparam("client_id"))
    .order_by(ClientKey.created_at, ClientKey.key_id),
    Row,
)

_RELEASE = (
    Release.release_id,
    Client.client_id,
    Client.name.label("client"),
    Release.name,
    Release.state,
    Release.sunset_at,
    Release.deprecated_at,
    Release.retired_at,
    Release.pinned,
    Release.content_sha256,
    Release.published_by,
    Release.published_at,
    Release.source_commit,
    _Successor.name.label("successor"),
)

RELEASES = compile_statement(
    "registry.releases",
    select(
        *_RELEASE,
        select(func.count())
        .select_from(ReleaseOperation)
        .where(ReleaseOperation.release_id == Release.release_id)
        .scalar_subquery()
        .label("operations"),
    )
    .join(Client, Client.client_id == Release.client_id)
    .outerjoin(_Successor, _Successor.release_id == Release.successor_id)
    .order_by(Client.name, Release.published_at, Release.release_id),
    Row,
)
"""All releases, in the order in which each client published them."""

LINKS = compile_statement(
    "registry.links",
    select(
        ReleaseOperation.release_id,
        ReleaseOperation.public_id,
        ReleaseOperation.text_sha256,
        ReleaseOperation.route,
    )
    .join(Release, Release.release_id == ReleaseOperation.release_id)
    .where(Release.state != "pending"),
    Row,
)
"""The ids of what is served, and of what is retired: that says so, where an unknown id says nothing."""

_OPERATION = (
    Operation.text_sha256,
    Operation.text,
    Operation.name,
    Operation.kind,
    Operation.analysis,
    Operation.schema_sha256,
)

OPERATIONS = compile_statement(
    "registry.operations",
    select(*_OPERATION).where(
        Operation.text_sha256.in_(
            select(ReleaseOperation.text_sha256)
            .join(Release, Release.release_id == ReleaseOperation.release_id)
            .where(_SERVED)
        )
    ),
    Row,
)
"""The operations that are served, each once."""

OPERATIONS_OF_RELEASE = compile_statement(
    "registry.operations_of_release",
    select(ReleaseOperation.public_id, ReleaseOperation.route, *_OPERATION, Operation.statements)
    .join(Operation, Operation.text_sha256 == ReleaseOperation.text_sha256)
    .where(ReleaseOperation.release_id == bindparam("release_id"))
    .order_by(Operation.name, ReleaseOperation.public_id),
    Row,
)

LOG = compile_statement(
    "registry.log",
    select(
        RegistryEntry.entry_id,
        RegistryEntry.at,
        RegistryEntry.actor,
        RegistryEntry.action,
        Client.name.label("client"),
        Release.name.label("release"),
        RegistryEntry.source_commit,
        RegistryEntry.details,
    )
    .outerjoin(Client, Client.client_id == RegistryEntry.client_id)
    .outerjoin(Release, Release.release_id == RegistryEntry.release_id)
    .where(or_(cast(bindparam("client"), Text).is_(None), Client.name == cast(bindparam("client"), Text)))
    .order_by(RegistryEntry.entry_id.desc())
    .limit(cast(bindparam("most"), Integer)),
    Row,
)
"""The newest entries, of one client or of all."""
