"""What an order comes to, worked out from plain values; every sum adds up to the last minor unit of the currency.

Amounts are whole minor units, rates and shares whole millionths. A price is made in this order: the lowest of the list
price and the price rules that hold; the voucher; the taxes. What is left over by rounding goes to the largest
remainders, so that parts always add up to the whole.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from domain.sales import PriceRuleKind, VoucherKind

WHOLE: Final = 1_000_000
"""A rate or share of one."""

MOST: Final = 2**53
"""No order comes to more minor units than this: JSON's numbers are exact up to here."""


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax by its rate: in the price already, or added to it."""

    tax_id: uuid.UUID
    name: str
    rate: int
    is_included: bool


@dataclass(frozen=True, slots=True)
class PriceRule:
    """Another price, while it holds: `until` a moment, `sold_below` a number sold, for members. See `PriceRuleKind`.

    The price is `amount`, or the list price less `share_off`. A tier holds for an order that fits into it whole.
    """

    kind: PriceRuleKind
    name: str
    until: dt.datetime | None = None
    sold_below: int | None = None
    membership: str | None = None
    amount: int | None = None
    share_off: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What one piece of an item gives: so many places at one ticket, and how much of the price falls to them.

    `weight` is compared with those of the item's other parts. A ticket sold by itself is its own only part.
    """

    ticket_id: uuid.UUID
    quantity: int = 1
    weight: int = 1
    taxes: tuple[Tax, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line of an order, and all that its price depends on.

    Attributes:
        quantity: how many pieces.
        list_amount: the price of one before any rule.
        parts: what one piece gives.
        rules: other prices that may hold.
        sold: how many pieces were sold or are held, which tiers look at.
        takes_voucher: whether the order's voucher is good for it.
    """

    quantity: int
    list_amount: int
    parts: tuple[Part, ...]
    rules: tuple[PriceRule, ...] = ()
    sold: int = 0
    takes_voucher: bool = False


@dataclass(frozen=True, slots=True)
class Voucher:
    """What a voucher does: a share off, an amount off the order, or a price that no piece exceeds."""

    kind: VoucherKind
    share_off: int = 0
    amount: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """One person's place at one ticket: `person` counts those of the line; `amount` is what it costs, taxes and all."""

    ticket_id: uuid.UUID
    person: int
    amount: int


@dataclass(frozen=True, slots=True)
class TaxLine:
    """What a tax comes to."""

    tax: Tax
    amount: int


@dataclass(frozen=True, slots=True)
class Line:
    """What a line comes to: `total` is `quantity * unit - discount + tax_added`, and the sum of its places."""

    quantity: int
    list_amount: int
    unit: int
    rule: str | None
    discount: int
    taxes: tuple[TaxLine, ...]
    places: tuple[Place, ...]

    @property
    def tax_included(self) -> int:
        """The taxes that are in the price."""
        return sum(each.amount for each in self.taxes if each.tax.is_included)

    @property
    def tax_added(self) -> int:
        """The taxes that come on top of it."""
        return sum(each.amount for each in self.taxes if not each.tax.is_included)

    @property
    def subtotal(self) -> int:
        """Before the voucher, and without the taxes that come on top."""
        return self.quantity * self.unit

    @property
    def total(self) -> int:
        """What is to be paid for it."""
        return self.subtotal - self.discount + self.tax_added


@dataclass(frozen=True, slots=True)
class Quote:
    """What an order comes to."""

    lines: tuple[Line, ...]

    @property
    def subtotal(self) -> int:
        """Of all lines."""
        return sum(line.subtotal for line in self.lines)

    @property
    def discount(self) -> int:
        """What the voucher takes off."""
        return sum(line.discount for line in self.lines)

    @property
    def tax_included(self) -> int:
        """The taxes that are in the prices."""
        return sum(line.tax_included for line in self.lines)

    @property
    def tax_added(self) -> int:
        """The taxes that come on top."""
        return sum(line.tax_added for line in self.lines)

    @property
    def total(self) -> int:
        """What is to be paid."""
        return sum(line.total for line in self.lines)

    @property
    def taxes(self) -> tuple[TaxLine, ...]:
        """Each tax once, in the order in which the lines name them."""
        sums: dict[Tax, int] = {}
        for line in self.lines:
            for each in line.taxes:
                sums[each.tax] = sums.get(each.tax, 0) + each.amount
        return tuple(TaxLine(tax, amount) for tax, amount in sums.items())


def quote(
    wanted: Sequence[Wanted], *, now: dt.datetime, memberships: Iterable[str] = (), voucher: Voucher | None = None
) -> Quote:
    """What an order comes to.

    Args:
        wanted: its lines, all in one currency.
        now: the moment that early prices are compared with.
        memberships: what kinds of member of the seller whoever orders is.
        voucher: the one that is given with it.
    """
    known = frozenset(memberships)
    units = [unit_price(each, now, known) for each in wanted]
    discounts = _discounts(wanted, [unit for unit, _ in units], voucher)
    return Quote(
        tuple(
            _line(each, unit, rule, discount)
            for each, (unit, rule), discount in zip(wanted, units, discounts, strict=True)
        )
    )


def unit_price(wanted: Wanted, now: dt.datetime, memberships: frozenset[str]) -> tuple[int, str | None]:
    """The price of one piece before any voucher, and the rule that makes it; None for the list price."""
    price, name = wanted.list_amount, None
    for rule in wanted.rules:
        if _holds(rule, wanted, now, memberships):
            other = _amount(rule, wanted)
            if other < price:
                price, name = other, rule.name
    return price, name


def tier_bound(wanted: Wanted, now: dt.datetime, memberships: frozenset[str]) -> int | None:
    """How many may be sold before, at most, for the price to be what it is; None where that makes no difference."""
    lasting = tuple(rule for rule in wanted.rules if rule.kind is not PriceRuleKind.TIER)
    if len(lasting) == len(wanted.rules):
        return None
    price, _ = unit_price(wanted, now, memberships)
    if unit_price(replace(wanted, rules=lasting), now, memberships)[0] == price:
        return None
    return max(
        rule.sold_below - wanted.quantity
        for rule in wanted.rules
        if rule.kind is PriceRuleKind.TIER
        and rule.sold_below is not None
        and _holds(rule, wanted, now, memberships)
        and _amount(rule, wanted) == price
    )


def _amount(rule: PriceRule, wanted: Wanted) -> int:
    """The price of one piece by a rule."""
    if rule.amount is None:
        return wanted.list_amount - share_of(wanted.list_amount, rule.share_off or 0)
    return rule.amount


def _holds(rule: PriceRule, wanted: Wanted, now: dt.datetime, memberships: frozenset[str]) -> bool:
    match rule.kind:
        case PriceRuleKind.EARLY_BIRD:
            return rule.until is not None and now < rule.until
        case PriceRuleKind.TIER:
            return rule.sold_below is not None and wanted.sold + wanted.quantity <= rule.sold_below
        case PriceRuleKind.MEMBER:
            return bool(memberships) if rule.membership is None else rule.membership in memberships


def _discounts(wanted: Sequence[Wanted], units: Sequence[int], voucher: Voucher | None) -> list[int]:
    """What the voucher takes off each line."""
    sums = [
        each.quantity * unit if voucher and each.takes_voucher else 0 for each, unit in zip(wanted, units, strict=True)
    ]
    if voucher is None:
        return sums
    match voucher.kind:
        case VoucherKind.PERCENTAGE:
            return [share_of(amount, voucher.share_off) for amount in sums]
        case VoucherKind.AMOUNT:
            return allocate(min(voucher.amount, sum(sums)), sums)
        case VoucherKind.FIXED_PRICE:
            return [max(0, amount - each.quantity * voucher.amount) for each, amount in zip(wanted, sums, strict=True)]


def _line(wanted: Wanted, unit: int, rule: str | None, discount: int) -> Line:
    seats = list(_seats(wanted))
    net = wanted.quantity * unit - discount
    shares = allocate(net, _weights(wanted))
    taxes: dict[Tax, int] = {}
    amounts = list(shares)
    for owed in dict.fromkeys(part.taxes for part, _ in seats):
        its = [number for number, (part, _) in enumerate(seats) if part.taxes == owed]
        base = sum(shares[number] for number in its)
        for tax, amount in taxes_on(base, owed).items():
            taxes[tax] = taxes.get(tax, 0) + amount
            if not tax.is_included:
                for number, more in zip(its, allocate(amount, [shares[number] for number in its]), strict=True):
                    amounts[number] += more
    places = tuple(Place(part.ticket_id, person, amount) for (part, person), amount in zip(seats, amounts, strict=True))
    lines = tuple(TaxLine(tax, amount) for tax, amount in taxes.items())
    return Line(wanted.quantity, wanted.list_amount, unit, rule, discount, lines, places)


def _seats(wanted: Wanted) -> Iterator[tuple[Part, int]]:
    """Every place that a line gives, and whose it is: a piece is for as many people as its largest part has places."""
    people = max((part.quantity for part in wanted.parts), default=0)
    for piece in range(wanted.quantity):
        for part in wanted.parts:
            for seat in range(part.quantity):
                yield part, piece * people + seat


def _weights(wanted: Wanted) -> list[int]:
    """The weight of every place, in the order of `_seats`; a part's weight is that of all its places."""
    scale = 1
    for part in wanted.parts:
        scale *= part.quantity
    piece = [part.weight * scale // part.quantity for part in wanted.parts for _ in range(part.quantity)]
    return piece * wanted.quantity


def taxes_on(base: int, taxes: Sequence[Tax]) -> Mapping[Tax, int]:
    """What taxes come to on an amount that the included ones are part of; the others are of what is left without."""
    included = [tax for tax in taxes if tax.is_included]
    rate = sum(tax.rate for tax in included)
    within = rounded(base * rate, WHOLE + rate)
    amounts = dict(zip(included, allocate(within, [tax.rate for tax in included]), strict=True))
    for tax in taxes:
        if not tax.is_included:
            # Of the exact amount without the included taxes, not of one that was rounded before.
            amounts[tax] = rounded(base * tax.rate, WHOLE + rate)
    return amounts


def share_of(amount: int, share: int) -> int:
    """So many millionths of an amount, rounded."""
    return rounded(amount * share, WHOLE)


def rounded(numerator: int, denominator: int) -> int:
    """A fraction of natural numbers as the nearest whole number; a half is rounded up, as invoices do."""
    return (2 * numerator + denominator) // (2 * denominator)


def allocate(amount: int, weights: Sequence[int]) -> list[int]:
    """Split an amount in proportion to weights: the parts add up to it, and none is off by one or more.

    Without any weight it is split evenly. The units left over by rounding down go to the largest remainders, the first
    of those that are equal.
    """
    total = sum(weights)
    if not total:
        weights, total = [1] * len(weights), len(weights)
    if not total:
        return []
    parts = [amount * weight // total for weight in weights]
    left = amount - sum(parts)
    by_remainder = sorted(range(len(weights)), key=lambda number: -(amount * weights[number] % total))
    for number in by_remainder[:left]:
        parts[number] += 1
    return parts
