"""Which tables are followed: whatever changes their rows leaves a line in `row_changes`, in the same transaction.

The database itself writes it, by triggers, so that it does not matter who changes rows: this program, an import, a
person with psql. What is not followed here cannot be shown in an answer that is kept (`db.statement`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Followed:
    """How the changes of a table are told.

    Attributes:
        key: the column by which a row is known.
        owners: the columns that say which rows it belongs to.
        subject: the table whose rows are said to change, where it is another: a link is a part of what it links.
        whole: a column; who sets it has changed all rows, as far as anyone is told.
    """

    key: str
    owners: tuple[str, ...] = ()
    subject: str | None = None
    whole: str | None = None


FOLLOWED: Final[Mapping[str, Followed]] = {
    "organisations": Followed("organisation_id"),
    "functions": Followed("function_id", ("organisation_id",)),
    "events": Followed("event_id", ("function_id", "parent_event_id")),
    "event_tickets": Followed("ticket_id", ("event_id",)),
    # A pool that is restored is a pool that no answer shows yet.
    "capacity_pools": Followed("pool_id", whole="deleted_at"),
    "ticket_pools": Followed("ticket_id", subject="event_tickets"),
    "packages": Followed("package_id", ("function_id",)),
    "package_items": Followed("package_id", subject="packages"),
    "eligibility_rules": Followed("rule_id", ("ticket_id", "package_id")),
    "taxes": Followed("tax_id"),
    "ticket_taxes": Followed("ticket_id", subject="event_tickets"),
}


def subject_of(table: str) -> str | None:
    """The table whose rows are said to change when rows of this one do; None if it is not followed."""
    followed = FOLLOWED.get(table)
    return None if followed is None else followed.subject or table


# Of an update, the rows before and after it count; of more than two hundred, a line says no more than the table.
RECORD: Final = """
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


def triggers(table: str) -> Iterator[str]:
    """What makes a table tell its changes."""
    followed = FOLLOWED[table]
    subject = followed.subject or table
    told = ", ".join(f"'{each}'" for each in (subject, followed.key, *followed.owners))
    rows = {
        "INSERT": "NEW TABLE AS new_rows",
        "UPDATE": "NEW TABLE AS new_rows OLD TABLE AS old_rows",
        "DELETE": "OLD TABLE AS old_rows",
    }
    for operation, referencing in rows.items():
        yield (
            f"CREATE TRIGGER tr_{table}_record_{operation.lower()} AFTER {operation} ON {table} "
            f"REFERENCING {referencing} FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes({told})"
        )
    wholly = ["TRUNCATE", *([] if followed.whole is None else [f"UPDATE OF {followed.whole}"])]
    for operation in wholly:
        yield (
            f"CREATE TRIGGER tr_{table}_record_{operation.split()[-1].lower()} AFTER {operation} ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('{subject}')"
        )
