"""A subscription over the whole application: an event that happens is a result that is read."""

import asyncio

from tests.plugins.graph import Graph, gid
from tests.plugins.live import live

CHANGES = """
  subscription Changes($event: ID!) {
    ticketAvailabilityChanged(eventId: $event) { id availability { state remaining } event { title } }
  }
"""


async def test_who_listens_to_an_event_sees_its_tickets_sell_out(
    graph: Graph, database_url: str, redis_url: str
) -> None:
    event = graph.event(graph.function(), title="Night of the lights")
    pool = graph.pool(100)
    ticket = graph.ticket(event, [pool])
    await graph.flush()
    async with live(database_url, redis_url) as server, server.talk() as talk:
        await talk.start()
        await talk.subscribe("1", CHANGES, variables={"event": gid("Event", event)})
        await asyncio.sleep(1)  # nothing is told when it is open
        await graph.sql("UPDATE capacity_pools SET sold = 95 WHERE pool_id = :pool", pool=pool)
        low = await talk.hear()
        await graph.sql("UPDATE capacity_pools SET sold = 100 WHERE pool_id = :pool", pool=pool)
        gone = await talk.hear()
        await talk.subscribe("2", CHANGES, variables={"event": gid("Ticket", ticket)})
        refused = await talk.hear()

    shown = [message["payload"]["data"]["ticketAvailabilityChanged"] for message in (low, gone)]
    assert [each["id"] for each in shown] == [gid("Ticket", ticket)] * 2
    assert [each["event"]["title"] for each in shown] == ["Night of the lights"] * 2
    assert shown[0]["availability"] == {"state": "LOW", "remaining": 5}
    assert shown[1]["availability"] == {"state": "SOLD_OUT", "remaining": None}
    assert refused["payload"][0]["extensions"]["code"] == "BAD_USER_INPUT"
