"""The trial provider keeps to the port as others do, and tells of what its payers do as badly as it is told to."""

from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from db.database import Database, DatabaseOptions, open_database
from domain.ids import uuid7
from domain.money import Money
from domain.payments import IntentState, Report
from integrations.payments.port import Charge, Intent, ProviderRefused, RefundOrder, RefundReport
from integrations.payments.trial import Telling, Trial

PRICE = Money(12_50, "EUR")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with open_database(DatabaseOptions(database_url, pool_size=3, under_roles=True)) as database:
        yield database


@pytest.fixture
def trial(database: Database) -> Trial:
    return Trial(database)


def charge() -> Charge:
    return Charge(payment_id=uuid7(), amount=PRICE, registration_id=uuid7(), function_name="Fair")


def refund(intent: Intent, minor: int, attempt: int = 0) -> RefundOrder:
    return RefundOrder(
        refund_id=uuid7(), attempt=attempt, reference=intent.reference, amount=PRICE._replace(minor=minor), metadata={}
    )


def secret(intent: Intent) -> str:
    assert intent.client_secret is not None
    return intent.client_secret


async def told(trial: Trial) -> list[Any]:
    """What it has to tell, in the order in which it will."""
    async with trial.database.write() as connection:
        query = text(
            "SELECT event_id, payload, due_at - now() > interval '1 s' FROM trial_events ORDER BY due_at, number"
        )
        return list(await connection.execute(query))


async def test_one_payment_has_one_intent(trial: Trial) -> None:
    asked = charge()
    first, second = await trial.create_intent(asked), await trial.create_intent(asked)

    assert first == second == await trial.read_intent(first.reference)
    assert (first.report, first.payment_id) == (Report(IntentState.OPEN), asked.payment_id)


@pytest.mark.parametrize("state", [IntentState.SUCCEEDED, IntentState.DECLINED, IntentState.PROCESSING])
async def test_what_the_payer_did_is_told_and_can_be_asked(trial: Trial, state: IntentState) -> None:
    intent = await trial.create_intent(charge())
    await trial.act(secret(intent), state)
    ((_, payload, _),) = await told(trial)
    event = trial.parse_event(payload)

    assert isinstance(event, Intent)
    assert event.report == (await trial.read_intent(intent.reference)).report
    assert (event.reference, event.payment_id, event.report.state) == (intent.reference, intent.payment_id, state)


@pytest.mark.parametrize(
    ("telling", "types", "is_late"),
    [
        (Telling.ONCE, ["payment.succeeded"], False),
        (Telling.TWICE, ["payment.succeeded"] * 2, False),
        (Telling.LATE, ["payment.succeeded"], True),
        (Telling.REVERSED, ["payment.succeeded", "payment.processing"], False),
        (Telling.NEVER, [], False),
    ],
)
async def test_it_tells_as_badly_as_it_is_told_to(
    trial: Trial, telling: Telling, types: list[str], *, is_late: bool
) -> None:
    intent = await trial.create_intent(charge())
    await trial.act(secret(intent), IntentState.SUCCEEDED, telling=telling)
    events = await told(trial)

    assert [payload["type"] for _, payload, _ in events] == types
    assert len({event_id for event_id, _, _ in events}) == len(set(types))
    assert not events or events[0][2] is is_late


async def test_what_is_over_cannot_be_paid(trial: Trial) -> None:
    intent, other = await trial.create_intent(charge()), await trial.create_intent(charge())
    await trial.cancel_intent(intent.reference)
    await trial.act(secret(other), IntentState.SUCCEEDED)

    assert (await trial.cancel_intent(other.reference)).report == Report(IntentState.SUCCEEDED, PRICE)
    for each in (intent, other):
        with pytest.raises(ProviderRefused, match="already"):
            await trial.act(secret(each), IntentState.SUCCEEDED)


async def test_money_goes_back_once_for_a_key_and_never_more_than_came(trial: Trial) -> None:
    intent = await trial.create_intent(charge())
    await trial.act(secret(intent), IntentState.SUCCEEDED)
    part = refund(intent, 10_00)
    first, again = await trial.refund(part), await trial.refund(part)
    with pytest.raises(ProviderRefused):
        await trial.refund(refund(intent, 2_51))
    rest = await trial.refund(refund(intent, 2_50))

    assert first == again == await trial.read_refund(first.reference)
    assert (first.done, rest.done, first.refund_id) == (True, True, part.refund_id)
    types = Counter(payload["type"] for _, payload, _ in await told(trial))
    assert types == {"payment.succeeded": 1, "refund.succeeded": 2}
    assert trial.parse_event((await told(trial))[1][1]) == RefundReport(first.reference, True, part.refund_id)


async def test_what_never_came_does_not_go_back(trial: Trial) -> None:
    intent = await trial.create_intent(charge())
    with pytest.raises(ProviderRefused):
        await trial.refund(refund(intent, 1))


async def test_what_is_not_there_is_refused(trial: Trial) -> None:
    for asking in (trial.read_intent("x"), trial.cancel_intent("x"), trial.read_refund("x"), trial.look("x")):
        with pytest.raises(ProviderRefused):
            await asking


@pytest.mark.parametrize("payload", [{}, {"type": "payment.succeeded"}, {"type": "payment.succeeded", "data": []}])
async def test_what_is_no_event_is_said_to_be_none(trial: Trial, payload: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not an event"):
        trial.parse_event(payload)


async def test_other_events_are_nothing(trial: Trial) -> None:
    assert trial.parse_event({"type": "customer.made", "data": {}}) is None
