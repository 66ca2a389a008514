"""Whoever tries ids out learns nothing: what is hidden, and what is another client's, looks like what is not there."""

import random
import time
from collections.abc import Callable
from uuid import uuid4

import httpx
import pytest

from domain.ids import encode_global_id, uuid7
from tests.security.site import Site

KINDS = ("Function", "Event", "Ticket", "Package")
NODE = "query($id: ID!) { node(id: $id) { __typename id } }"
NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"

ROUNDS = 400
UNLIKELY = 0.12
"""How far the share may be from one half. That of 400 against 400 equal ones strays by 0.02: this is beyond five times
that, while a look into the database on one side alone would make it nearly 1."""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("headers", [{}, {"X-API-Key": "red"}], ids=["a stranger", "a client"])
def test_a_hidden_row_is_a_missing_row(site: Site, kind: str, headers: dict[str, str]) -> None:
    sent = {name: site.contents.keys[key] for name, key in headers.items()}
    if sent:
        # This client sends ids alone: text is refused alike, whatever it asks for.
        assert site.ask(NODE, {"id": site.contents.hidden[kind]}, **sent).status_code == 400
        return
    shown = site.ask(NODE, {"id": site.contents.seen[kind]})
    hidden = site.ask(NODE, {"id": site.contents.hidden[kind]})
    missing = site.ask(NODE, {"id": encode_global_id(kind, uuid7())})

    assert shown.json()["data"]["node"] == {"__typename": kind, "id": site.contents.seen[kind]}
    assert hidden.content == missing.content
    assert hidden.json() == {"data": {"node": None}}


def test_hidden_rows_do_not_show_among_others(site: Site) -> None:
    ids = [site.contents.seen["Event"], site.contents.hidden["Event"], encode_global_id("Event", uuid7())]

    answer = site.ask(NODES, {"ids": ids})

    assert [each and each["id"] for each in answer.json()["data"]["nodes"]] == [ids[0], None, None]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "Function",
        "RnVuY3Rpb24",
        "' OR 1=1 --",
        "Client:00000000000000000000000000000000",
        "../../etc/passwd",
        "\u0000",
        "A" * 5000,
    ],
)
def test_what_is_no_id_is_refused_or_not_there(site: Site, text: str) -> None:
    answer = site.ask(NODE, {"id": text})

    assert answer.status_code in {200, 400}
    assert not (answer.json().get("data") or {}).get("node")
    for word in ("SELECT", "asyncpg", "Traceback", "INTERNAL_SERVER_ERROR"):
        assert word not in answer.text


@pytest.mark.parametrize("kind", ["Client", "Operation", "WebhookDelivery", "RegistryEntry", "Query", "Nothing"])
def test_ids_of_tables_that_are_no_nodes_lead_nowhere(site: Site, kind: str) -> None:
    answer = site.ask(NODE, {"id": encode_global_id(kind, uuid7())})

    assert not (answer.json().get("data") or {}).get("node")
    assert "INTERNAL_SERVER_ERROR" not in answer.text


class TestOperationsOfOtherClients:
    def ask(self, site: Site, operation: str, who: str | None) -> httpx.Response:
        headers = {} if who is None else {"X-API-Key": site.contents.keys[who]}
        return site.call(operation, **headers)

    def test_a_client_calls_its_own(self, site: Site) -> None:
        assert self.ask(site, site.contents.operations["red"], "red").status_code == 200
        assert self.ask(site, site.contents.operations["blue"], "blue").json() == {"data": {"__typename": "Query"}}

    @pytest.mark.parametrize("who", ["blue", None])
    def test_anothers_is_answered_like_one_that_is_not_there(self, site: Site, who: str | None) -> None:
        foreign = self.ask(site, site.contents.operations["red"], who)
        unknown = self.ask(site, f"only-{uuid4().hex}", who)

        assert foreign.status_code == unknown.status_code == 404
        assert foreign.content == unknown.content
        assert without_name(foreign) == without_name(unknown)

    def test_text_that_another_has_published_stays_refused(self, site: Site) -> None:
        text = "query Red { functions { totalCount } }"
        foreign = site.ask(text, **{"X-API-Key": site.contents.keys["blue"]})
        unknown = site.ask(text.replace("Red", "Rot"), **{"X-API-Key": site.contents.keys["blue"]})

        assert foreign.status_code == unknown.status_code == 400
        assert foreign.content == unknown.content

    def test_how_long_it_takes_does_not_tell_either(self, site: Site) -> None:
        red, absent = site.contents.operations["red"], "only-rad"

        assert abs(share(lambda name: self.ask(site, name, "blue"), red, absent) - 0.5) < UNLIKELY
        # The measure sees a difference where there is one: whoever may call it has the database asked.
        assert abs(share(lambda name: self.ask(site, name, "red"), red, absent) - 0.5) > UNLIKELY


def test_how_long_it_takes_does_not_tell_hidden_rows_from_missing_ones(site: Site) -> None:
    hidden, missing = site.contents.hidden["Function"], encode_global_id("Function", uuid7())

    assert abs(share(lambda key: site.ask(NODE, {"id": key}), hidden, missing) - 0.5) < UNLIKELY


def share(ask: Callable[[str], httpx.Response], one: str, other: str) -> float:
    """Of all pairs of a time for the one and a time for the other, in which share the one took longer.

    One half for two that take equally long, whatever spoils single measurements; asked in turns, in random order.
    """
    times: dict[str, list[float]] = {one: [], other: []}
    order = random.Random(7)
    for _ in range(ROUNDS):
        for each in order.sample([one, other], 2):
            started = time.perf_counter()
            ask(each)
            times[each].append(time.perf_counter() - started)
    return sum(a > b for a in times[one] for b in times[other]) / ROUNDS**2


def without_name(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in {"x-request-id", "date"}}
