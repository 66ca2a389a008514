"""Webhooks over real HTTP, with effects on a real database."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from auth.signatures import read_sources
from commands.webhooks import Delivery, Result
from db.contention import Transaction
from db.database import DatabaseOptions, open_database
from domain.errors import InvalidArgument
from domain.ids import uuid7
from jobs.scheduled import Upkeep
from server.app import open_app
from server.http.failures import Failures, answer_http_exception
from server.http.limits import HttpLimits
from server.http.request_id import RequestId
from server.settings import Settings, load_settings
from server.webhooks import Handlers, Webhooks, handlers
from tests.plugins.http_server import Server, serve_opened
from tests.plugins.servers import database_from
from tests.plugins.webhooks import OLD_SECRET, SOURCES, body_of, standard, stripe

LIMITS = HttpLimits(max_body_bytes=2048, body_timeout_seconds=0.5)
TIMEOUT = 1.5


async def _sell(transaction: Transaction, delivery: Delivery) -> Result:
    """An effect that can be counted: an organisation, called like the buyer."""
    columns = {"id": uuid7(), "name": delivery.payload["buyer"], "slug": f"s-{uuid4().hex}"}
    await transaction.execute(
        text("INSERT INTO organisations (organisation_id, name, slug, timezone) VALUES (:id, :name, :slug, 'UTC')"),
        columns,
    )
    return {"sold": 1}


async def _sell_and_fail(transaction: Transaction, delivery: Delivery) -> Result:
    await _sell(transaction, delivery)
    raise RuntimeError("not foreseen")


async def _sell_slowly(transaction: Transaction, delivery: Delivery) -> Result:
    sold = await _sell(transaction, delivery)
    await transaction.execute(text("SELECT pg_sleep(:seconds)"), {"seconds": delivery.payload["seconds"]})
    return sold


async def _refuse(_transaction: Transaction, _delivery: Delivery) -> Result:
    raise InvalidArgument("This buyer is a robot.")


def _handlers(upkeep: Upkeep) -> Handlers:
    return {
        **handlers(upkeep),
        ("shop", "paid"): _sell,
        ("payments", "paid"): _sell,
        ("shop", "paid.and.fails"): _sell_and_fail,
        ("shop", "paid.slowly"): _sell_slowly,
        ("shop", "refused"): _refuse,
    }


@pytest.fixture(scope="module")
def url(postgres_server: str, template_database: str) -> Iterator[str]:
    with database_from(postgres_server, template_database) as url:
        yield url


@pytest.fixture(scope="module")
def server(url: str) -> Iterator[Server]:
    @asynccontextmanager
    async def opening() -> AsyncIterator[Starlette]:
        async with open_database(DatabaseOptions(url, pool_size=4)) as database:
            webhooks = Webhooks(
                sources=read_sources(SOURCES),
                handlers=_handlers(Settings(webhook_deliveries_kept_days=2).upkeep),
                database=database,
                limits=LIMITS,
                timeout=TIMEOUT,
            )
            yield Starlette(
                routes=webhooks.routes(),
                middleware=[Middleware(RequestId), Middleware(Failures)],
                exception_handlers={HTTPException: answer_http_exception},
            )

    with serve_opened(opening, LIMITS) as server:
        yield server


@pytest.fixture
async def client(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.url, timeout=20) as client:
        yield client


@pytest.fixture
async def rows(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url, timeout=10)
    yield connection
    await connection.close(timeout=10)


def name() -> str:
    """One that nobody else has: of a delivery, or of a buyer."""
    return uuid4().hex


async def sold(rows: asyncpg.Connection, buyer: str) -> int:
    count: int = await rows.fetchval("SELECT count(*) FROM organisations WHERE name = $1", buyer)
    return count


def sale(buyer: str, type_: str = "paid", **more: object) -> bytes:
    return body_of({"type": type_, "buyer": buyer, **more})


def code(answer: httpx.Response) -> str:
    (error,) = answer.json()["errors"]
    return error["extensions"]["code"]


class TestOnce:
    async def test_a_webhook_has_its_effect(self, client: httpx.AsyncClient, rows: asyncpg.Connection) -> None:
        buyer = name()
        body = sale(buyer)
        answer = await client.post("/webhooks/shop", content=body, headers=standard(body, name()))

        assert (answer.status_code, answer.json()) == (200, {"status": "done", "result": {"sold": 1}})
        assert answer.headers["cache-control"] == "no-store"
        assert await sold(rows, buyer) == 1

    async def test_stripes_form_too(self, client: httpx.AsyncClient, rows: asyncpg.Connection) -> None:
        buyer, event = name(), f"evt_{name()}"
        body = sale(buyer, id=event)
        answers = [await client.post("/webhooks/payments", content=body, headers=stripe(body)) for _ in range(2)]

        assert [answer.json()["status"] for answer in answers] == ["done", "duplicate"]
        assert await sold(rows, buyer) == 1

    async def test_a_replay_has_none_and_is_told_what_the_first_came_to(
        self, client: httpx.AsyncClient, rows: asyncpg.Connection
    ) -> None:
        buyer, delivery = name(), name()
        body = sale(buyer)
        head = standard(body, delivery)
        first, replay = [await client.post("/webhooks/shop", content=body, headers=head) for _ in range(2)]
        again = await client.post("/webhooks/shop", content=body, headers=standard(body, delivery, secret=OLD_SECRET))

        assert first.json()["status"] == "done"
        for answer in (replay, again):
            assert (answer.status_code, answer.json()) == (200, {"status": "duplicate", "result": {"sold": 1}})
        assert await sold(rows, buyer) == 1

    async def test_an_id_is_one_of_its_source(self, client: httpx.AsyncClient, rows: asyncpg.Connection) -> None:
        buyer, delivery = name(), name()
        body = sale(buyer, id=delivery)
        await client.post("/webhooks/shop", content=body, headers=standard(body, delivery))
        await client.post("/webhooks/payments", content=body, headers=stripe(body))

        assert await sold(rows, buyer) == 2

    async def test_of_fifty_at_once_one_has_an_effect(self, server: Server, rows: asyncpg.Connection) -> None:
        buyer = name()
        body = sale(buyer)
        head = standard(body, name())
        async with httpx.AsyncClient(base_url=server.url, timeout=20) as client:
            answers = await asyncio.gather(
                *(client.post("/webhooks/shop", content=body, headers=head) for _ in range(50))
            )

        outcomes = [answer.json().get("status", answer.status_code) for answer in answers]
        assert outcomes.count("done") == 1
        assert set(outcomes) <= {"done", "duplicate", 409}
        assert await sold(rows, buyer) == 1

    async def test_one_that_failed_may_come_again(self, client: httpx.AsyncClient, rows: asyncpg.Connection) -> None:
        buyer, delivery = name(), name()
        failing, body = sale(buyer, "paid.and.fails"), sale(buyer)
        failed = await client.post("/webhooks/shop", content=failing, headers=standard(failing, delivery))
        assert await sold(rows, buyer) == 0
        repaired = await client.post("/webhooks/shop", content=body, headers=standard(body, delivery))

        assert (failed.status_code, code(failed)) == (500, "INTERNAL_SERVER_ERROR")
        assert "not foreseen" not in failed.text
        assert repaired.json()["status"] == "done"
        assert await sold(rows, buyer) == 1

    async def test_one_that_takes_too_long_is_undone(self, client: httpx.AsyncClient, rows: asyncpg.Connection) -> None:
        buyer = name()
        body = sale(buyer, "paid.slowly", seconds=30)
        answer = await client.post("/webhooks/shop", content=body, headers=standard(body, name()))

        assert (answer.status_code, code(answer)) == (503, "SERVICE_UNAVAILABLE")
        assert answer.headers["retry-after"]
        assert await sold(rows, buyer) == 0

    async def test_a_copy_does_not_wait_for_the_one_under_way(self, server: Server, rows: asyncpg.Connection) -> None:
        buyer = name()
        body = sale(buyer, "paid.slowly", seconds=1)
        head = standard(body, name())
        async with httpx.AsyncClient(base_url=server.url, timeout=20) as client:
            first = asyncio.create_task(client.post("/webhooks/shop", content=body, headers=head))
            await asyncio.sleep(0.3)
            copy = await client.post("/webhooks/shop", content=body, headers=head)
            assert not first.done()
            done = await first

        assert (copy.status_code, code(copy)) == (409, "IN_PROGRESS")
        assert copy.headers["retry-after"]
        assert done.json()["status"] == "done"
        assert await sold(rows, buyer) == 1

    async def test_what_nobody_listens_to_is_ignored_and_may_come_again(
        self, client: httpx.AsyncClient, rows: asyncpg.Connection
    ) -> None:
        delivery = name()
        body = sale(name(), "customer.updated")
        answer = await client.post("/webhooks/shop", content=body, headers=standard(body, delivery))

        assert (answer.status_code, answer.json()) == (200, {"status": "ignored"})
        assert not await rows.fetchval("SELECT count(*) FROM webhook_deliveries WHERE delivery_id = $1", delivery)

    async def test_a_refusal_is_told(self, client: httpx.AsyncClient) -> None:
        body = sale(name(), "refused")
        answer = await client.post("/webhooks/shop", content=body, headers=standard(body, name()))

        assert (answer.status_code, code(answer)) == (422, "BAD_USER_INPUT")
        assert answer.json()["errors"][0]["message"] == "This buyer is a robot."


class TestRefusals:
    @pytest.mark.parametrize("at", [0, 2**35])
    async def test_an_old_or_future_signature(self, client: httpx.AsyncClient, at: float) -> None:
        body = sale(name())
        answer = await client.post("/webhooks/shop", content=body, headers=standard(body, name(), at=at))

        assert (answer.status_code, code(answer)) == (401, "WEBHOOK_SIGNATURE_INVALID")

    async def test_a_body_that_was_changed(self, client: httpx.AsyncClient) -> None:
        head = standard(sale("a"), name())
        answer = await client.post("/webhooks/shop", content=sale("b"), headers=head)

        assert (answer.status_code, code(answer)) == (401, "WEBHOOK_SIGNATURE_INVALID")

    @pytest.mark.parametrize("path", ["/webhooks/nobody", "/webhooks/cron", "/webhooks", "/webhooks/shop/paid"])
    async def test_where_nothing_listens(self, client: httpx.AsyncClient, path: str) -> None:
        body = sale(name())

        assert (await client.post(path, content=body, headers=standard(body, name()))).status_code == 404

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
    async def test_another_method(self, client: httpx.AsyncClient, method: str) -> None:
        answer = await client.request(method, "/webhooks/shop")

        assert answer.status_code == 405
        assert answer.headers["allow"] == "POST"

    @pytest.mark.parametrize(
        ("head", "status"),
        [
            ({"Content-Type": "text/plain"}, 415),
            ({"Content-Type": "application/json; charset=utf-16"}, 415),
            ({"Content-Encoding": "gzip"}, 415),
            ({"webhook-signature": "v1"}, 400),
            ({"webhook-signature": "v1,AAAA"}, 401),
            ({"webhook-timestamp": "soon"}, 400),
            ({"webhook-id": "\u00e9"}, 400),
        ],
    )
    async def test_a_head_that_is_wrong(self, client: httpx.AsyncClient, head: dict[str, str], status: int) -> None:
        body = sale(name())
        sent = {key: value.encode("latin-1") for key, value in {**standard(body, name()), **head}.items()}

        assert (await client.post("/webhooks/shop", content=body, headers=sent)).status_code == status

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            (b"", 400),
            (b"[]", 400),
            (b'"type"', 400),
            (b'{"type": 7}', 400),
            (b"{}", 400),
            (b'{"type": "' + b"x" * 101 + b'"}', 400),
            (b'{"type": "a\\u0000b"}', 400),
            (b"\xff", 400),
            (b'{"type": "paid", "x": ' + b"[" * 200 + b"]" * 200 + b"}", 400),
            (b'{"type": "paid", "x": ' + b"9" * 400 + b"}", 400),
            (b'{"type": "paid", "x": "' + b"y" * 4000 + b'"}', 413),
        ],
    )
    async def test_a_body_that_is_signed_and_wrong(self, client: httpx.AsyncClient, body: bytes, status: int) -> None:
        answer = await client.post("/webhooks/shop", content=body, headers=standard(body, name()))

        assert answer.status_code == status
        assert code(answer)

    @pytest.mark.parametrize("event", [None, 7, "", "a b", "x" * 256, "a\0b"])
    async def test_an_event_of_stripe_without_a_proper_id(self, client: httpx.AsyncClient, event: object) -> None:
        body = sale(name(), id=event)

        assert (await client.post("/webhooks/payments", content=body, headers=stripe(body))).status_code == 400

    def test_a_body_that_does_not_come(self, server: Server) -> None:
        head = "".join(f"{key}: {value}\r\n" for key, value in standard(b"{}", name()).items())
        with server.connect() as connection:
            connection.send(f"POST /webhooks/shop HTTP/1.1\r\nHost: x\r\n{head}Content-Length: 9\r\n\r\n{{".encode())

            assert connection.response().status == 408

    visible = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=80)

    @settings(max_examples=150)
    @given(st.dictionaries(st.sampled_from([*standard(b"", "a"), "Stripe-Signature"]), visible), st.binary(max_size=90))
    def test_whatever_is_sent_the_sender_is_told_that_it_is_wrong(
        self, server: Server, head: dict[str, str], body: bytes
    ) -> None:
        lines = b"".join(f"{key}: ".encode() + value.encode("latin-1") + b"\r\n" for key, value in head.items())
        with server.connect() as connection:
            for source in ("shop", "payments", "cron/x"):
                start = f"POST /webhooks/{source} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n".encode()
                connection.send(start + lines + b"\r\n" + body)
                answer = connection.response()

                assert 400 <= answer.status < 500
                assert answer.code

    @settings(max_examples=80)
    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
            lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
            max_leaves=20,
        ),
        st.sampled_from(["type", "id"]),
    )
    def test_whatever_is_signed_is_answered_without_a_failure(self, server: Server, value: object, member: str) -> None:
        body = json.dumps({"type": "other", "id": "x", member: value}).encode()
        with server.connect() as connection:
            for path, head in (("shop", standard(body, name())), ("payments", stripe(body))):
                fields = {"Host": "x", "Content-Length": f"{len(body)}", **head}
                lines = "".join(f"{key}: {each}\r\n" for key, each in fields.items())
                connection.send(f"POST /webhooks/{path} HTTP/1.1\r\n{lines}\r\n".encode() + body)

                assert connection.response().status < 500


class TestJobs:
    JOB = "prune-webhook-deliveries"

    async def start(
        self, client: httpx.AsyncClient, job: str, named: str, delivery: str | None = None
    ) -> httpx.Response:
        body = body_of({"type": named})
        return await client.post(f"/webhooks/cron/{job}", content=body, headers=standard(body, delivery or name()))

    async def test_a_job_runs_once_for_each_id(self, client: httpx.AsyncClient, rows: asyncpg.Connection) -> None:
        for age in ("1 day", "3 days", "4 days"):
            await rows.execute(
                "INSERT INTO webhook_deliveries (source, delivery_id, type, received_at) "
                "VALUES ('old', $1, 'paid', now() - $2::text::interval)",
                name(),
                age,
            )
        delivery = name()
        answers = [(await self.start(client, self.JOB, self.JOB, delivery)).json() for _ in range(2)]

        assert answers == [{"status": status, "result": {"removed": 2}} for status in ("done", "duplicate")]
        assert await rows.fetchval("SELECT count(*) FROM webhook_deliveries WHERE source = 'old'") == 1

    async def test_an_unknown_job_is_not_found(self, client: httpx.AsyncClient) -> None:
        answer = await self.start(client, "mine-bitcoin", "mine-bitcoin")

        assert answer.status_code == 404
        assert self.JOB in answer.json()["errors"][0]["message"]

    async def test_what_was_signed_for_one_job_does_not_start_another(self, client: httpx.AsyncClient) -> None:
        answer = await self.start(client, self.JOB, "another-job")

        assert (answer.status_code, code(answer)) == (400, "INVALID_PARAMETER")

    async def test_a_stranger_does_not_learn_which_jobs_there_are(self, client: httpx.AsyncClient) -> None:
        statuses = {(await client.post(f"/webhooks/cron/{job}", json={})).status_code for job in (self.JOB, "another")}

        assert statuses == {400}

    async def test_a_job_under_way_is_not_started_twice(
        self, client: httpx.AsyncClient, rows: asyncpg.Connection
    ) -> None:
        delivery = name()
        async with rows.transaction():
            await rows.execute("SELECT pg_advisory_xact_lock($1, hashtext($2))", 0x6A6F6273, self.JOB)
            refused = await self.start(client, self.JOB, self.JOB, delivery)
        again = await self.start(client, self.JOB, self.JOB, delivery)

        assert (refused.status_code, code(refused)) == (409, "IN_PROGRESS")
        assert refused.headers["retry-after"]
        assert again.json()["status"] == "done"


async def test_the_application_listens_to_the_sources_of_its_settings(database_url: str, redis_url: str) -> None:
    settings = load_settings(
        database_url=database_url, redis_url=redis_url, secret_key="k" * 32, webhook_sources=SOURCES
    )
    body = body_of({"type": "prune-webhook-deliveries"})
    async with (
        open_app(settings) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver") as client,
    ):
        done = await client.post("/webhooks/cron/prune-webhook-deliveries", content=body, headers=standard(body, "1"))

    assert done.json() == {"status": "done", "result": {"removed": 0}}


async def test_without_its_database_a_webhook_is_to_come_again(redis_url: str) -> None:
    settings = load_settings(
        database_url="postgresql://nobody@127.0.0.1:1/nothing",
        redis_url=redis_url,
        secret_key="k" * 32,
        webhook_sources=SOURCES,
    )
    body = body_of({"type": "prune-webhook-deliveries"})
    async with (
        open_app(settings) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver") as client,
    ):
        away = await client.post("/webhooks/cron/prune-webhook-deliveries", content=body, headers=standard(body, "1"))

    assert (away.status_code, code(away)) == (503, "SERVICE_UNAVAILABLE")
    assert "127.0.0.1" not in away.text
