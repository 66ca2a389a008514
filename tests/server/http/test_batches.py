"""Several requests in one body: off, unless an operator allows so many."""

from collections.abc import AsyncIterator

import httpx
import pytest

from server.http.limits import HttpLimits
from tests.plugins.sample_graphql import sample_app

LIMITS = HttpLimits(max_list_items=5)
HELLO = {"query": "{ __typename }"}


@pytest.fixture
async def asking() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(sample_app(LIMITS, max_batch=3))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def test_each_is_answered_for_itself_in_their_order(asking: httpx.AsyncClient) -> None:
    answer = await asking.post("/graphql", json=[HELLO, {"query": "{ nothing }"}, {"documentId": "unknown"}])

    assert answer.status_code == 200
    first, second, third = answer.json()
    assert first == {"data": {"__typename": "Query"}}
    assert "nothing" in second["errors"][0]["message"]
    assert third["errors"][0]["extensions"]["code"] == "PERSISTED_DOCUMENT_NOT_FOUND"


@pytest.mark.parametrize("size", [0, 4])
async def test_there_is_at_least_one_and_no_more_than_allowed(asking: httpx.AsyncClient, size: int) -> None:
    answer = await asking.post("/graphql", json=[HELLO] * size)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "BATCH_TOO_LARGE"


async def test_each_must_be_an_object(asking: httpx.AsyncClient) -> None:
    answer = await asking.post("/graphql", json=[HELLO, [HELLO]])

    assert answer.status_code == 400
    assert "not a list" in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize(("size", "status"), [(5, 200), (6, 400)])
async def test_lists_in_variables_have_a_limit(asking: httpx.AsyncClient, size: int, status: int) -> None:
    answer = await asking.post("/graphql", json={**HELLO, "variables": {"ids": {"in": list(range(size))}}})

    assert answer.status_code == status
    if status == 400:
        assert "a list of 6 items; there may be 5" in answer.json()["errors"][0]["message"]
