"""Whether an order can be, decided from what is sold, who buys and how much; and what it then takes and costs."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from domain.availability import Sale
from domain.prices import MOST, Part, PriceRule, Quote, Tax, Voucher, Wanted, quote, tier_bound
from domain.sales import EligibilityKind
from domain.user_errors import InvalidInput, LimitExceeded, NotEligible, NotFound, NotOnSale, Rejected, UserError

MOST_LINES: Final = 50
"""Lines of one order."""

MOST_PLACES: Final = 500
"""Places of one order, all its tickets and packages together."""


@dataclass(frozen=True, slots=True)
class Eligibility:
    """A rule on who may buy; see `EligibilityKind`."""

    kind: EligibilityKind
    description: str
    membership: str | None = None
    member_of: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class TicketOffer:
    """A ticket as it is sold.

    `sold` is how many are, where that makes a difference to its price. `room` is how many places were left in those of
    its pools that have an end, a moment ago.
    """

    ticket_id: uuid.UUID
    event_id: uuid.UUID
    organisation_id: uuid.UUID
    function_id: uuid.UUID | None
    name: str
    price: int
    currency: str
    fewest: int
    most: int
    sale: Sale
    pools: tuple[uuid.UUID, ...]
    taxes: tuple[Tax, ...] = ()
    rules: tuple[PriceRule, ...] = ()
    eligibility: tuple[Eligibility, ...] = ()
    sold: int = 0
    room: Mapping[uuid.UUID, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PackageOffer:
    """A package as it is sold: each of its items is a ticket, how many of it, and its weight in the price."""

    package_id: uuid.UUID
    organisation_id: uuid.UUID
    function_id: uuid.UUID
    name: str
    price: int
    currency: str
    items: tuple[tuple[uuid.UUID, int, int], ...]
    rules: tuple[PriceRule, ...] = ()
    eligibility: tuple[Eligibility, ...] = ()
    sold: int = 0


@dataclass(frozen=True, slots=True)
class Offers:
    """What can be bought, by key: tickets that are seen by anyone, those of packages among them, and packages."""

    tickets: Mapping[uuid.UUID, TicketOffer]
    packages: Mapping[uuid.UUID, PackageOffer] = field(default_factory=dict)

    def only(self, shows: Callable[[uuid.UUID | None, uuid.UUID], bool]) -> Offers:
        """Those of a function and an organisation that are shown."""
        tickets = {key: each for key, each in self.tickets.items() if shows(each.function_id, each.organisation_id)}
        packages = {key: each for key, each in self.packages.items() if shows(each.function_id, each.organisation_id)}
        return Offers(tickets, packages)


@dataclass(frozen=True, slots=True)
class VoucherOffer:
    """A voucher of the seller's: what it does, and what it is good for; with no target, for everything."""

    voucher_id: uuid.UUID
    does: Voucher
    currency: str | None
    valid: Sale
    function_id: uuid.UUID | None = None
    ticket_id: uuid.UUID | None = None
    package_id: uuid.UUID | None = None

    def is_good_for(self, item: TicketOffer | PackageOffer) -> bool:
        """Whether it lowers the price of an item, and lets it be bought where a code is needed."""
        if self.currency is not None and self.currency != item.currency:
            return False
        if self.function_id is not None:
            return item.function_id == self.function_id
        if self.ticket_id is not None:
            return isinstance(item, TicketOffer) and item.ticket_id == self.ticket_id
        if self.package_id is not None:
            return isinstance(item, PackageOffer) and item.package_id == self.package_id
        return True


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who buys: their memberships (of which organisation, what kind), and for whom they work."""

    memberships: frozenset[tuple[uuid.UUID, str]] = frozenset()
    works_for: frozenset[uuid.UUID] = frozenset()

    def may_buy(self, item: TicketOffer | PackageOffer, voucher: VoucherOffer | None) -> bool:
        """Whether an item is sold to them: without rules to anyone, else to whoever one of them is about."""
        has_code = voucher is not None and voucher.is_good_for(item)
        met = (self.meets(rule, item.organisation_id) for rule in item.eligibility)
        return not item.eligibility or any(has_code if each is None else each for each in met)

    def meets(self, rule: Eligibility, seller: uuid.UUID) -> bool | None:
        """Whether a seller's rule is about them; None where that hangs on the code that they order with."""
        match rule.kind:
            case EligibilityKind.MEMBERSHIP:
                return any(of == seller and rule.membership in (None, kind) for of, kind in self.memberships)
            case EligibilityKind.ORGANISATION:
                return rule.member_of in self.works_for or any(of == rule.member_of for of, _ in self.memberships)
            case EligibilityKind.STAFF:
                return seller in self.works_for
            case EligibilityKind.VOUCHER:
                return None


@dataclass(frozen=True, slots=True)
class OrderLine:
    """So many of a ticket, or of a package: one of the two."""

    quantity: int
    ticket_id: uuid.UUID | None = None
    package_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """An order that can be, as far as is known before its places are taken.

    Attributes:
        organisation_id: the seller.
        function_id: whose all of it is; None where it is no function's, or of several.
        currency: of all its prices.
        lines: what was asked for.
        quote: what each of them, and all of it, comes to.
        places: what it takes, of each pool.
        voucher: what counts in it; None without one.
        tiers: of tickets and packages whose price depends on how many are sold, how many that may be with this order.
    """

    organisation_id: uuid.UUID
    function_id: uuid.UUID | None
    currency: str
    lines: tuple[OrderLine, ...]
    quote: Quote
    places: Mapping[uuid.UUID, int]
    voucher: VoucherOffer | None
    tiers: Mapping[uuid.UUID, int] = field(default_factory=dict)


def check_sizes(lines: Sequence[OrderLine]) -> None:
    """Refuse what no order may be, before anything is looked up.

    Raises:
        Rejected: `InvalidInput`, `LimitExceeded`.
    """
    if not lines:
        raise Rejected(InvalidInput(("input", "lines"), "`lines` is empty: order something."))
    if len(lines) > MOST_LINES:
        raise Rejected(LimitExceeded(("input", "lines"), f"An order has at most {MOST_LINES} lines."))
    wrong = [number for number, line in enumerate(lines) if not 1 <= line.quantity <= MOST_PLACES]
    if wrong:
        message = f"`quantity` must be at least 1, and at most {MOST_PLACES}."
        raise Rejected(*(InvalidInput(_at(number, "quantity"), message) for number in wrong))


def plan(
    lines: Sequence[OrderLine], offers: Offers, buyer: Buyer, voucher: VoucherOffer | None, *, now: dt.datetime
) -> Plan:
    """What an order takes and costs.

    Args:
        lines: of sizes that were checked.
        offers: all that the lines name, as far as there is such a thing.
        buyer: who buys.
        voucher: the one that is given, if there is such a one and it is valid.
        now: the moment to decide for.

    Raises:
        Rejected: with every reason why it cannot be.
    """
    items = [_item(line, offers) for line in lines]
    errors: list[UserError] = [
        NotFound(_at(number, "itemId"), "There is no such ticket or package.")
        for number, item in enumerate(items)
        if item is None
    ]
    found = [item for item in items if item is not None]
    if errors:
        raise Rejected(*errors)
    _check_together(found)
    for number, item in enumerate(found):
        errors.extend(_refusals(item, offers, buyer, voucher, now, number))
    if voucher is not None and not any(voucher.is_good_for(item) for item in found):
        message = "This voucher is not good for anything that you order."
        errors.append(InvalidInput(("input", "voucherCode"), message))
    tickets = _tickets(lines, found)
    errors.extend(_excesses(tickets, lines, offers))
    if errors:
        raise Rejected(*errors)
    organisation = found[0].organisation_id
    memberships = [kind for of, kind in buyer.memberships if of == organisation]
    wanted = [_wanted(line, item, offers, voucher) for line, item in zip(lines, found, strict=True)]
    priced = quote(wanted, now=now, memberships=memberships, voucher=None if voucher is None else voucher.does)
    if priced.subtotal + priced.tax_added > MOST:
        raise Rejected(LimitExceeded(("input", "lines"), "The order comes to more than can be reckoned with."))
    places: Counter[uuid.UUID] = Counter()
    for ticket_id, quantity in tickets.items():
        places.update(dict.fromkeys(offers.tickets[ticket_id].pools, quantity))
    functions = {item.function_id for item in found}
    (function,) = functions if len(functions) == 1 else (None,)
    bounds = [tier_bound(each, now, frozenset(memberships)) for each in wanted]
    tiers = _tiers(lines, bounds, tickets)
    return Plan(organisation, function, found[0].currency, tuple(lines), priced, places, voucher, tiers)


def _tiers(
    lines: Sequence[OrderLine], bounds: Sequence[int | None], tickets: Mapping[uuid.UUID, int]
) -> dict[uuid.UUID, int]:
    """Of each item that is sold by a tier, how many may be sold, those of the order among them."""
    ordered = Counter(tickets)
    for line in lines:
        if line.package_id is not None:
            ordered[line.package_id] += line.quantity
    tiers: dict[uuid.UUID, int] = {}
    for line, bound in zip(lines, bounds, strict=True):
        item = line.ticket_id or line.package_id
        if bound is not None and item is not None:
            most = bound + ordered[item]
            tiers[item] = min(tiers.get(item, most), most)
    return tiers


def _at(number: int, name: str) -> tuple[str, ...]:
    return ("input", "lines", str(number), name)


def _item(line: OrderLine, offers: Offers) -> TicketOffer | PackageOffer | None:
    if line.ticket_id is not None:
        return offers.tickets.get(line.ticket_id)
    return None if line.package_id is None else offers.packages.get(line.package_id)


def _check_together(items: Sequence[TicketOffer | PackageOffer]) -> None:
    """An order has one seller and one currency."""
    for name, of in (("seller", {item.organisation_id for item in items}), ("currency", {i.currency for i in items})):
        if len(of) > 1:
            raise Rejected(InvalidInput(("input", "lines"), f"An order has one {name}; make one for each."))


def _refusals(
    item: TicketOffer | PackageOffer,
    offers: Offers,
    buyer: Buyer,
    voucher: VoucherOffer | None,
    now: dt.datetime,
    number: int,
) -> Iterator[UserError]:
    """Why an item is not sold to a buyer now."""
    if isinstance(item, TicketOffer):
        parts: list[TicketOffer | None] = [item]
    else:
        parts = [offers.tickets.get(ticket_id) for ticket_id, _, _ in item.items]
    if not parts or any(part is None or not part.sale.is_on(now) for part in parts):
        starts = [part.sale.start for part in parts if part is not None and part.sale.start is not None]
        later = max(starts, default=None)
        message = f"{item.name} is not on sale now."
        yield NotOnSale(_at(number, "itemId"), message, later if later is not None and later > now else None)
    if not buyer.may_buy(item, voucher):
        rules = tuple(rule.description for rule in item.eligibility)
        yield NotEligible(_at(number, "itemId"), f"{item.name} is not for everybody: {' '.join(rules)}", rules)


def _tickets(lines: Sequence[OrderLine], items: Sequence[TicketOffer | PackageOffer]) -> Counter[uuid.UUID]:
    """How many places of each ticket an order takes."""
    tickets: Counter[uuid.UUID] = Counter()
    for line, item in zip(lines, items, strict=True):
        if isinstance(item, TicketOffer):
            tickets[item.ticket_id] += line.quantity
        else:
            tickets.update({ticket_id: line.quantity * quantity for ticket_id, quantity, _ in item.items})
    return tickets


def _excesses(tickets: Counter[uuid.UUID], lines: Sequence[OrderLine], offers: Offers) -> Iterator[UserError]:
    """What is more or less than an order may hold: the most counts with packages, the fewest for a ticket by itself."""
    if tickets.total() > MOST_PLACES:
        message = f"An order has at most {MOST_PLACES} places; this one takes {tickets.total()}."
        yield LimitExceeded(("input", "lines"), message)
    alone: Counter[uuid.UUID] = Counter()
    for line in lines:
        if line.ticket_id is not None:
            alone[line.ticket_id] += line.quantity
    for ticket_id, quantity in tickets.items():
        ticket = offers.tickets.get(ticket_id)
        if ticket is not None and quantity > ticket.most:
            message = f"An order holds at most {ticket.most} of {ticket.name}; this one takes {quantity}."
            yield LimitExceeded(("input", "lines"), message)
        elif ticket is not None and 0 < alone[ticket_id] < ticket.fewest:
            yield LimitExceeded(("input", "lines"), f"An order holds at least {ticket.fewest} of {ticket.name}.")


def _wanted(line: OrderLine, item: TicketOffer | PackageOffer, offers: Offers, voucher: VoucherOffer | None) -> Wanted:
    if isinstance(item, TicketOffer):
        parts: tuple[Part, ...] = (Part(item.ticket_id, taxes=item.taxes),)
    else:
        parts = tuple(
            Part(ticket_id, quantity, weight, offers.tickets[ticket_id].taxes)
            for ticket_id, quantity, weight in item.items
        )
    is_good = voucher is not None and voucher.is_good_for(item)
    return Wanted(line.quantity, item.price, parts, item.rules, item.sold, is_good)
