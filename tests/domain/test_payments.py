import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Money
from domain.payments import (
    NOTHING,
    PAID,
    UNDER_WAY,
    Decision,
    IntentState,
    Problem,
    Report,
    Step,
    decide,
    hold_expired,
    refundable,
    refunded_state,
)
from domain.registrations import HOLDING, TRANSITIONS
from domain.registrations import RegistrationState as Order
from domain.sales import PaymentState, RefundState

PRICE = Money(12_50, "EUR")

moneys = st.builds(Money, st.integers(0, 10**9), st.sampled_from(["EUR", "USD", "JPY"]))
orders = st.sampled_from(Order)
payments = st.sampled_from(PaymentState)
reports = st.one_of(
    st.builds(Report, st.just(IntentState.SUCCEEDED), st.one_of(st.just(PRICE), moneys)),
    st.builds(Report, st.sampled_from([state for state in IntentState if state is not IntentState.SUCCEEDED])),
)

TARGETS = {
    Step.PROCESS: Order.PROCESSING,
    Step.REOPEN: Order.HELD,
    Step.CONFIRM: Order.CONFIRMED,
    Step.RETAKE: Order.CONFIRMED,
}
"""Where a step leads."""


def paid(order: Order, received: Money = PRICE, payment: PaymentState = PaymentState.PENDING) -> Decision:
    return decide(order, PRICE, payment, PRICE, Report(IntentState.SUCCEEDED, received))


@pytest.mark.parametrize("order", sorted(HOLDING, key=lambda order: order.value))
def test_an_order_that_holds_its_places_is_confirmed_by_its_price(order: Order) -> None:
    assert paid(order) == Decision(PaymentState.SUCCEEDED, Step.CONFIRM)


def test_an_expired_order_takes_its_places_again_or_gives_the_money_back() -> None:
    assert paid(Order.EXPIRED) == Decision(PaymentState.SUCCEEDED, Step.RETAKE)
    assert hold_expired(PRICE) == Decision(PaymentState.SUCCEEDED, refund=PRICE, problem=Problem.HOLD_EXPIRED)


@pytest.mark.parametrize("order", [Order.CONFIRMED, Order.PARTIALLY_REFUNDED, Order.REFUNDED])
def test_a_second_payment_of_an_order_is_given_back(order: Order) -> None:
    assert paid(order) == Decision(PaymentState.SUCCEEDED, refund=PRICE, problem=Problem.PAID_TWICE)


def test_what_comes_for_a_cancelled_order_is_given_back() -> None:
    assert paid(Order.CANCELLED) == Decision(PaymentState.SUCCEEDED, refund=PRICE, problem=Problem.ORDER_CANCELLED)


@given(orders, moneys.filter(lambda money: money != PRICE))
def test_no_other_amount_or_currency_ever_confirms_and_all_of_it_is_given_back(order: Order, received: Money) -> None:
    decision = paid(order, received)

    assert decision.step not in {Step.CONFIRM, Step.RETAKE}
    assert decision.refund == (received if received.minor else None)
    assert decision.problem in {Problem.AMOUNT_DIFFERS, Problem.CURRENCY_DIFFERS}
    assert decision.step is (Step.REOPEN if order in {Order.AWAITING_PAYMENT, Order.PROCESSING} else Step.NONE)


def test_an_order_whose_price_changed_after_it_was_asked_for_is_not_confirmed() -> None:
    decision = decide(
        Order.AWAITING_PAYMENT, Money(20_00, "EUR"), PaymentState.PENDING, PRICE, Report(IntentState.SUCCEEDED, PRICE)
    )

    assert decision.problem is Problem.AMOUNT_DIFFERS


@given(orders, st.sampled_from(sorted(PAID, key=lambda state: state.value)), reports)
def test_nothing_follows_once_money_has_come(order: Order, payment: PaymentState, report: Report) -> None:
    assert decide(order, PRICE, payment, PRICE, report) == NOTHING


@given(order=orders, payment=payments, report=reports, has_rival=st.booleans())
def test_every_step_is_one_that_registrations_know(
    *, order: Order, payment: PaymentState, report: Report, has_rival: bool
) -> None:
    decision = decide(order, PRICE, payment, PRICE, report, has_rival=has_rival)

    if decision.step is Step.PROCESS and order is Order.HELD:
        assert (order, Order.AWAITING_PAYMENT) in TRANSITIONS
        order = Order.AWAITING_PAYMENT
    if decision.step is not Step.NONE:
        assert (order, TARGETS[decision.step]) in TRANSITIONS


@given(orders, payments, reports)
def test_money_is_kept_for_one_reason_alone(order: Order, payment: PaymentState, report: Report) -> None:
    decision = decide(order, PRICE, payment, PRICE, report)

    if decision.payment is PaymentState.SUCCEEDED:
        assert report.received is not None
        kept = decision.step in {Step.CONFIRM, Step.RETAKE}
        assert kept == (decision.problem is None)
        assert (decision.refund is None) == (kept or report.received.minor == 0)
    else:
        assert decision.refund is None


@given(order=orders, payment=payments, report=reports, has_rival=st.booleans())
def test_a_report_said_twice_is_said_once(
    *, order: Order, payment: PaymentState, report: Report, has_rival: bool
) -> None:
    first = decide(order, PRICE, payment, PRICE, report, has_rival=has_rival)
    then = TARGETS.get(first.step, order)
    second = decide(then, PRICE, first.payment or payment, PRICE, report, has_rival=has_rival)

    assert second.step is Step.NONE
    assert second.refund is None
    assert second.payment in {None, first.payment}


@given(orders, payments, reports)
def test_while_another_payment_is_under_way_none_other_is(order: Order, payment: PaymentState, report: Report) -> None:
    decision = decide(order, PRICE, payment, PRICE, report, has_rival=True)

    assert decision.payment not in UNDER_WAY


@pytest.mark.parametrize("state", [IntentState.DECLINED, IntentState.CANCELLED])
def test_a_late_refusal_of_a_payment_that_failed_before_disturbs_no_other(state: IntentState) -> None:
    assert decide(Order.PROCESSING, PRICE, PaymentState.FAILED, PRICE, Report(state), has_rival=True) == NOTHING


def test_every_order_of_arrival_ends_in_the_same_place() -> None:
    said = [
        Report(IntentState.SUCCEEDED, PRICE),
        *(Report(state) for state in IntentState if state.value != "SUCCEEDED"),
    ]
    for arrival in itertools.permutations(said):
        order, payment, refunds = Order.AWAITING_PAYMENT, PaymentState.PENDING, 0
        for report in arrival:
            decision = decide(order, PRICE, payment, PRICE, report)
            order, payment = TARGETS.get(decision.step, order), decision.payment or payment
            refunds += decision.refund is not None

        assert (order, payment, refunds) == (Order.CONFIRMED, PaymentState.SUCCEEDED, 0)


def test_what_was_received_is_said_of_success_and_of_nothing_else() -> None:
    with pytest.raises(ValueError, match="received"):
        Report(IntentState.SUCCEEDED)
    with pytest.raises(ValueError, match="received"):
        Report(IntentState.OPEN, PRICE)


@given(st.lists(st.tuples(st.sampled_from(RefundState), st.integers(1, 500)), max_size=6))
def test_a_failed_refund_gave_nothing_back(refunds: list[tuple[RefundState, int]]) -> None:
    asked = sum(minor for state, minor in refunds if state in {RefundState.PENDING, RefundState.SUCCEEDED})

    assert refundable(PRICE, refunds) == PRICE.minor - asked


@pytest.mark.parametrize(
    ("refunded", "state"),
    [
        (0, PaymentState.SUCCEEDED),
        (1, PaymentState.PARTIALLY_REFUNDED),
        (12_49, PaymentState.PARTIALLY_REFUNDED),
        (12_50, PaymentState.REFUNDED),
    ],
)
def test_a_payment_is_refunded_once_all_of_it_is(refunded: int, state: PaymentState) -> None:
    assert refunded_state(PRICE, refunded) is state
