"""What became visible of the followed tables' changes."""

from __future__ import annotations

from db.rows import Row
from db.statement import Statement

SINCE = Statement(
    "changes.since",
    # One statement, so that the snapshot is exactly the one that the lines were read with.
    """
    SELECT now.snapshot, now.server, changes.transaction, changes.subject, changes.keys, changes.owners
    FROM (
        SELECT pg_current_snapshot()::text AS snapshot,
               (SELECT oid::text FROM pg_database WHERE datname = current_database())
                   || '-' || extract(epoch FROM pg_postmaster_start_time())::text AS server
    ) AS now
    LEFT JOIN row_changes AS changes
        ON changes.transaction >= pg_snapshot_xmin($1::text::pg_snapshot)::text::bigint
        AND NOT pg_visible_in_snapshot(changes.transaction::text::xid8, $1::text::pg_snapshot)
    """,
    ("snapshot",),
    Row,
)
"""Takes the snapshot of the last time. Gives at least one row, with the snapshot of this time and which server it is;
one for each line that has become visible in between."""
