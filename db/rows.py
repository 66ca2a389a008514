"""Rows as the rooms above see them: records straight from asyncpg, one class an entity.

A row is read by column name (`row["event_id"]`), holds only what its statement selected, and knows its GraphQL type, so
that an abstract field can tell rows apart.
"""

from __future__ import annotations

from operator import itemgetter
from typing import ClassVar

import asyncpg


class Row(asyncpg.Record):
    """A row of a statement that is no entity: counts, pairs, ranks."""

    typename: ClassVar[str] = ""
    has_verdicts: ClassVar[bool] = False
    """Whether it says which permissions its viewer has of it (`db.visibility.verdicts`)."""


class WrittenRow(Row):
    """A page that PostgreSQL has written: its JSON, and the number of its rows."""

    json = property(itemgetter(-2))  # without a call of Python, and by place: the last two columns
    number = property(itemgetter(-1))


class OrganisationRow(Row):
    """A row of `organisations`."""

    typename = "Organisation"
    has_verdicts = True


class FunctionRow(Row):
    """A row of `functions`."""

    typename = "Function"
    has_verdicts = True


class EventRow(Row):
    """A row of `events`."""

    typename = "Event"
    has_verdicts = True


class DayRow(Row):
    """A day of a function on which events start, where they take place."""

    typename = "FunctionDay"


class TicketRow(Row):
    """A row of `event_tickets`."""

    typename = "Ticket"
    has_verdicts = True


class PoolRow(Row):
    """A row of `capacity_pools`."""

    typename = "CapacityPool"
    has_verdicts = True


class PackageRow(Row):
    """A row of `packages`."""

    typename = "Package"
    has_verdicts = True


class PackageItemRow(Row):
    """A row of `package_items`."""

    typename = "PackageItem"


class CustomerRow(Row):
    """A row of `customers`; for whoever asks, also before there is one."""

    typename = "Customer"


class MemberRow(Row):
    """A row of `organisation_members`, with what is known of the customer."""

    typename = "Member"


class RegistrationRow(Row):
    """A row of `registrations`."""

    typename = "Registration"
    has_verdicts = True


class LineRow(Row):
    """A row of `registration_lines`, with the currency of its registration."""

    typename = "RegistrationLine"


class EligibilityRow(Row):
    """A row of `eligibility_rules`."""

    typename = "EligibilityRule"
    has_verdicts = True


class PriceRuleRow(Row):
    """A row of `price_rules`, with the currency of what it is about."""

    typename = "PriceRule"
    has_verdicts = True


class VoucherRow(Row):
    """A row of `vouchers`."""

    typename = "Voucher"
    has_verdicts = True


class TaxRow(Row):
    """A row of `taxes`."""

    typename = "Tax"
    has_verdicts = True


class AttendeeRow(Row):
    """A row of `attendees`."""

    typename = "Attendee"


class WaitingListEntryRow(Row):
    """A row of `waiting_list_entries`."""

    typename = "WaitingListEntry"


class PaymentRow(Row):
    """A row of `payments`."""

    typename = "Payment"
    has_verdicts = True


class RefundRow(Row):
    """A row of `refunds`, with the currency of its payment."""

    typename = "Refund"


class KeyRow(dict[str, object]):
    """Stands for a row of which only the key is asked, where another row holds it."""

    __slots__ = ("typename",)

    def __init__(self, typename: str, column: str, key: object) -> None:
        super().__init__({column: key})
        self.typename = typename
