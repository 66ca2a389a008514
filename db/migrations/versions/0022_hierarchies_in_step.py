"""The triggers that keep the hierarchies of events in step are always there; the row of a move says what they do."""

from collections.abc import Sequence

from alembic import op

revision: str = "0022"
down_revision: str | None = "0021"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

STEP = """
    CREATE FUNCTION keep_hierarchies_in_step() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE
        old_parent uuid;
        old_function uuid;
        agreed boolean;
        moves_parent boolean;
        moves_function boolean;
        migration uuid;
        is_undone boolean;
        is_complete boolean;
    BEGIN
        SELECT migration_id, phase = 'ROLLING_BACK', phase = 'COMPLETE' INTO migration, is_undone, is_complete
        FROM function_migrations WHERE phase <> 'ROLLED_BACK' ORDER BY started_at DESC LIMIT 1;
        IF migration IS NULL OR is_undone THEN
            RETURN NEW;
        END IF;
        IF TG_OP = 'UPDATE' THEN
            old_parent := OLD.parent_event_id;
            old_function := OLD.function_id;
        END IF;
        moves_parent := NEW.parent_event_id IS DISTINCT FROM old_parent;
        moves_function := NEW.function_id IS DISTINCT FROM old_function;
        agreed := old_parent IS NULL OR old_function IS NULL
            OR old_function = (SELECT function_id FROM events WHERE event_id = old_parent);
        IF agreed AND moves_parent AND NOT moves_function AND NOT is_complete THEN
            NEW.function_id := NULL;
            SELECT parent.function_id INTO NEW.function_id FROM events AS parent
            WHERE parent.event_id = NEW.parent_event_id AND parent.parent_event_id IS NULL
                AND parent.organisation_id = NEW.organisation_id AND parent.deleted_at IS NULL
            FOR SHARE;
        ELSIF agreed AND moves_function AND NOT moves_parent
            AND NOT EXISTS (SELECT FROM function_roots WHERE event_id = NEW.event_id)
        THEN
            NEW.parent_event_id := (
                SELECT root.event_id FROM function_roots JOIN events AS root USING (event_id)
                WHERE function_roots.function_id = NEW.function_id AND root.organisation_id = NEW.organisation_id
            );
        END IF;
        IF is_complete THEN
            RETURN NEW;
        END IF;
        IF TG_OP = 'INSERT' THEN
            INSERT INTO function_migration_changes (migration_id, table_name, row_id, by_client)
            VALUES (migration, 'events', NEW.event_id, true);
            RETURN NEW;
        END IF;
        IF NEW.function_id IS DISTINCT FROM old_function THEN
            INSERT INTO function_migration_changes
                (migration_id, table_name, row_id, column_name, before, after, by_client)
            VALUES (migration, 'events', NEW.event_id, 'function_id', old_function, NEW.function_id, true);
        END IF;
        IF NEW.parent_event_id IS DISTINCT FROM old_parent THEN
            INSERT INTO function_migration_changes
                (migration_id, table_name, row_id, column_name, before, after, by_client)
            VALUES (migration, 'events', NEW.event_id, 'parent_event_id', old_parent, NEW.parent_event_id, true);
        END IF;
        RETURN NEW;
    END $$
"""

STATEMENTS = (
    STEP,
    "REVOKE ALL ON FUNCTION keep_hierarchies_in_step() FROM PUBLIC",
    """
    CREATE TRIGGER tr_events_step_insert BEFORE INSERT ON events FOR EACH ROW
    WHEN (NEW.function_id IS NOT NULL OR NEW.parent_event_id IS NOT NULL)
    EXECUTE FUNCTION keep_hierarchies_in_step()
    """,
    # A batch of the move writes both sides and the journal itself, for all of its rows at once.
    """
    CREATE TRIGGER tr_events_step_update BEFORE UPDATE OF function_id, parent_event_id ON events FOR EACH ROW
    WHEN (
        (OLD.function_id IS DISTINCT FROM NEW.function_id OR OLD.parent_event_id IS DISTINCT FROM NEW.parent_event_id)
        AND current_setting('boxoffice.hierarchies', true) IS DISTINCT FROM 'migrating'
    )
    EXECUTE FUNCTION keep_hierarchies_in_step()
    """,
)


def upgrade() -> None:
    # A move that is under way has made them already, in words that know of no others.
    op.execute("DROP FUNCTION IF EXISTS keep_hierarchies_in_step() CASCADE")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    # Before, they were there while a move was, and these do the same as long as it is.
    op.execute("""
        DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM function_migrations WHERE phase IN ('MIGRATING', 'MIGRATED', 'COMPLETE')) THEN
                DROP FUNCTION keep_hierarchies_in_step() CASCADE;
            END IF;
        END $$
    """)
