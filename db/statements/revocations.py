"""Revocations that a process does not know yet."""

from __future__ import annotations

from sqlalchemy import BigInteger, bindparam, func, select

from db.identity_models import Revocation
from db.rows import Row
from db.statement import compile_statement

AFTER = compile_statement(
    "revocations.after",
    select(
        Revocation.revision, Revocation.token_id, Revocation.subject, Revocation.issued_before, Revocation.expires_at
    )
    .where(Revocation.revision > bindparam("revision", type_=BigInteger), Revocation.expires_at > func.now())
    .order_by(Revocation.revision),
    Row,
)
"""Those after a revision that are still of use, in the order in which they were made."""
