"""Making roles, grants and policies as `db.row_security` declares them, after each migration; running it twice is once.

Policies are made anew only when their declarations have changed: that takes a lock which waits for every reader.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from sqlalchemy import Connection, Table, text

from db.base import Base
from db.publication import PUBLIC
from db.row_security import (
    ALSO,
    MOVES_ROLE,
    MOVING,
    OPERATORS,
    PROTECTED,
    PUBLIC_ROLE,
    ROLES,
    SALES_ROLE,
    SELLING,
    SYSTEM_ROLE,
    VIEWER_ROLE,
    Protected,
    own,
    written,
)
from db.statements.search import SEARCH_FUNCTION

MAY_SWITCH = "CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END"

FUNCTIONS = (
    """
    CREATE OR REPLACE FUNCTION viewer_part(place int) RETURNS text LANGUAGE sql STABLE AS $$
        SELECT nullif(split_part(current_setting('boxoffice.viewer', true), ';', place), '')
    $$
    """,
    """
    CREATE OR REPLACE FUNCTION viewer_organisations() RETURNS uuid[] LANGUAGE sql STABLE AS $$
        SELECT viewer_part(1)::uuid[]
    $$
    """,
    """
    CREATE OR REPLACE FUNCTION viewer_customer() RETURNS uuid LANGUAGE sql STABLE AS $$
        SELECT viewer_part(2)::uuid
    $$
    """,
    """
    CREATE OR REPLACE FUNCTION viewer_sees_all() RETURNS boolean LANGUAGE sql STABLE AS $$
        SELECT coalesce(viewer_part(3) = 'all', false)
    $$
    """,
    """
    CREATE OR REPLACE FUNCTION viewer_sees_every_field() RETURNS boolean LANGUAGE sql STABLE AS $$
        SELECT coalesce(viewer_part(4) = 'every', false)
    $$
    """,
    """
    CREATE OR REPLACE FUNCTION viewer_registrations() RETURNS uuid[] LANGUAGE sql STABLE AS $$
        SELECT viewer_part(5)::uuid[]
    $$
    """,
)
"""What `boxoffice.viewer` says (`db.visibility.Reach.setting`); without it, nobody."""

COUNTERS = f"""
    CREATE OR REPLACE VIEW pool_counters WITH (security_barrier) AS
    SELECT ticket_pools.ticket_id, pool_id, capacity, sold, held, awaited > 0 AS is_awaited
    FROM ticket_pools JOIN capacity_pools USING (pool_id)
    WHERE capacity_pools.deleted_at IS NULL AND EXISTS (
        SELECT FROM event_tickets WHERE event_tickets.ticket_id = ticket_pools.ticket_id AND (
            {PUBLIC["event_tickets"]}
            OR EXISTS (SELECT FROM events WHERE events.event_id = event_tickets.event_id AND ({own()}))
        )
    )
"""  # noqa: S608 - declared above
"""What availability is decided from, of tickets that may be seen: read with its owner's rights, past the rule of pools,
of which it shows neither the name nor whose they are."""

AHEAD = """
    CREATE OR REPLACE VIEW waiting_list_ahead WITH (security_barrier) AS
    SELECT entry_id, (
        SELECT count(*) FROM waiting_list_entries AS other WHERE other.state = 'WAITING'
            AND other.ticket_id = entry.ticket_id AND other.position < entry.position
    ) + (
        SELECT count(*) FROM waiting_list_entries AS other WHERE other.state = 'WAITING'
            AND other.package_id = entry.package_id AND other.position < entry.position
    ) AS ahead
    FROM waiting_list_entries AS entry WHERE state = 'WAITING'
"""
"""How many wait for the same before somebody: read with its owner's rights, past the rule of entries, of which it shows
nothing but the number, to whoever knows the key."""


class RolesMissing(Exception):
    """The roles cannot be made by whoever migrates; the message says what an administrator has to run."""


def provision(connection: Connection) -> None:
    """Make what is missing, within the caller's transaction.

    Raises:
        RolesMissing: the roles are not there, or may not be used, and this role may not change that.
    """
    _make_roles(connection)
    statements = [*FUNCTIONS, SEARCH_FUNCTION, COUNTERS, AHEAD, *_grants(), *_policies()]
    digest = hashlib.sha256("\n".join(statements).encode()).hexdigest()
    asked = "SELECT obj_description(to_regprocedure('viewer_part(int)'), 'pg_proc')"
    if connection.scalar(text(asked)) == digest:
        return
    _drop_policies(connection)
    for statement in (*statements, f"COMMENT ON FUNCTION viewer_part(int) IS '{digest}'"):
        connection.exec_driver_sql(statement)


def withdraw(connection: Connection) -> None:
    """Remove what depends on tables, so that a migration may go back; `provision` makes it again."""
    _drop_policies(connection)
    connection.exec_driver_sql("DROP VIEW IF EXISTS pool_counters, waiting_list_ahead")
    for function in ("search_catalogue(text)", "viewer_organisations()", "viewer_customer()", "viewer_sees_all()"):
        connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS {function}")
    for function in ("viewer_sees_every_field()", "viewer_registrations()"):
        connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS {function}")
    connection.exec_driver_sql("DROP FUNCTION IF EXISTS viewer_part(int)")


def _make_roles(connection: Connection) -> None:
    there = set(connection.scalars(text("SELECT rolname FROM pg_roles WHERE rolname = ANY (:names)"), _names()))
    usable = f"SELECT rolname FROM pg_roles WHERE rolname = ANY (:names) AND pg_has_role(rolname, {MAY_SWITCH})"  # noqa: S608 - a constant
    may_create = connection.scalar(text("SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user"))
    if may_create:
        for role in ROLES:
            if role not in there:
                # Roles belong to the whole server: another database of it may be migrated at the same time.
                connection.exec_driver_sql(
                    f"DO $$ BEGIN CREATE ROLE {role} NOLOGIN NOBYPASSRLS; "
                    "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
                )
        for role in set(ROLES).difference(connection.scalars(text(usable), _names())):
            connection.exec_driver_sql(f"GRANT {role} TO CURRENT_USER")
    missing = [role for role in ROLES if role not in set(connection.scalars(text(usable), _names()))]
    if missing:
        user = connection.scalar(text("SELECT current_user"))
        making = " ".join(f"CREATE ROLE {role} NOLOGIN;" for role in missing if role not in there)
        raise RolesMissing(
            f"the database role {user} may not create the roles that requests are served under; have an administrator "
            f"run `{making} GRANT {', '.join(missing)} TO {user};` and migrate again"
        )


def _names() -> dict[str, list[str]]:
    return {"names": list(ROLES)}


def _grants() -> Iterator[str]:
    for role in ROLES:
        yield f"GRANT USAGE ON SCHEMA public TO {role}"
    yield f"GRANT SELECT ON pool_counters TO {PUBLIC_ROLE}, {VIEWER_ROLE}"
    yield f"GRANT SELECT ON waiting_list_ahead TO {VIEWER_ROLE}"
    yield "REVOKE ALL ON FUNCTION search_catalogue(text) FROM PUBLIC"
    yield f"GRANT EXECUTE ON FUNCTION search_catalogue(text) TO {PUBLIC_ROLE}"
    yield f"GRANT SELECT ON alembic_version TO {SYSTEM_ROLE}"
    for name, table in sorted(Base.metadata.tables.items()):
        yield f"REVOKE ALL ON {name} FROM {', '.join(ROLES)}"
        rule = PROTECTED.get(name)
        if rule is None:
            if name not in OPERATORS:
                its = SALES_ROLE if name in SELLING else MOVES_ROLE if name in MOVING else SYSTEM_ROLE
                yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO {its}"
            for role, privilege in ALSO.get(name, {}).items():
                yield f"GRANT {privilege} ON {name} TO {role}"
            continue
        yield f"GRANT {', '.join(_of_viewers(rule))} ON {name} TO {VIEWER_ROLE}"
        if rule.sales:
            yield f"GRANT {', '.join(rule.sales)} ON {name} TO {SALES_ROLE}"
        if rule.public is not None:
            columns = ", ".join(column.name for column in table.columns if column.name not in rule.private)
            yield f"GRANT SELECT ({columns}) ON {name} TO {PUBLIC_ROLE}"
        if rule.known:
            yield f"GRANT SELECT ON {name} TO {SYSTEM_ROLE}"
    yield from _of_moves()


def _of_moves() -> Iterator[str]:
    for name, table in sorted(Base.metadata.tables.items()):
        rule = PROTECTED.get(name)
        if rule is not None and rule.moves:
            yield f"GRANT {', '.join(rule.moves)} ON {name} TO {MOVES_ROLE}"
        elif name not in MOVING and (references := _references(table)):
            yield f"GRANT SELECT ({', '.join(references)}) ON {name} TO {MOVES_ROLE}"


def _references(table: Table) -> list[str]:
    """The columns that name a function: a function that something refers to is not one to remove."""
    return [key.parent.name for key in table.foreign_keys if key.column.table.name == "functions"]


def _of_viewers(rule: Protected) -> Iterator[str]:
    yield "SELECT"
    if rule.writable:
        yield from ("INSERT", "UPDATE")
    if rule.deletable:
        yield "DELETE"


def _policies() -> Iterator[str]:
    for name, rule in PROTECTED.items():
        yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
        yield from _policies_of(name, rule)


def _policies_of(name: str, rule: Protected) -> Iterator[str]:
    if rule.public is not None:
        yield f"CREATE POLICY public_rows ON {name} FOR SELECT TO {PUBLIC_ROLE} USING ({rule.public})"
    yield f"CREATE POLICY seen_rows ON {name} FOR SELECT TO {VIEWER_ROLE} USING ({rule.seen})"
    if rule.writable:
        so = f"WITH CHECK ({written(name)})"
        yield f"CREATE POLICY new_rows ON {name} FOR INSERT TO {VIEWER_ROLE} {so}"
        yield f"CREATE POLICY own_rows ON {name} FOR UPDATE TO {VIEWER_ROLE} USING ({rule.own}) {so}"
    if rule.deletable:
        yield f"CREATE POLICY old_rows ON {name} FOR DELETE TO {VIEWER_ROLE} USING ({rule.own})"
    if rule.known:
        yield f"CREATE POLICY known_rows ON {name} FOR SELECT TO {SYSTEM_ROLE} USING (true)"
    if rule.sales:
        yield f"CREATE POLICY sold_rows ON {name} FOR ALL TO {SALES_ROLE} USING (true)"
    if rule.moves or _references(Base.metadata.tables[name]):
        yield f"CREATE POLICY moved_rows ON {name} FOR ALL TO {MOVES_ROLE} USING (true)"


def _drop_policies(connection: Connection) -> None:
    named = "SELECT policyname, tablename FROM pg_policies WHERE schemaname = 'public'"
    for policy, table in connection.execute(text(named)).all():
        connection.exec_driver_sql(f"DROP POLICY {policy} ON {table}")
