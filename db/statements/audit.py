"""The audit log as operators read it: with what was done to the registry, which has a log of its own."""

from __future__ import annotations

from sqlalchemy import BigInteger, DateTime, Integer, Text, bindparam, cast, func, literal, null, or_, select, union_all

from db.identity_models import AuditEntry
from db.registry_models import Client, RegistryEntry, Release
from db.rows import Row
from db.statement import compile_statement

_subject = bindparam("subject", type_=Text)
_since = bindparam("since", type_=DateTime(timezone=True))
_limit = bindparam("limit", type_=Integer)
_called = func.concat_ws(" ", Client.name, Release.name)

_actions = (
    select(
        AuditEntry.at,
        AuditEntry.entry_id,
        AuditEntry.action,
        AuditEntry.actor,
        AuditEntry.actor_role,
        Client.name.label("client"),
        AuditEntry.request_id,
        AuditEntry.subject,
        AuditEntry.reason,
        AuditEntry.details,
    )
    .outerjoin(Client, Client.client_id == AuditEntry.client_id)
    .where(AuditEntry.at >= _since, or_(_subject.is_(None), AuditEntry.subject == _subject))
)
_registry = (
    select(
        RegistryEntry.at,
        cast(RegistryEntry.entry_id, BigInteger),
        RegistryEntry.action,
        RegistryEntry.actor,
        literal("operator"),
        cast(null(), Text),
        cast(null(), Text),
        _called,
        RegistryEntry.details["reason"].astext,
        RegistryEntry.details.op("-")("reason"),
    )
    .outerjoin(Client, Client.client_id == RegistryEntry.client_id)
    .outerjoin(Release, Release.release_id == RegistryEntry.release_id)
    .where(RegistryEntry.at >= _since, or_(_subject.is_(None), _called == _subject))
)
_all = union_all(_actions, _registry).subquery("entries")

NEWEST = compile_statement(
    "audit.newest", select(_all).order_by(_all.c.at.desc(), _all.c.entry_id.desc()).limit(_limit), Row
)
"""The newest entries of both logs, since a moment; those on one subject, if one is given."""
