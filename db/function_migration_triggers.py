"""Keeping the two hierarchies of events in step: what a client writes to one is written to the other.

The triggers are always there, and do something from the beginning of a move until it is rolled back: the row of the
move says so, which whoever moves may write without owning the tables. They change the row that is being written, so
there is no second write, and note what was there. They run with the rights of the owner of the tables: whoever may
place an event may not for that read, or write, the journal.

A transaction that was writing events when a move began does not know of it: the move waits for those. One that reads as
of its beginning (REPEATABLE READ) and writes its first event later does not know either: what it places is left behind,
and followed up by the next pass.

An old client says `parent_event_id`, and the function follows: that of the parent, if the parent is of the same
organisation and stands at the top. A new client says `function_id`, and the parent follows: the event that the function
was made of, if it was made of one. Who says both has the last word, and so has a placement that did not agree before.
Once the move is complete, only the parent follows: old clients go on to find what new ones write, and nothing is noted.

The parent is locked against being linked meanwhile: without that, an event could be added under a parent of which a
batch has just made a function, each without seeing the other.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import DDL, MetaData, event, text
from sqlalchemy.ext.asyncio import AsyncConnection

_STEP: Final = """
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

STATEMENTS: Final = (
    _STEP,
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
"""What keeps the hierarchies in step."""

_APART: Final = "SELECT set_config('boxoffice.hierarchies', 'migrating', true)"


def keep_in_step(metadata: MetaData) -> None:
    """Make these triggers when tables are made from the models; their migration has the same words."""
    for statement in STATEMENTS:
        ddl = DDL(statement)  # type: ignore[no-untyped-call] # SQLAlchemy types no DDL's constructor
        event.listen(metadata, "after_create", ddl)


async def stand_apart(connection: AsyncConnection) -> None:
    """Write both hierarchies and the journal oneself, until the transaction ends."""
    await connection.execute(text(_APART))
