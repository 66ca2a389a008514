"""Whatever happens in whatever order, what was paid for is had, and what is not had is paid back.

Hypothesis draws what a buyer, a provider, a bad line, other buyers, the clock and the seller do, and in which order.
Then all is let come to rest, and the money is counted where the provider keeps it.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from commands.paying.starting import ProviderAway
from domain.money import Money
from domain.payments import IntentState
from domain.user_errors import Rejected
from integrations.payments.port import ProviderRefused
from tests.commands.paying.till import Till
from tests.plugins.graph import Graph

ROUNDS = 12
"""How often all is followed until it must have come to rest."""


async def start(till: Till) -> None:
    with suppress(Rejected, ProviderAway):
        await till.start()


async def pay(till: Till, state: IntentState, received: Money | None = None) -> None:
    with suppress(IndexError, ProviderRefused):
        await till.act(state, received)


async def hear(till: Till, payloads: list[Mapping[str, Any]]) -> None:
    for payload in payloads:
        await till.hear(payload)


async def refund(till: Till, amount: str | None) -> None:
    for payment in await till.paid():
        with suppress(Rejected):
            await till.refund(payment["payment_id"], amount)


async def cancel(till: Till) -> None:
    with suppress(Rejected):
        await till.shop.cancel(till.order)


async def backwards(till: Till) -> None:
    await hear(till, (await till.told())[::-1])


STEPS: dict[str, Callable[[Till], Awaitable[object]]] = {
    "start": start,
    "pay": lambda till: pay(till, IntentState.SUCCEEDED),
    "pay too little": lambda till: pay(till, IntentState.SUCCEEDED, Money(1, "EUR")),
    "process": lambda till: pay(till, IntentState.PROCESSING),
    "decline": lambda till: pay(till, IntentState.DECLINED),
    "hear": Till.hear_all,
    "hear backwards": backwards,
    "expire": Till.expire,
    "others buy": lambda till: till.change(
        "UPDATE capacity_pools SET sold = sold + 1, sold_elsewhere = sold_elsewhere + 1 WHERE held + sold < capacity"
    ),
    "follow": Till.follow,
    "cancel": cancel,
    "refund": lambda till: refund(till, None),
    "refund a part": lambda till: refund(till, "5"),
}

FAULTS = ("", "", "lost_questions", "lost_answers")

OFTEN = ("pay", "hear", "hear", "follow")
"""What most runs have, in some order; the rest comes in between."""


@st.composite
def runs(draw: st.DrawFn) -> list[tuple[str, str]]:
    """A payment is started, mostly paid, and told of; what else happens comes in between, before or after."""
    rest = draw(st.lists(st.sampled_from(sorted(STEPS)), max_size=5))
    taken = draw(st.permutations([*draw(st.sampled_from([OFTEN, OFTEN[1:]])), *rest]))
    return [(step, draw(st.sampled_from(FAULTS))) for step in ("start", *taken)]


async def take(till: Till, step: str, fault: str) -> None:
    """Take a step, on a line that loses the first question to the provider, or the first answer, or nothing."""
    if fault:
        setattr(till.provider, fault, 1)
    await STEPS[step](till)
    till.provider.lost_questions = till.provider.lost_answers = 0


async def rest(till: Till) -> None:
    """Let the hold be over, and follow everything until nothing is left to follow."""
    for _ in range(ROUNDS):
        await till.expire()
        followed = await till.follow()
        if followed.payments == followed.refunds == 0:
            return
        # Money that is on its way comes, or does not.
        await pay(till, IntentState.DECLINED)
    raise AssertionError("it did not come to rest")


EMPTY = """
    TRUNCATE payments, refunds, trial_intents, trial_refunds, trial_events, outbox, pool_claims, attendees,
        registration_lines, registrations, ticket_pools, capacity_pools CASCADE
"""


async def no_money_without_places_or_a_refund(graph: Graph, taken: list[tuple[str, str]]) -> None:
    await graph.sql(EMPTY)
    till = await Till(graph).open()
    for step, fault in taken:
        await take(till, step, fault)
    await rest(till)
    state, money = await till.state(), await till.money()
    event(f"{state}, {len(await till.refunds())} refunds")
    (claim,) = await till.shop.rows("SELECT held, sold FROM pool_claims")
    refunds = await till.refunds()

    assert all(row["state"] == "SUCCEEDED" for row in refunds)
    if state in {"CONFIRMED", "PARTIALLY_REFUNDED"}:
        (kept,) = [row for row in await till.paid() if row["state"] in {"SUCCEEDED", "PARTIALLY_REFUNDED"}]
        assert money == kept["received_amount"] - kept["refunded_amount"] > 0
        assert kept["received_amount"] == 25_00
        assert (claim["held"], claim["sold"]) == (0, 2)
    else:
        assert state in {"EXPIRED", "CANCELLED", "REFUNDED"}
        assert money == 0
        assert (claim["held"], claim["sold"]) == (0, 0)
    topics = await till.shop.topics(till.order)
    assert topics.count("registration.confirmed") <= 1
    (pool,) = await till.shop.rows("SELECT held, sold FROM capacity_pools")
    assert pool["held"] == 0
    assert pool["sold"] <= till.capacity
    assert await till.shop.drift() == 0


FEW = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@FEW
@given(taken=runs())
@example(taken=[("start", ""), ("expire", ""), ("others buy", ""), ("pay", ""), ("hear backwards", "")])
@example(
    taken=[("start", "lost_answers"), ("pay", ""), ("hear", ""), ("refund a part", ""), ("refund", "lost_answers")]
)
@example(taken=[("start", ""), ("pay too little", ""), ("hear", ""), ("start", ""), ("pay", ""), ("cancel", "")])
async def test_there_is_no_money_without_places_or_a_refund(graph: Graph, taken: list[tuple[str, str]]) -> None:
    await no_money_without_places_or_a_refund(graph, taken)


@pytest.mark.nightly
@settings(FEW, max_examples=1000)
@given(taken=runs())
async def test_nor_is_there_after_many_more_orders(graph: Graph, taken: list[tuple[str, str]]) -> None:
    await no_money_without_places_or_a_refund(graph, taken)
