"""Money goes back once, with the places that it paid for."""

import asyncio
import uuid

import pytest

from auth.viewer import OrgRole
from commands.paying import asking
from domain.ids import uuid7
from domain.user_errors import InvalidInput, LimitExceeded, NotPermitted, Rejected
from integrations.payments.port import RefundReport
from tests.commands.paying.till import Till

OTHER = uuid7()


@pytest.fixture
async def payment(till: Till) -> uuid.UUID:
    """A payment that came, of a confirmed order."""
    key = await till.start()
    await till.act()
    await till.follow()
    return key


async def test_a_whole_refund_gives_back_the_places(till: Till, payment: uuid.UUID) -> None:
    await till.refund(payment)
    (paid,), (refund,) = await till.paid(), await till.refunds()

    assert (refund["amount"], refund["state"]) == (25_00, "SUCCEEDED")
    assert (paid["state"], paid["refunded_amount"]) == ("REFUNDED", 25_00)
    assert await till.state() == "REFUNDED"
    assert await till.shop.counters(till.pool) == (0, 0)
    assert await till.money() == 0


async def test_an_attendee_s_share_goes_back_with_their_place(till: Till, payment: uuid.UUID) -> None:
    first, second = await till.attendees()
    await till.refund(payment, None, first)
    rows = {row["attendee_id"]: row for row in await till.shop.rows("SELECT * FROM attendees")}

    assert [row["amount"] for row in await till.refunds()] == [12_50]
    assert (rows[first]["state"], rows[second]["state"]) == ("CANCELLED", "VALID")
    assert rows[first]["refund_id"] == (await till.refunds())[0]["refund_id"]
    assert await till.state() == "PARTIALLY_REFUNDED"
    assert await till.shop.counters(till.pool) == (0, 1)
    assert await till.money() == 12_50


async def test_a_place_goes_back_to_the_pool_that_it_was_taken_from(till: Till, payment: uuid.UUID) -> None:
    first, _ = await till.attendees()
    await till.change(
        "INSERT INTO capacity_pools (pool_id, organisation_id, name, capacity) "
        "SELECT :other, organisation_id, 'Another', 5 FROM capacity_pools WHERE pool_id = :pool",
        other=OTHER,
        pool=till.pool,
    )
    await till.change("UPDATE ticket_pools SET pool_id = :other WHERE pool_id = :pool", other=OTHER, pool=till.pool)

    await till.refund(payment, None, first)

    assert await till.shop.counters(till.pool) == (0, 1)
    assert await till.shop.counters(OTHER) == (0, 0)


async def test_a_part_may_go_back_with_no_place(till: Till, payment: uuid.UUID) -> None:
    await till.refund(payment, "5")

    assert await till.state() == "PARTIALLY_REFUNDED"
    assert (await till.paid())[0]["state"] == "PARTIALLY_REFUNDED"
    assert await till.shop.counters(till.pool) == (0, 2)
    assert await till.money() == 20_00


async def test_one_part_after_the_other_ends_the_order(till: Till, payment: uuid.UUID) -> None:
    first, _ = await till.attendees()
    await till.refund(payment, None, first)
    await till.refund(payment, "12.50")

    assert await till.state() == "REFUNDED"
    assert await till.shop.counters(till.pool) == (0, 0)
    assert await till.money() == 0


async def test_less_may_go_back_than_was_paid_for_a_place(till: Till, payment: uuid.UUID) -> None:
    first, _ = await till.attendees()
    await till.refund(payment, "10.00", first)

    assert await till.shop.counters(till.pool) == (0, 1)
    assert await till.money() == 15_00


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "NaN", "Infinity", "1e30", "25.01"])
async def test_no_amount_goes_back_that_cannot_be(till: Till, payment: uuid.UUID, amount: str) -> None:
    with pytest.raises(Rejected) as rejected:
        await till.refund(payment, amount)

    assert isinstance(rejected.value.errors[0], LimitExceeded if amount == "25.01" else InvalidInput)
    assert await till.money() == 25_00


async def test_nobody_s_place_is_given_back_twice(till: Till, payment: uuid.UUID) -> None:
    first, _ = await till.attendees()
    await till.refund(payment, None, first)
    for attendee in (first, uuid7()):
        with pytest.raises(Rejected):
            await till.refund(payment, None, attendee)

    assert await till.money() == 12_50


async def test_what_never_came_does_not_go_back(till: Till) -> None:
    payment = await till.start()
    with pytest.raises(Rejected) as rejected:
        await till.refund(payment)

    assert isinstance(rejected.value.errors[0], InvalidInput)


async def test_those_at_the_door_do_not_handle_money(till: Till, payment: uuid.UUID) -> None:
    with pytest.raises(Rejected) as rejected:
        await till.refund(payment, role=OrgRole.DOOR)

    assert isinstance(rejected.value.errors[0], NotPermitted)


async def test_who_gives_money_back_stands_in_the_audit_log(till: Till, payment: uuid.UUID) -> None:
    await till.refund(payment, "5")
    (entry,) = await till.shop.rows("SELECT * FROM audit_log")

    assert (entry["action"], entry["subject"], entry["reason"]) == ("refund payment", str(payment), "asked for")


async def test_a_repeat_gives_nothing_back_again(till: Till, payment: uuid.UUID) -> None:
    till.key = "the clerk's"
    await till.refund(payment, "5")
    await till.refund(payment, "5")

    assert await till.money() == 20_00


async def test_two_who_refund_at_once_give_back_no_more_than_came(till: Till, payment: uuid.UUID) -> None:
    results = await asyncio.gather(*(till.refund(payment, "20") for _ in range(3)), return_exceptions=True)

    assert sum(isinstance(result, Rejected) for result in results) == 2
    assert await till.money() == 5_00


@pytest.mark.parametrize("lost", ["lost_questions", "lost_answers"])
async def test_what_is_lost_on_the_way_goes_back_once_all_the_same(till: Till, payment: uuid.UUID, lost: str) -> None:
    setattr(till.provider, lost, 1)
    await till.refund(payment)
    before = (await till.refunds())[0]["state"]
    await till.follow()

    assert before == "PENDING"
    assert [row["state"] for row in await till.refunds()] == ["SUCCEEDED"]
    assert await till.money() == 0


async def test_a_refusal_is_asked_again_under_another_key(till: Till, payment: uuid.UUID) -> None:
    await till.change("UPDATE trial_intents SET received_amount = 1")  # the provider's account is empty
    await till.refund(payment)
    refused = (await till.refunds())[0]
    await till.change("UPDATE trial_intents SET received_amount = 2500")
    await till.follow()

    assert (refused["state"], refused["refusals"], refused["failure_code"]) == ("PENDING", 1, "exceeds_payment")
    assert (await till.shop.rows("SELECT key FROM trial_refunds"))[0]["key"].endswith("-1")
    assert await till.money() == 0


async def test_after_many_refusals_somebody_has_to_look(
    till: Till, payment: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MOST_REFUSALS", 2)
    await till.change("UPDATE trial_intents SET received_amount = 1")
    await till.refund(payment)
    await till.follow()
    failed = (await till.refunds())[0]
    await till.change("UPDATE trial_intents SET received_amount = 2500")
    await till.refund(payment)

    assert (failed["state"], failed["failure_code"]) == ("FAILED", "exceeds_payment")
    assert "refund.failed" in await till.shop.topics(till.order)
    assert [row["state"] for row in await till.refunds()] == ["FAILED", "SUCCEEDED"]
    assert await till.state() == "REFUNDED"


async def test_a_refund_that_fails_after_all_is_not_refunded(till: Till, payment: uuid.UUID) -> None:
    await till.refund(payment, "5")
    (refund,) = await till.refunds()
    for done in (False, True):  # what comes late is older
        await till.heard(RefundReport(refund["provider_reference"], done, refund["refund_id"], "lost_card"))
    (paid,) = await till.paid()

    assert [(row["state"], row["failure_code"]) for row in await till.refunds()] == [("FAILED", "lost_card")]
    assert (paid["state"], paid["refunded_amount"]) == ("SUCCEEDED", 0)
