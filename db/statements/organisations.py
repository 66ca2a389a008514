"""Organisations, by id and by slug."""

from __future__ import annotations

from db import visibility
from db.models import Organisation
from db.rows import OrganisationRow
from db.statements.paging import Lookup

COLUMNS = (Organisation.organisation_id, Organisation.name, Organisation.slug, Organisation.timezone)

BY_ID = Lookup(
    "organisations.by_id", OrganisationRow, COLUMNS, Organisation.organisation_id, (visibility.ORGANISATIONS,)
)
BY_SLUG = Lookup("organisations.by_slug", OrganisationRow, COLUMNS, Organisation.slug, (visibility.ORGANISATIONS,))
