"""Customers by their keys, and the members of organisations."""

from __future__ import annotations

from sqlalchemy import Boolean, Integer, Uuid, and_, bindparam, or_, select, true

from db.identity_models import Customer, OrganisationMember
from db.rows import CustomerRow, MemberRow
from db.statement import compile_statement
from db.statements.paging import fenced, key_table, parents, unforeseen
from db.visibility import Sight

_key = key_table()
_customer = fenced(
    select(Customer.customer_id, Customer.name, Customer.email, Customer.locale).where(
        Customer.customer_id == _key.c.key
    ),
    "customer",
)

CUSTOMERS_BY_ID = compile_statement(
    "customers.by_id",
    select(_key.c.key.label("customer_id"), _customer.c.name, _customer.c.email, _customer.c.locale)
    .select_from(_key.outerjoin(_customer, true()))
    .where(
        or_(
            # Whoever asks is a customer before there is a row.
            _key.c.key == bindparam("own", type_=Uuid),
            and_(bindparam("sees_all", type_=Boolean), _customer.c.customer_id.is_not(None)),
        )
    ),
    CustomerRow,
    Sight.PRIVILEGED,
)
"""Customers by their keys: the viewer's own, and all for administrators."""

_parent = parents()
_member = (
    select(
        OrganisationMember.organisation_id,
        OrganisationMember.customer_id,
        OrganisationMember.role,
        Customer.name,
        Customer.email,
        Customer.locale,
    )
    .join(Customer, Customer.customer_id == OrganisationMember.customer_id)
    .where(OrganisationMember.organisation_id == _parent.c.id)
    .order_by(OrganisationMember.customer_id, OrganisationMember.role)
    .limit(unforeseen(bindparam("limit", type_=Integer)))
    .correlate(_parent)
    .lateral("member")
)

MEMBERS_OF_ORGANISATIONS = compile_statement(
    "organisation.members",
    select(_parent.c.place, _member).select_from(_parent.join(_member, true())),
    MemberRow,
    Sight.PRIVILEGED,
)
"""The members of each organisation, with what is known of them; `place` says which organisation."""
