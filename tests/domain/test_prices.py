"""Prices: every sum adds up, whatever the numbers; and the rules one by one, by figures worked out by hand."""

import datetime as dt
import uuid
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.prices import (
    WHOLE,
    Part,
    PriceRule,
    Quote,
    Tax,
    Voucher,
    Wanted,
    allocate,
    quote,
    rounded,
    taxes_on,
)
from domain.sales import PriceRuleKind, VoucherKind

NOW = dt.datetime(2027, 5, 1, 12, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(seconds=1)
KEYS = [uuid.UUID(int=number) for number in range(1, 6)]


def tax(rate: int, *, included: bool = True, key: int = 1) -> Tax:
    return Tax(uuid.UUID(int=key), f"Tax {key}", rate, included)


def ticket(price: int, quantity: int = 1, *taxes: Tax, rules: tuple[PriceRule, ...] = (), sold: int = 0) -> Wanted:
    return Wanted(quantity, price, (Part(KEYS[0], taxes=taxes),), rules, sold, takes_voucher=True)


# -- whatever the numbers ---------------------------------------------------------------------------------------------

amounts = st.one_of(st.integers(0, 5), st.integers(0, 10**6), st.integers(0, 10**12))
shares = st.integers(0, WHOLE)
taxes = st.builds(
    Tax, st.sampled_from(KEYS), st.just("VAT"), st.one_of(st.just(210_000), st.integers(0, 2 * WHOLE)), st.booleans()
)
parts = st.builds(
    Part, st.sampled_from(KEYS), st.integers(1, 3), amounts, st.lists(taxes, max_size=3, unique=True).map(tuple)
)
rules = st.one_of(
    st.builds(PriceRule, st.just(PriceRuleKind.EARLY_BIRD), st.just("Early"), until=st.just(LATER), amount=amounts),
    st.builds(PriceRule, st.just(PriceRuleKind.TIER), st.just("First"), sold_below=st.integers(1, 9), share_off=shares),
    st.builds(PriceRule, st.just(PriceRuleKind.MEMBER), st.just("Friends"), share_off=shares),
)
lines = st.builds(
    Wanted,
    st.integers(1, 12),
    amounts,
    st.lists(parts, min_size=1, max_size=4).map(tuple),
    st.lists(rules, max_size=3).map(tuple),
    st.integers(0, 9),
    st.booleans(),
)
vouchers = st.one_of(
    st.none(),
    st.builds(Voucher, st.just(VoucherKind.PERCENTAGE), share_off=shares),
    st.builds(Voucher, st.just(VoucherKind.AMOUNT), amount=amounts),
    st.builds(Voucher, st.just(VoucherKind.FIXED_PRICE), amount=amounts),
)
orders = st.builds(
    lambda wanted, members, voucher: (wanted, quote(wanted, now=NOW, memberships=members, voucher=voucher)),
    st.lists(lines, min_size=1, max_size=4),
    st.sampled_from([(), ("friend",)]),
    vouchers,
)


@given(orders)
def test_every_sum_adds_up_to_the_last_unit(order: tuple[list[Wanted], Quote]) -> None:
    _, found = order
    for line in found.lines:
        assert line.total == line.quantity * line.unit - line.discount + line.tax_added
        assert sum(place.amount for place in line.places) == line.total

    assert found.total == found.subtotal - found.discount + found.tax_added
    assert found.total == sum(line.total for line in found.lines)
    assert sum(each.amount for each in found.taxes) == found.tax_included + found.tax_added


@given(orders)
def test_nothing_is_below_nothing_and_no_discount_or_tax_exceeds_what_it_is_of(
    order: tuple[list[Wanted], Quote],
) -> None:
    _, found = order
    for line in found.lines:
        assert 0 <= line.unit <= line.list_amount
        assert 0 <= line.discount <= line.subtotal
        assert 0 <= line.tax_included <= line.subtotal - line.discount
        assert all(place.amount >= 0 for place in line.places)
        assert all(each.amount >= 0 for each in line.taxes)


@given(orders)
def test_there_is_a_place_for_each_person_and_ticket(order: tuple[list[Wanted], Quote]) -> None:
    wanted, found = order
    for each, line in zip(wanted, found.lines, strict=True):
        assert len(line.places) == each.quantity * sum(part.quantity for part in each.parts)
        assert {place.person for place in line.places} == set(
            range(each.quantity * max(part.quantity for part in each.parts))
        )


@given(amounts, st.lists(amounts, max_size=20))
def test_a_split_adds_up_and_no_part_is_off_by_one(amount: int, weights: list[int]) -> None:
    found = allocate(amount, weights)

    assert len(found) == len(weights)
    assert sum(found) == (amount if weights else 0)
    total = sum(weights)
    if total:
        assert all(abs(part * total - amount * weight) < total for part, weight in zip(found, weights, strict=True))
    elif weights:
        assert max(found) - min(found) <= 1


@given(st.integers(0, 10**15), st.integers(1, 10**9))
def test_rounding_is_that_of_invoices(numerator: int, denominator: int) -> None:
    exact = Decimal(numerator) / Decimal(denominator)
    if abs(exact % 1 - Decimal("0.5")) > Decimal("1e-6"):  # as far as Decimal's own division is exact
        assert rounded(numerator, denominator) == int(exact.quantize(Decimal(1), ROUND_HALF_UP))


@given(amounts, st.integers(0, 2 * WHOLE))
def test_a_tax_that_is_included_is_the_one_that_would_have_been_added(base: int, rate: int) -> None:
    (within,) = taxes_on(base, [tax(rate)]).values()
    (added,) = taxes_on(base - within, [tax(rate, included=False)]).values()

    assert abs(within - added) <= 1 + rate // WHOLE


# -- by hand ----------------------------------------------------------------------------------------------------------


def total(*wanted: Wanted, voucher: Voucher | None = None, memberships: tuple[str, ...] = ()) -> int:
    return quote(wanted, now=NOW, memberships=memberships, voucher=voucher).total


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (PriceRule(PriceRuleKind.EARLY_BIRD, "Early", until=LATER, amount=900), 900),
        (PriceRule(PriceRuleKind.EARLY_BIRD, "Early", until=NOW, amount=900), 1000),
        (PriceRule(PriceRuleKind.EARLY_BIRD, "Early", until=LATER, share_off=333_333), 667),
        (PriceRule(PriceRuleKind.EARLY_BIRD, "No bargain", until=LATER, amount=1100), 1000),
        (PriceRule(PriceRuleKind.TIER, "First ten", sold_below=10, amount=500), 500),
        (PriceRule(PriceRuleKind.TIER, "First nine", sold_below=9, amount=500), 1000),
        (PriceRule(PriceRuleKind.MEMBER, "Members", amount=700), 700),
        (PriceRule(PriceRuleKind.MEMBER, "Friends", membership="friend", amount=700), 700),
        (PriceRule(PriceRuleKind.MEMBER, "Patrons", membership="patron", amount=700), 1000),
    ],
)
def test_a_rule_holds_up_to_its_bound(rule: PriceRule, expected: int) -> None:
    """Nine were sold before."""
    assert total(ticket(1000, rules=(rule,), sold=9), memberships=("friend",)) == expected


def test_a_tier_holds_for_an_order_that_fits_into_it_whole() -> None:
    tier = PriceRule(PriceRuleKind.TIER, "First ten", sold_below=10, amount=500)

    assert total(ticket(1000, 2, rules=(tier,), sold=8)) == 1000
    assert total(ticket(1000, 2, rules=(tier,), sold=9)) == 2000


def test_the_lowest_of_the_rules_that_hold_counts_and_is_named() -> None:
    rules = (
        PriceRule(PriceRuleKind.EARLY_BIRD, "Early", until=LATER, amount=900),
        PriceRule(PriceRuleKind.MEMBER, "Members", amount=800),
    )
    (line,) = quote([ticket(1000, rules=rules)], now=NOW, memberships=["friend"]).lines

    assert (line.unit, line.rule) == (800, "Members")


@pytest.mark.parametrize(
    ("voucher", "expected"),
    [
        (Voucher(VoucherKind.PERCENTAGE, share_off=100_000), 2700 + 500),
        (Voucher(VoucherKind.AMOUNT, amount=1000), 2000 + 500),
        (Voucher(VoucherKind.AMOUNT, amount=9999), 500),
        (Voucher(VoucherKind.FIXED_PRICE, amount=250), 750 + 500),
        (Voucher(VoucherKind.FIXED_PRICE, amount=2000), 3000 + 500),
    ],
)
def test_a_voucher_lowers_what_it_is_good_for_and_nothing_else(voucher: Voucher, expected: int) -> None:
    other = Wanted(1, 500, (Part(KEYS[1]),), takes_voucher=False)

    assert total(ticket(1000, 3), other, voucher=voucher) == expected


def test_taxes_by_figures_of_an_invoice() -> None:
    included = quote([ticket(12_100, 1, tax(210_000))], now=NOW)
    added = quote([ticket(10_000, 1, tax(99_750, included=False))], now=NOW)

    assert (included.total, included.tax_included) == (12_100, 2_100)
    assert (added.total, added.tax_added) == (10_998, 998)  # 997.5


def test_a_package_is_split_by_the_weights_of_its_items_and_taxed_as_they_are() -> None:
    dinner, talk = tax(120_000, key=1), tax(210_000, key=2)
    package = Wanted(1, 10_000, (Part(KEYS[0], 2, 6_000, (dinner,)), Part(KEYS[1], 1, 4_000, (talk,))))

    (line,) = quote([package], now=NOW).lines

    assert [(place.person, place.amount) for place in line.places] == [(0, 3_000), (1, 3_000), (0, 4_000)]
    assert {each.tax.rate: each.amount for each in line.taxes} == {120_000: 643, 210_000: 694}


def test_a_currency_without_minor_units_is_rounded_to_its_units() -> None:
    """Yen: a third off 1,000 is 667, and three people share 1,000 as 334, 333 and 333."""
    assert total(ticket(1000), voucher=Voucher(VoucherKind.PERCENTAGE, share_off=333_333)) == 667
    assert allocate(1000, [1, 1, 1]) == [334, 333, 333]
