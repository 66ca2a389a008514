"""A guest buys two tickets over HTTP, from the order to the refund, with nothing but what clients have."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from server.app import open_app
from server.settings import load_settings
from tests.plugins.graph import Graph, gid

PATIENCE = 20.0
PAUSE = 0.05

ORDER = """mutation ($ticket: ID!) {
  createRegistration(input: { lines: [{ itemId: $ticket, quantity: 2 }], email: "ada@example.org" }) {
    registration { id total { amount } }
    guestToken
    userErrors { message }
  }
}"""
PAY = """mutation ($registration: ID!) {
  startPayment(registrationId: $registration, provider: "trial") {
    payment { id status clientSecret provider amount { amount currency } problem }
    registration { status }
    userErrors { __typename message field code }
  }
}"""
READ = """query ($registration: ID!) {
  node(id: $registration) {
    ... on Registration {
      status
      confirmationNumber
      payments { status received { amount } clientSecret providerReference refunds { amount { amount } status } }
    }
  }
}"""


@pytest.fixture
async def client(database_url: str, redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    settings = load_settings(database_url=database_url, redis_url=redis_url, secret_key="k" * 32, trial_payments=True)
    async with (
        open_app(settings) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client,
    ):
        yield client


async def ask(client: httpx.AsyncClient, document: str, token: str | None = None, **variables: str) -> Any:
    head = {"Idempotency-Key": uuid.uuid4().hex}
    if token is not None:
        head["Authorization"] = f"Bearer {token}"
    answer = await client.post("/graphql", json={"query": document, "variables": variables}, headers=head)
    return answer.json()


async def test_a_guest_buys(graph: Graph, client: httpx.AsyncClient) -> None:
    ticket = graph.ticket(graph.event(graph.function()), [graph.pool(2)], price_amount=12_50)
    await graph.flush()
    ordered = (await ask(client, ORDER, ticket=gid("Ticket", ticket)))["data"]["createRegistration"]
    registration, token = ordered["registration"]["id"], ordered["guestToken"]
    started = (await ask(client, PAY, token, registration=registration))["data"]["startPayment"]
    stranger = (await ask(client, PAY, registration=registration))["data"]["startPayment"]
    secret = started["payment"]["clientSecret"]
    await client.post("/payments/trial", params={"clientSecret": secret}, data={"action": "pay"})
    read: Any = None
    for _ in range(int(PATIENCE / PAUSE)):
        read = await ask(client, READ, token, registration=registration)
        if read["data"]["node"]["status"] == "CONFIRMED":
            break
        await asyncio.sleep(PAUSE)
    again = (await ask(client, PAY, token, registration=registration))["data"]["startPayment"]

    assert started["userErrors"] == []
    assert started["registration"] == {"status": "AWAITING_PAYMENT"}
    assert started["payment"] == {
        "id": started["payment"]["id"],
        "status": "PENDING",
        "clientSecret": secret,
        "provider": "trial",
        "amount": {"amount": "25.00", "currency": "EUR"},
        "problem": None,
    }
    assert [error["__typename"] for error in stranger["userErrors"]] == ["NotFound"]
    (paid,) = read["data"]["node"]["payments"]
    assert read["data"]["node"]["confirmationNumber"]
    assert (paid["status"], paid["received"]) == ("SUCCEEDED", {"amount": "25.00"})
    assert paid["clientSecret"] == secret
    # What is for those who handle the seller's money is not for who pays.
    assert (paid["providerReference"], paid["refunds"]) == (None, None)
    assert {error["extensions"]["code"] for error in read["errors"]} == {"FORBIDDEN"}
    assert [error["__typename"] for error in again["userErrors"]] == ["BadTransition"]
