"""Where one function is all that is shown, it is all that can be ordered, and what was ordered carries it."""

import pytest

from db.deployment import Part, Within
from domain.user_errors import Rejected
from tests.commands.selling.shop import Shop


async def test_of_one_function_its_tickets_are_sold_and_no_others(shop: Shop) -> None:
    function, other = shop.graph.function(), shop.graph.function()
    inside, outside = shop.ticket(event=shop.graph.event(function)), shop.ticket(event=shop.graph.event(other))
    package = shop.graph.package(other, [outside])
    elsewhere = await shop.order(outside)
    shop.graph.within = Within(Part.FUNCTION, function)

    key = await shop.order(inside)
    refused = [*await shop.refused(outside), *await shop.refused(package, packages=True)]

    assert await shop.rows("SELECT function_id FROM registrations WHERE registration_id = :key", key=key) == [
        {"function_id": function}
    ]
    assert {error.typename for error in refused} == {"NotFound"}
    for move in (shop.complete, shop.cancel):
        with pytest.raises(Rejected, match="no registration of yours"):
            await move(elsewhere)
    await shop.complete(key)
    assert (await shop.state(key), await shop.state(elsewhere)) == ("CONFIRMED", "HELD")
