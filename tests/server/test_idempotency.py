"""Keys of requests, in the head and on the field: one meaning, whichever way a request comes."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import structlog.testing
from sqlalchemy import text

from commands import clients, registry
from commands.registering import Author
from db.database import DatabaseOptions, open_database
from db.once import Once
from domain.registry import POLICIES
from persisted_queries.compiling import Candidate
from persisted_queries.identifiers import sha256_of
from schema.target import target
from server.http.answer import Executed
from server.http.refusals import Refused
from server.idempotency import answer_once
from tests.plugins.graph import Graph, gid
from tests.plugins.live import Live, live

FIELDS = "registration { id status } guestToken userErrors { __typename code message }"
CREATE = f"""mutation Order($ticket: ID!, $key: String!, $quantity: Int = 1) {{
  createRegistration(input: {{ lines: [{{ itemId: $ticket, quantity: $quantity }}], email: "ada@example.org" }})
    @idempotent(key: $key) {{ {FIELDS} }}
}}"""
LITERAL = CREATE.replace(", $key: String!", "").replace("$key", '"spelled out"')
PAY = """mutation ($id: ID!) {
  startPayment(registrationId: $id, provider: "trial") { payment { id } userErrors { __typename code message } }
}"""


@dataclass(frozen=True, slots=True)
class Till:
    """A server that sells one ticket, of which there are five; and a client that has published how to order it."""

    server: Live
    http: httpx.AsyncClient
    graph: Graph
    ticket: str
    api_key: str

    async def post(self, head: Mapping[str, str] | None = None, **body: Any) -> httpx.Response:
        return await self.http.post("/graphql", json=body, headers=head)

    async def order(
        self, key: str = "k", *, quantity: int = 1, query: str = CREATE, head: str | None = None
    ) -> httpx.Response:
        variables = {"ticket": self.ticket, "key": key, "quantity": quantity}
        return await self.post({} if head is None else {"Idempotency-Key": head}, query=query, variables=variables)

    async def held(self) -> int:
        async with self.graph.owner.write() as connection:
            return int((await connection.execute(text("SELECT held FROM capacity_pools"))).scalar_one())


@pytest.fixture
async def till(graph: Graph, database_url: str, redis_url: str) -> AsyncIterator[Till]:
    ticket = graph.ticket(graph.event(), [graph.pool(5)], name="Seat", price_amount=500)
    await graph.flush()
    person = Author("someone")
    api_key = await clients.create_client(graph.owner, "shop", POLICIES["open"], person)
    await registry.publish(graph.owner, target(), "shop", "1", [Candidate("Order", CREATE)], person)
    async with (
        live(database_url, redis_url, trial_payments=True) as server,
        httpx.AsyncClient(base_url=server.url, timeout=20) as http,
    ):
        yield Till(server, http, graph, gid("Ticket", ticket), api_key)


def code_of(answer: httpx.Response) -> str:
    (error,) = answer.json()["errors"]
    code: str = error["extensions"]["code"]
    return code


async def test_a_repeat_is_answered_as_the_first_byte_for_byte(till: Till) -> None:
    first = await till.order()
    again = [await till.order(), await till.order(head="k")]
    spelled = [await till.order(query=LITERAL) for _ in range(2)]

    assert first.json()["data"]["createRegistration"]["userErrors"] == []
    assert {each.content for each in again} == {first.content}
    assert spelled[0].content == spelled[1].content != first.content
    assert await till.held() == 2


async def test_the_head_and_the_field_share_one_meaning(till: Till) -> None:
    """A request with both is one that either of them names; two names for one request are none."""
    first = await till.order("k", head="k")
    by_field = await till.order("k")
    two_names = await till.order("k", head="another")
    other_text = await till.order("-", query=LITERAL, head="spelled out")
    other_way = await till.order("-", query=LITERAL.replace('@idempotent(key: "spelled out")', ""), head="spelled out")

    assert by_field.content == first.content
    assert (two_names.status_code, code_of(two_names)) == (400, "INVALID_IDEMPOTENCY_KEY")
    assert "another key than `@idempotent`" in two_names.json()["errors"][0]["message"]
    assert other_text.status_code == 200
    assert (other_way.status_code, code_of(other_way)) == (422, "IDEMPOTENCY_MISMATCH")
    assert await till.held() == 2


async def test_another_request_under_the_key_is_a_mismatch(till: Till) -> None:
    await till.order(quantity=1)
    other = await till.order(quantity=2)

    assert (other.status_code, code_of(other)) == (422, "IDEMPOTENCY_MISMATCH")
    assert await till.held() == 1


async def test_a_key_that_cannot_be_kept_is_refused_before_anything_is_done(till: Till) -> None:
    answers = [await till.order(key) for key in ("", " ", "x" * 256, "a\nb")]

    assert {(each.status_code, code_of(each)) for each in answers} == {(400, "INVALID_IDEMPOTENCY_KEY")}
    assert await till.held() == 0


async def test_many_at_once_have_one_effect_whichever_way_they_say_the_key(till: Till) -> None:
    """Who comes while the first is under way is told to try again, and then gets what the first got."""
    asked = (till.order("k", head=head) for head in [None, "k"] * 6)
    answers = await asyncio.gather(*asked)

    assert {each.status_code for each in answers} <= {200, 409}
    assert len({each.content for each in answers if each.status_code == 200}) == 1
    for each in answers:
        if each.status_code == 409:
            assert (code_of(each), each.headers["retry-after"]) == ("IDEMPOTENCY_IN_FLIGHT", "1")
    assert await till.held() == 1


async def test_by_a_socket_which_has_no_head_a_repeat_is_known_too(till: Till) -> None:
    variables = {"ticket": till.ticket, "key": "by socket"}
    async with till.server.talk() as talk:
        await talk.start()
        first, again = [await talk.ask(CREATE, variables=variables) for _ in range(2)]
        other = await talk.ask(CREATE, variables={**variables, "quantity": 2})
    by_post = await till.order("by socket")

    assert first[0]["payload"]["data"]["createRegistration"]["userErrors"] == []
    assert again == first
    assert other[0]["payload"][0]["extensions"]["code"] == "IDEMPOTENCY_MISMATCH"
    assert by_post.json() == first[0]["payload"]
    assert await till.held() == 1


async def test_a_published_mutation_takes_its_key_as_a_variable(till: Till) -> None:
    head, variables = {"x-api-key": till.api_key}, {"ticket": till.ticket, "key": "k"}
    ways: list[dict[str, Any]] = [
        {"documentId": "Order"},
        {"query": CREATE},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": sha256_of(CREATE)}}},
    ]
    answers = [await till.post(head, **way, variables=variables) for way in ways]
    other = await till.post(head, **ways[0], variables={**variables, "quantity": 2})

    assert [each.status_code for each in answers] == [200] * 3
    assert len({each.content for each in answers}) == 1
    assert (other.status_code, code_of(other)) == (422, "IDEMPOTENCY_MISMATCH")
    assert await till.held() == 1


async def test_money_moves_for_a_key_alone_given_either_way(till: Till) -> None:
    ordered = (await till.order()).json()["data"]["createRegistration"]
    bearer = {"Authorization": f"Bearer {ordered['guestToken']}"}
    variables = {"id": ordered["registration"]["id"]}
    keyless = await till.post(bearer, query=PAY, variables=variables)
    on_field = PAY.replace('"trial")', '"trial") @idempotent(key: "pay")')
    paid = [await till.post(bearer, query=on_field, variables=variables) for _ in range(2)]
    in_head = await till.post({**bearer, "Idempotency-Key": "pay again"}, query=PAY, variables=variables)

    (missing,) = keyless.json()["data"]["startPayment"]["userErrors"]
    assert missing["code"] == "REQUIRED"
    assert "`Idempotency-Key`" in missing["message"]
    assert "`@idempotent(key:)`" in missing["message"]
    assert paid[0].json()["data"]["startPayment"]["userErrors"] == []
    assert paid[1].content == paid[0].content
    assert in_head.json()["data"]["startPayment"]["payment"] == paid[0].json()["data"]["startPayment"]["payment"]


CANCELS = """
    CREATE FUNCTION cancels() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'canceled' USING ERRCODE = 'query_canceled'; END $$
"""
"""What a database does that is too busy; the provider's tables are written after the effect."""


async def test_what_failed_after_its_effect_is_not_the_answer_for_ever(till: Till) -> None:
    ordered = (await till.order("order")).json()["data"]["createRegistration"]
    head = {"Authorization": f"Bearer {ordered['guestToken']}", "Idempotency-Key": "pay"}
    pay = {"query": PAY, "variables": {"id": ordered["registration"]["id"]}}
    await till.graph.sql(CANCELS)
    await till.graph.sql("CREATE TRIGGER cancels BEFORE INSERT ON trial_intents EXECUTE FUNCTION cancels()")
    with structlog.testing.capture_logs():  # which, as they are in tests, would have all variables in them
        failed = await till.post(head, **pay)
    await till.graph.sql("DROP TRIGGER cancels ON trial_intents")
    paid, again = await till.post(head, **pay), await till.post(head, **pay)

    assert code_of(failed) == "SERVICE_UNAVAILABLE"
    assert paid.json()["data"]["startPayment"]["payment"] is not None
    assert paid.content == again.content


async def test_an_answer_that_cannot_be_written_down_is_not_given() -> None:
    once = Once("somebody", "key", "createRegistration", "0" * 64, dt.datetime.now(dt.UTC), is_recorded=True)
    async with open_database(DatabaseOptions("postgresql://nobody@127.0.0.1:1/nothing", timeout=2)) as away:
        with pytest.raises(Refused) as refused:
            await answer_once(away, once, Executed({"createRegistration": None}))

    assert (refused.value.status, refused.value.code) == (503, "SERVICE_UNAVAILABLE")
