"""What changed: a table, and the triggers that write it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

RECORD = """
    CREATE FUNCTION record_row_changes() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        changed text := CASE TG_OP
            WHEN 'INSERT' THEN 'SELECT * FROM new_rows'
            WHEN 'DELETE' THEN 'SELECT * FROM old_rows'
            ELSE 'SELECT * FROM new_rows UNION ALL SELECT * FROM old_rows'
        END;
        owners_of text;
        found bigint;
        found_keys uuid[];
        found_owners uuid[];
    BEGIN
        IF TG_NARGS > 1 THEN
            SELECT coalesce(string_agg(format('array_agg(DISTINCT %I)', owner), ' || '), 'NULL::uuid[]')
            INTO owners_of FROM unnest(TG_ARGV[2:]) AS owner;
            EXECUTE format(
                'SELECT count(*), array_agg(DISTINCT %I), %s FROM (%s LIMIT 201) AS changed',
                TG_ARGV[1], owners_of, changed
            ) INTO found, found_keys, found_owners;
            IF found = 0 THEN
                RETURN NULL;
            ELSIF found > 200 THEN
                found_keys := NULL;
                found_owners := NULL;
            END IF;
        END IF;
        INSERT INTO row_changes (subject, keys, owners)
        VALUES (TG_ARGV[0], found_keys, array_remove(found_owners, NULL));
        RETURN NULL;
    END $$
"""

TRIGGERS = (
    "CREATE TRIGGER tr_organisations_record_insert AFTER INSERT ON organisations REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('organisations', 'organisation_id')",
    "CREATE TRIGGER tr_organisations_record_update AFTER UPDATE ON organisations REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('organisations', 'organisation_id')",
    "CREATE TRIGGER tr_organisations_record_delete AFTER DELETE ON organisations REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('organisations', 'organisation_id')",
    "CREATE TRIGGER tr_organisations_record_truncate AFTER TRUNCATE ON organisations FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('organisations')",
    "CREATE TRIGGER tr_functions_record_insert AFTER INSERT ON functions REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('functions', 'function_id', 'organisation_id')",
    "CREATE TRIGGER tr_functions_record_update AFTER UPDATE ON functions REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('functions', 'function_id', 'organisation_id')",
    "CREATE TRIGGER tr_functions_record_delete AFTER DELETE ON functions REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('functions', 'function_id', 'organisation_id')",
    "CREATE TRIGGER tr_functions_record_truncate AFTER TRUNCATE ON functions FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('functions')",
    "CREATE TRIGGER tr_events_record_insert AFTER INSERT ON events REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('events', 'event_id', 'function_id', 'parent_event_id')",
    "CREATE TRIGGER tr_events_record_update AFTER UPDATE ON events REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('events', 'event_id', 'function_id', 'parent_event_id')",
    "CREATE TRIGGER tr_events_record_delete AFTER DELETE ON events REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('events', 'event_id', 'function_id', 'parent_event_id')",
    "CREATE TRIGGER tr_events_record_truncate AFTER TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('events')",
    "CREATE TRIGGER tr_event_tickets_record_insert AFTER INSERT ON event_tickets REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('event_tickets', 'ticket_id', 'event_id')",
    "CREATE TRIGGER tr_event_tickets_record_update AFTER UPDATE ON event_tickets REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('event_tickets', 'ticket_id', 'event_id')",
    "CREATE TRIGGER tr_event_tickets_record_delete AFTER DELETE ON event_tickets REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('event_tickets', 'ticket_id', 'event_id')",
    "CREATE TRIGGER tr_event_tickets_record_truncate AFTER TRUNCATE ON event_tickets FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('event_tickets')",
    "CREATE TRIGGER tr_capacity_pools_record_insert AFTER INSERT ON capacity_pools REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('capacity_pools', 'pool_id')",
    "CREATE TRIGGER tr_capacity_pools_record_update AFTER UPDATE ON capacity_pools REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('capacity_pools', 'pool_id')",
    "CREATE TRIGGER tr_capacity_pools_record_delete AFTER DELETE ON capacity_pools REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('capacity_pools', 'pool_id')",
    "CREATE TRIGGER tr_capacity_pools_record_truncate AFTER TRUNCATE ON capacity_pools FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('capacity_pools')",
    "CREATE TRIGGER tr_capacity_pools_record_deleted_at AFTER UPDATE OF deleted_at ON capacity_pools FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('capacity_pools')",
    "CREATE TRIGGER tr_ticket_pools_record_insert AFTER INSERT ON ticket_pools REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('event_tickets', 'ticket_id')",
    "CREATE TRIGGER tr_ticket_pools_record_update AFTER UPDATE ON ticket_pools REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('event_tickets', 'ticket_id')",
    "CREATE TRIGGER tr_ticket_pools_record_delete AFTER DELETE ON ticket_pools REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('event_tickets', 'ticket_id')",
    "CREATE TRIGGER tr_ticket_pools_record_truncate AFTER TRUNCATE ON ticket_pools FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('event_tickets')",
    "CREATE TRIGGER tr_packages_record_insert AFTER INSERT ON packages REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('packages', 'package_id', 'function_id')",
    "CREATE TRIGGER tr_packages_record_update AFTER UPDATE ON packages REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('packages', 'package_id', 'function_id')",
    "CREATE TRIGGER tr_packages_record_delete AFTER DELETE ON packages REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('packages', 'package_id', 'function_id')",
    "CREATE TRIGGER tr_packages_record_truncate AFTER TRUNCATE ON packages FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('packages')",
    "CREATE TRIGGER tr_package_items_record_insert AFTER INSERT ON package_items REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('packages', 'package_id')",
    "CREATE TRIGGER tr_package_items_record_update AFTER UPDATE ON package_items REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('packages', 'package_id')",
    "CREATE TRIGGER tr_package_items_record_delete AFTER DELETE ON package_items REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('packages', 'package_id')",
    "CREATE TRIGGER tr_package_items_record_truncate AFTER TRUNCATE ON package_items FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('packages')",
)


def upgrade() -> None:
    op.create_table(
        "row_changes",
        sa.Column(
            "transaction", sa.BigInteger(), server_default=sa.text("pg_current_xact_id()::text::bigint"), nullable=False
        ),
        sa.Column("change_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("keys", sa.ARRAY(sa.Uuid()), nullable=True),
        sa.Column("owners", sa.ARRAY(sa.Uuid()), nullable=True),
        sa.CheckConstraint(
            "subject ~ '[^[:space:]]' AND char_length(subject) <= 100", name=op.f("ck_row_changes_subject_well_formed")
        ),
        sa.PrimaryKeyConstraint("transaction", "change_id", name=op.f("pk_row_changes")),
    )
    op.execute(RECORD)
    for trigger in TRIGGERS:
        op.execute(trigger)


def downgrade() -> None:
    op.execute("DROP FUNCTION record_row_changes() CASCADE")
    op.drop_table("row_changes")
