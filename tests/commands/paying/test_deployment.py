"""Where one function is all that is shown, no money moves for another."""

import pytest

from db.deployment import Part, Within
from domain.ids import uuid7
from domain.user_errors import NotFound, Rejected
from tests.commands.paying.till import Till


async def function_of(till: Till) -> Within:
    (order,) = await till.shop.rows(
        "SELECT function_id FROM registrations WHERE registration_id = :key", key=till.order
    )
    return Within(Part.FUNCTION, order["function_id"])


async def test_what_is_not_shown_can_be_neither_paid_nor_refunded(till: Till) -> None:
    own = await function_of(till)
    till.graph.within = Within(Part.FUNCTION, uuid7())
    with pytest.raises(Rejected) as unpaid:
        await till.start()
    till.graph.within = own
    payment = await till.start()
    await till.act()
    await till.follow()
    till.graph.within = Within(Part.ORGANISATION, uuid7())
    with pytest.raises(Rejected) as kept:
        await till.refund(payment)

    for rejected in (unpaid.value, kept.value):
        assert [type(error) for error in rejected.errors] == [NotFound]
    assert await till.refunds() == []
    assert await till.state() == "CONFIRMED"


async def test_what_is_shown_is_paid_and_refunded(till: Till) -> None:
    till.graph.within = await function_of(till)
    payment = await till.start()
    await till.act()
    await till.follow()
    await till.refund(payment)

    assert await till.state() == "REFUNDED"
