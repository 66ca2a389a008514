"""From the page to the confirmed registration, through the whole application; and Stripe's webhooks likewise."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from integrations.payments.stripe import open_stripe
from server.app import open_app
from server.settings import load_settings
from tests.commands.paying.till import Till
from tests.plugins.fake_stripe import KEY, FakeStripe, fake_stripe
from tests.plugins.graph import Graph
from tests.plugins.webhooks import STRIPE_SECRET, body_of, stripe

PATIENCE = 20.0
PAUSE = 0.05


@asynccontextmanager
async def serving(database_url: str, redis_url: str, **given: Any) -> AsyncIterator[httpx.AsyncClient]:
    settings = load_settings(database_url=database_url, redis_url=redis_url, secret_key="k" * 32, **given)
    async with (
        open_app(settings) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client,
    ):
        assert isinstance(app, Starlette)
        yield client


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait for something that somebody else brings about."""
    for _ in range(int(PATIENCE / PAUSE)):
        if await holds():
            return
        await asyncio.sleep(PAUSE)
    raise AssertionError("it did not come about in time")


async def until_state(till: Till, state: str) -> None:
    async def holds() -> bool:
        return await till.state() == state

    await until(holds)


@pytest.fixture
async def till(graph: Graph) -> Till:
    till = await Till(graph).open()
    await till.start()
    return till


async def all_told(till: Till) -> bool:
    return not await till.told()


async def refunded(till: Till) -> bool:
    return [row["state"] for row in await till.paid()] == ["REFUNDED"]


async def address(till: Till) -> str:
    (secret,) = await till.secrets()
    return f"/payments/trial?clientSecret={secret}"


async def test_who_pays_on_the_page_is_confirmed_by_a_signed_webhook(
    till: Till, database_url: str, redis_url: str
) -> None:
    async with serving(database_url, redis_url, trial_payments=True) as client:
        page = await client.get(await address(till))
        answer = await client.post(await address(till), data={"action": "pay", "telling": "twice"})
        await until_state(till, "CONFIRMED")
        paid = await client.get(await address(till))
        await until(lambda: all_told(till))
    received = await till.shop.rows("SELECT source, type FROM webhook_deliveries")

    assert "Pay 25.00 EUR" in page.text
    assert (answer.status_code, answer.headers["location"]) == (303, await address(till))
    assert "Paid." in paid.text
    assert "<form" not in paid.text
    assert [(row["source"], row["type"]) for row in received] == [("trial", "payment.succeeded")]


async def test_what_no_webhook_tells_of_is_asked_after(till: Till, database_url: str, redis_url: str) -> None:
    await till.change("UPDATE payments SET next_check_at = now()")
    async with serving(database_url, redis_url, trial_payments=True) as client:
        await client.post(await address(till), data={"action": "pay", "telling": "never"})
        await till.change("UPDATE payments SET next_check_at = now()")
        await until_state(till, "CONFIRMED")

    assert await till.shop.rows("SELECT 1 FROM webhook_deliveries") == []


async def test_too_little_is_given_back(till: Till, database_url: str, redis_url: str) -> None:
    async with serving(database_url, redis_url, trial_payments=True) as client:
        await client.post(await address(till), data={"action": "underpay"})
        await until(lambda: refunded(till))

    assert await till.state() == "HELD"
    assert await till.money() == 0


async def test_the_page_runs_nothing_and_keeps_its_address_to_itself(
    till: Till, database_url: str, redis_url: str
) -> None:
    await till.change(
        "UPDATE trial_intents SET metadata = jsonb_build_object('function_name', '<script>alert(1)</script>')"
    )
    async with serving(database_url, redis_url, trial_payments=True) as client:
        page = await client.get(await address(till))

    assert "<script" not in page.text
    assert "&lt;script&gt;" in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")


@pytest.mark.parametrize("form", [{}, {"action": "steal"}, {"action": "pay", "telling": "loudly"}])
async def test_other_forms_do_nothing(till: Till, database_url: str, redis_url: str, form: dict[str, str]) -> None:
    async with serving(database_url, redis_url, trial_payments=True) as client:
        answer = await client.post(await address(till), data=form)
        missing = [
            await client.get("/payments/trial?clientSecret=x"),
            await client.post("/payments/trial", data={"action": "pay"}),
        ]

    assert answer.status_code == 400
    assert [each.status_code for each in missing] == [404, 404]
    assert (await till.shop.rows("SELECT state FROM trial_intents"))[0]["state"] == "OPEN"


async def test_without_the_trial_provider_there_is_no_page_and_no_source(
    till: Till, database_url: str, redis_url: str
) -> None:
    async with serving(database_url, redis_url) as client:
        page = await client.get(await address(till))
        webhook = await client.post("/webhooks/trial", content=b"{}", headers={"Content-Type": "application/json"})

    assert (page.status_code, webhook.status_code) == (404, 404)


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeStripe]:
    with fake_stripe() as fake:
        yield fake


async def test_stripe_s_webhook_confirms(graph: Graph, fake: FakeStripe, database_url: str, redis_url: str) -> None:
    till = await Till(graph).open()
    sources = json.dumps({"stripe": {"form": "stripe", "secrets": [STRIPE_SECRET]}})
    async with open_stripe(KEY, timeout=5, base=fake.url) as provider:
        till.payments.providers["stripe"] = provider  # type: ignore[index] # a test's own
        await till.start("stripe")
    (reference,) = fake.intents
    fake.pay(reference)
    body = body_of(fake.event("payment_intent.succeeded", fake.intents[reference]))
    settings = {"stripe_secret_key": KEY, "stripe_api_url": fake.url, "webhook_sources": sources}
    async with serving(database_url, redis_url, **settings) as client:
        forged = await client.post(
            "/webhooks/stripe", content=body, headers=stripe(body, secret="whsec_of_someone_else_at_all")
        )
        before = await till.state()
        answers = [await client.post("/webhooks/stripe", content=body, headers=stripe(body)) for _ in range(2)]

    assert (forged.status_code, before) == (401, "AWAITING_PAYMENT")
    assert [answer.json()["status"] for answer in answers] == ["done", "duplicate"]
    assert await till.state() == "CONFIRMED"


async def test_a_webhook_that_is_no_event_is_refused(fake: FakeStripe, database_url: str, redis_url: str) -> None:
    sources = json.dumps({"stripe": {"form": "stripe", "secrets": [STRIPE_SECRET]}})
    body = body_of({"id": "evt_1", "type": "payment_intent.succeeded", "livemode": False, "data": {}})
    settings = {"stripe_secret_key": KEY, "stripe_api_url": fake.url, "webhook_sources": sources}
    async with serving(database_url, redis_url, **settings) as client:
        answer = await client.post("/webhooks/stripe", content=body, headers=stripe(body))

    assert answer.status_code == 422
