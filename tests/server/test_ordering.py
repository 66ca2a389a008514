"""Orders over HTTP: by people without an account, and once, however often they are sent."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from auth.claims import claims_for
from auth.issuing import issue_token
from auth.viewer import ADMIN
from domain.ids import encode_global_id
from domain.sales import Terms
from jobs.sales import offer_places
from server.app import open_app
from server.settings import Settings, load_settings
from server.token_settings import claim_mapping, token_rules, token_secret
from tests.plugins.graph import Graph

CREATE = """mutation ($input: CreateRegistrationInput!) { createRegistration(input: $input) {
  guestToken
  registration {
    id status version total { amount currency } holdExpiresAt internalNotes @skip(if: true)
    lines { quantity unitPrice { amount } item { ... on Ticket { name } } }
    attendees { nodes { name status event { title } } }
  }
  userErrors { __typename code message field ... on SoldOut { requested remaining } }
} }"""
COMPLETE = """mutation ($id: ID!) { completeRegistration(id: $id) {
  registration { status confirmationNumber } userErrors { __typename ... on BadTransition { from to } }
} }"""
RENAME = """mutation ($id: ID!, $version: Int!) {
  updateAttendees(id: $id, version: $version, attendees: [{ lineIndex: 0, name: "Bo" }]) {
    registration { attendees { nodes { name } } } userErrors { __typename code }
  }
}"""
CANCEL = "mutation ($id: ID!) { cancelRegistration(id: $id) { registration { status } } }"
JOIN = """mutation ($input: WaitingListInput!) { joinWaitingList(input: $input) {
  guestToken entry { id status quantity ahead item { ... on Ticket { name availability { state } } } }
  userErrors { __typename code message field }
} }"""
WAITS = """query ($id: ID!, $token: String) { waitingListEntry(id: $id, guestToken: $token) {
  status ahead email registration { status holdExpiresAt lines { quantity } }
} }"""
ACCEPT = """mutation ($id: ID!) { acceptOffer(id: $id) {
  guestToken registration { id status } userErrors { __typename message }
} }"""
LEAVE = """mutation ($id: ID!) { leaveWaitingList(id: $id) {
  entry { status registration { status } } userErrors { __typename message }
} }"""
TWO = """mutation ($input: CreateRegistrationInput!) {
  a: createRegistration(input: $input) { guestToken } b: createRegistration(input: $input) { guestToken }
}"""
SHOW = "query ($id: ID!, $token: String) { registration(id: $id, guestToken: $token) { status email } }"


@dataclass(frozen=True, slots=True)
class Till:
    """A server that sells one ticket."""

    http: httpx.AsyncClient
    graph: Graph
    ticket: str
    settings: Settings

    async def post(
        self, query: str, variables: Mapping[str, Any], *, key: str | None = None, token: str | None = None
    ) -> httpx.Response:
        headers = {} if key is None else {"idempotency-key": key}
        headers |= {} if token is None else {"authorization": f"Bearer {token}"}
        return await self.http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)

    async def order(self, quantity: int = 1, **how: Any) -> httpx.Response:
        lines = [{"itemId": self.ticket, "quantity": quantity}]
        given = {"lines": lines, "email": "ada@example.org", "attendees": [{"lineIndex": 0, "name": "Ada"}]}
        return await self.post(CREATE, {"input": given}, **how)

    async def held(self) -> int:
        async with self.graph.owner.write() as connection:
            return int((await connection.execute(text("SELECT held FROM capacity_pools"))).scalar_one())


@pytest.fixture
async def till(graph: Graph, database_url: str, redis_url: str) -> AsyncIterator[Till]:
    pool = graph.pool(5)
    ticket = graph.ticket(graph.event(title="Talk"), [pool], name="Seat", price_amount=0)
    await graph.flush()
    settings = load_settings(database_url=database_url, redis_url=redis_url, secret_key="k" * 32)
    async with (
        open_app(settings) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver") as http,
    ):
        yield Till(http, graph, encode_global_id("Ticket", ticket), settings)


async def test_somebody_without_an_account_orders_names_completes_and_sees_it_by_their_token(till: Till) -> None:
    made = (await till.order()).json()["data"]["createRegistration"]
    assert made["userErrors"] == []
    order, token = made["registration"], made["guestToken"]
    assert order["status"] == "HELD"
    assert order["lines"] == [{"quantity": 1, "unitPrice": {"amount": "0.00"}, "item": {"name": "Seat"}}]
    assert order["attendees"]["nodes"] == [{"name": "Ada", "status": "RESERVED", "event": {"title": "Talk"}}]

    seen = [
        (await till.post(SHOW, {"id": order["id"], "token": given}, token=bearer)).json()["data"]["registration"]
        for given, bearer in ((None, None), ("forged", None), (token, None), (None, token))
    ]
    assert seen == [None, None, *[{"status": "HELD", "email": "ada@example.org"}] * 2]

    refused = await till.post(COMPLETE, {"id": order["id"]})
    assert refused.json()["data"]["completeRegistration"]["userErrors"] == [{"__typename": "NotFound"}]
    renamed = await till.post(RENAME, {"id": order["id"], "version": order["version"]}, token=token)
    assert renamed.json()["data"]["updateAttendees"] == {
        "registration": {"attendees": {"nodes": [{"name": "Bo"}]}},
        "userErrors": [],
    }
    stale = await till.post(RENAME, {"id": order["id"], "version": order["version"]}, token=token)
    assert stale.json()["data"]["updateAttendees"]["userErrors"] == [
        {"__typename": "VersionConflict", "code": "CONFLICT"}
    ]
    done = (await till.post(COMPLETE, {"id": order["id"]}, token=token)).json()["data"]["completeRegistration"]
    assert done["registration"]["status"] == "CONFIRMED"
    again = (await till.post(COMPLETE, {"id": order["id"]}, token=token)).json()["data"]["completeRegistration"]
    assert again["userErrors"] == [{"__typename": "BadTransition", "from": "CONFIRMED", "to": "CONFIRMED"}]


async def test_a_repeat_is_answered_as_the_first_byte_for_byte_and_takes_nothing(till: Till) -> None:
    first = await till.order(2, key="k-1")
    again = [await till.order(2, key="k-1") for _ in range(2)]

    assert first.status_code == 200
    assert [each.content for each in again] == [first.content] * 2
    assert await till.held() == 2
    assert (await till.order(2, key="k-2")).json() != first.json()
    assert await till.held() == 4


async def test_a_repeat_of_what_was_refused_is_refused_in_the_same_words(till: Till) -> None:
    first = await till.order(6, key="too many")
    error = first.json()["data"]["createRegistration"]["userErrors"][0]
    assert (error["__typename"], error["requested"], error["remaining"]) == ("SoldOut", 6, 5)

    await till.graph.sql("UPDATE capacity_pools SET capacity = 100")
    again = await till.order(6, key="too many")

    assert again.content == first.content
    assert await till.held() == 0


async def test_another_request_under_the_same_key_is_a_mismatch(till: Till) -> None:
    await till.order(1, key="k")
    other = await till.order(2, key="k")

    assert other.status_code == 422
    assert other.json()["errors"][0]["extensions"]["code"] == "IDEMPOTENCY_MISMATCH"
    assert await till.held() == 1


async def test_many_at_once_have_one_effect(till: Till) -> None:
    """Who comes while the first is under way is told to try again, and then gets what the first got."""
    answers = await asyncio.gather(*(till.order(1, key="k") for _ in range(12)))

    assert {each.status_code for each in answers} <= {200, 409}
    assert await till.held() == 1
    done = {each.content for each in answers if each.status_code == 200}
    assert len(done) == 1
    assert all(each.headers["retry-after"] == "1" for each in answers if each.status_code == 409)
    assert (await till.order(1, key="k")).content in done


async def test_an_answer_that_was_lost_is_made_again_from_what_was_done(till: Till) -> None:
    """As after a crash between the commit and the answer."""
    first = await till.order(1, key="k")
    await till.graph.sql("UPDATE idempotency_keys SET response = NULL")

    again = await till.order(1, key="k")

    assert (
        again.json()["data"]["createRegistration"]["registration"]
        == (first.json()["data"]["createRegistration"]["registration"])
    )
    assert (await till.order(1, key="k")).content == again.content
    assert await till.held() == 1


@pytest.mark.parametrize(
    ("key", "query"),
    [
        ("", CREATE),
        ("x" * 256, CREATE),
        ("k", TWO),
    ],
)
async def test_a_key_that_cannot_be_kept_is_refused_before_anything_is_done(till: Till, key: str, query: str) -> None:
    given = {"lines": [{"itemId": till.ticket, "quantity": 1}], "email": "ada@example.org"}
    answer = await till.post(query, {"input": given}, key=key)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "INVALID_IDEMPOTENCY_KEY"
    assert await till.held() == 0


async def test_what_staff_enter_is_entered_once(till: Till) -> None:
    secret = token_secret(till.settings)
    assert secret is not None
    claims = claims_for("admin", claim_mapping(till.settings))
    token = issue_token(secret, token_rules(till.settings), "root", now=time.time(), lifetime=600, claims=claims)
    enter = """mutation ($of: ID!) { createFunction(input: {name: "Fest", timezone: "UTC", organisationId: $of}) {
      function { id slug } userErrors { __typename }
    } }"""
    given = {"of": encode_global_id("Organisation", till.graph.home)}

    first, again = [await till.post(enter, given, key="k", token=token) for _ in range(2)]
    other = await till.post(enter, given, key="other", token=token)

    assert first.json()["data"]["createFunction"]["userErrors"] == []
    assert again.content == first.content != other.content


async def join(till: Till, email: str, **how: Any) -> Any:
    given = {"itemId": till.ticket, "quantity": 1, "email": email}
    return (await till.post(JOIN, {"input": given}, **how)).json()["data"]["joinWaitingList"]


async def test_somebody_without_an_account_waits_is_offered_a_place_and_takes_it_by_one_token(till: Till) -> None:
    early = await join(till, "ada@example.org")
    assert early["userErrors"][0]["field"] == ["input", "itemId"]
    sold = (await till.order(5)).json()["data"]["createRegistration"]
    first, again = [await join(till, "ada@example.org", key="once") for _ in range(2)]
    second = await join(till, "bo@example.org")
    assert again == first
    assert first["entry"] == {
        "id": first["entry"]["id"],
        "status": "WAITING",
        "quantity": 1,
        "ahead": 0,
        "item": {"name": "Seat", "availability": {"state": "HELD"}},
    }
    assert second["entry"]["ahead"] == 1
    assert (await join(till, "BO@example.org"))["userErrors"][0]["code"] == "TAKEN"

    await till.post(CANCEL, {"id": sold["registration"]["id"]}, token=sold["guestToken"])
    assert await offer_places(till.graph.database, Terms()) == {"offered": 2, "left": 0}
    ids, tokens = [each["entry"]["id"] for each in (first, second)], [each["guestToken"] for each in (first, second)]
    seen = [
        (await till.post(WAITS, {"id": ids[0], "token": token})).json()["data"]["waitingListEntry"]
        for token in (None, tokens[1], tokens[0])
    ]
    assert seen[:2] == [None, None], "a hidden entry equals a missing one"
    assert (seen[2]["status"], seen[2]["ahead"], seen[2]["registration"]["status"]) == ("OFFERED", None, "HELD")

    foreign = (await till.post(ACCEPT, {"id": ids[0]}, token=tokens[1])).json()["data"]["acceptOffer"]
    assert foreign["userErrors"][0]["__typename"] == "NotFound"
    taken = (await till.post(ACCEPT, {"id": ids[0]}, token=tokens[0])).json()["data"]["acceptOffer"]
    done = await till.post(COMPLETE, {"id": taken["registration"]["id"]}, token=tokens[0])
    assert done.json()["data"]["completeRegistration"]["registration"]["status"] == "CONFIRMED"
    left = (await till.post(LEAVE, {"id": ids[1]}, token=tokens[1])).json()["data"]["leaveWaitingList"]
    assert left == {"entry": {"status": "LEFT", "registration": {"status": "CANCELLED"}}, "userErrors": []}
    assert await till.held() == 0


async def test_a_customer_finds_where_they_wait_and_staff_who_does(till: Till) -> None:
    await till.order(5)
    settings = till.settings
    claims = claims_for("customer", claim_mapping(settings))
    token = issue_token(
        token_secret(settings), token_rules(settings), "ada", now=time.time(), lifetime=600, claims=claims
    )
    await join(till, "ada@example.org", token=token)
    await join(till, "bo@example.org")

    shown = await till.post("{ viewer { waitingList { nodes { email status customer { id } } } } }", {}, token=token)
    (entry,) = shown.json()["data"]["viewer"]["waitingList"]["nodes"]
    assert (entry["email"], entry["status"]) == ("ada@example.org", "WAITING")
    assert entry["customer"]["id"]
    listed = await till.graph.data(
        "query ($id: ID!) { organisation(id: $id) { waitingList { totalCount nodes { email } } } }",
        viewer=ADMIN,
        id=encode_global_id("Organisation", till.graph.home),
    )
    assert [each["email"] for each in listed["organisation"]["waitingList"]["nodes"]] == [
        "ada@example.org",
        "bo@example.org",
    ]
