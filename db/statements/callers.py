"""What is known of a token's subject: asked once a request of whoever has a token, and once a second at most."""

from __future__ import annotations

from sqlalchemy import Text, bindparam, select

from db.identity_models import Customer, OrganisationMember
from db.models import Organisation
from db.rows import Row
from db.statement import compile_statement
from db.visibility import ROWS

_live_membership = (
    select(OrganisationMember.customer_id, OrganisationMember.organisation_id, OrganisationMember.role)
    .join(Organisation, Organisation.organisation_id == OrganisationMember.organisation_id)
    .where(ROWS.public.organisations)
    .subquery("membership")
)

OF_SUBJECT = compile_statement(
    "callers.of_subject",
    select(Customer.customer_id, _live_membership.c.organisation_id, _live_membership.c.role)
    .select_from(Customer)
    .outerjoin(_live_membership, _live_membership.c.customer_id == Customer.customer_id)
    .where(Customer.subject == bindparam("subject", type_=Text)),
    Row,
)
"""The key of a subject's row, beside each of its memberships; without any, beside nothing. No row without a row."""
