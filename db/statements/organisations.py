"""Organisations, by id and by slug."""

from __future__ import annotations

from db.models import Organisation
from db.rows import OrganisationRow
from db.statements.paging import Column, Lookup
from db.visibility import ROWS, BySight, by_sight, columns_of

COLUMNS = columns_of(
    Organisation,
    (Organisation.organisation_id, Organisation.name, Organisation.slug, Organisation.timezone),
    {Organisation.payout_account_id: "FINANCE"},
)


def _lookup(name: str, key: Column) -> BySight[Lookup[OrganisationRow]]:
    return by_sight(
        lambda sight: Lookup(name, OrganisationRow, COLUMNS[sight], key, (ROWS[sight].organisations,), sight)
    )


BY_ID = _lookup("organisations.by_id", Organisation.organisation_id)
BY_SLUG = _lookup("organisations.by_slug", Organisation.slug)
