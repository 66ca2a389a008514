"""Who may buy, and taxes, tell their changes: they are shown."""

from collections.abc import Sequence

from alembic import op

revision: str = "0023"
down_revision: str | None = "0022"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


TRIGGERS = (
    "CREATE TRIGGER tr_eligibility_rules_record_insert AFTER INSERT ON eligibility_rules REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('eligibility_rules', 'rule_id', 'ticket_id', 'package_id')",
    "CREATE TRIGGER tr_eligibility_rules_record_update AFTER UPDATE ON eligibility_rules REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('eligibility_rules', 'rule_id', 'ticket_id', 'package_id')",
    "CREATE TRIGGER tr_eligibility_rules_record_delete AFTER DELETE ON eligibility_rules REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('eligibility_rules', 'rule_id', 'ticket_id', 'package_id')",
    "CREATE TRIGGER tr_eligibility_rules_record_truncate AFTER TRUNCATE ON eligibility_rules FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('eligibility_rules')",
    "CREATE TRIGGER tr_taxes_record_insert AFTER INSERT ON taxes REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('taxes', 'tax_id')",
    "CREATE TRIGGER tr_taxes_record_update AFTER UPDATE ON taxes REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('taxes', 'tax_id')",
    "CREATE TRIGGER tr_taxes_record_delete AFTER DELETE ON taxes REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('taxes', 'tax_id')",
    "CREATE TRIGGER tr_taxes_record_truncate AFTER TRUNCATE ON taxes FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('taxes')",
    "CREATE TRIGGER tr_ticket_taxes_record_insert AFTER INSERT ON ticket_taxes REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('event_tickets', 'ticket_id')",
    "CREATE TRIGGER tr_ticket_taxes_record_update AFTER UPDATE ON ticket_taxes REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('event_tickets', 'ticket_id')",
    "CREATE TRIGGER tr_ticket_taxes_record_delete AFTER DELETE ON ticket_taxes REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('event_tickets', 'ticket_id')",
    "CREATE TRIGGER tr_ticket_taxes_record_truncate AFTER TRUNCATE ON ticket_taxes FOR EACH STATEMENT EXECUTE FUNCTION record_row_changes('event_tickets')",
)


def upgrade() -> None:
    for trigger in TRIGGERS:
        op.execute(trigger)


def downgrade() -> None:
    for table in ("ticket_taxes", "taxes", "eligibility_rules"):
        for event in ("insert", "update", "delete", "truncate"):
            op.execute(f"DROP TRIGGER tr_{table}_record_{event} ON {table}")
