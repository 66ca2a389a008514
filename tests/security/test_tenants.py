"""Whoever works for one organisation is a stranger to all others, whatever they ask and whatever their token says."""

from typing import Any

import httpx
import pytest

from domain.ids import encode_global_id, uuid7
from tests.security.site import Site
from tests.security.test_ids import KINDS, NODE, NODES, UNLIKELY, share
from tests.security.test_tokens import token

PRIVATE = "query($slug: String!) { function(slug: $slug) { name privateMetadata deletedAt } }"
COUNT = "query($house: ID) { events(filter: {organisationId: $house, isPublished: false}) { totalCount nodes { id } } }"
DELETED = (
    "query($house: ID) { events(filter: {organisationId: $house, includeDeleted: true}) { totalCount nodes { id } } }"
)


def ask(site: Site, who: str, document: str, variables: dict[str, Any], **claims: Any) -> httpx.Response:
    good = token(sub=who, role="authenticated", **claims)
    return site.ask(document, variables, Authorization=f"Bearer {good}")


@pytest.mark.parametrize("kind", KINDS)
def test_staff_see_what_is_hidden_of_their_own_alone(site: Site, kind: str) -> None:
    hidden, missing = site.contents.hidden[kind], encode_global_id(kind, uuid7())
    own = ask(site, "insider", NODE, {"id": hidden})
    foreign, nothing = (ask(site, "outsider", NODE, {"id": each}) for each in (hidden, missing))

    assert own.json() == {"data": {"node": {"__typename": kind, "id": hidden}}}
    assert foreign.json() == {"data": {"node": None}}
    assert foreign.content == nothing.content


def test_nor_do_hidden_rows_show_among_others(site: Site) -> None:
    ids = [site.contents.hidden[kind] for kind in KINDS]
    own, foreign = (ask(site, who, NODES, {"ids": ids}).json()["data"]["nodes"] for who in ("insider", "outsider"))

    assert [each["id"] for each in own] == ids
    assert foreign == [None] * len(ids)


@pytest.mark.parametrize("document", [COUNT, DELETED])
def test_counts_and_lists_of_others_are_those_of_nobody(site: Site, document: str) -> None:
    closed, nobody = site.contents.hidden["Organisation"], encode_global_id("Organisation", uuid7())
    own = ask(site, "insider", document, {"house": closed}).json()["data"]["events"]
    foreign, nothing = (ask(site, "outsider", document, {"house": each}) for each in (closed, nobody))

    assert own["totalCount"] == 1
    assert foreign.content == nothing.content


def test_fields_for_staff_are_for_the_staff_of_the_row(site: Site) -> None:
    own, foreign = (ask(site, who, PRIVATE, {"slug": "open-house-day"}).json() for who in ("outsider", "insider"))
    stranger = site.ask(PRIVATE, {"slug": "open-house-day"}).json()

    assert own["data"]["function"]["privateMetadata"] == {"deposit": "paid by open-house"}
    for told in (foreign, stranger):
        assert told["data"]["function"]["privateMetadata"] is None
        assert {each["extensions"]["code"] for each in told["errors"]} == {"FORBIDDEN"}
        assert "deposit" not in str(told)


@pytest.mark.parametrize(
    "claims",
    [
        {"role": "OWNER"},
        {"app_metadata": {"role": "OWNER", "organisations": ["closed-house"]}},
        {"user_metadata": {"role": "admin"}},
        {"organisation": "closed-house", "memberships": [{"organisation": "closed-house", "role": "OWNER"}]},
        {"permissions": ["STAFF", "OWNER"], "scope": "admin *"},
        {"is_admin": True, "admin": True},
    ],
)
def test_what_a_token_says_of_organisations_is_not_believed(site: Site, claims: dict[str, Any]) -> None:
    good = token(**{"sub": "outsider", "role": "authenticated", **claims})
    answer = site.ask(NODE, {"id": site.contents.hidden["Event"]}, Authorization=f"Bearer {good}")

    assert answer.json() == {"data": {"node": None}}


@pytest.mark.parametrize("name", ["X-Role", "X-User-Id", "X-Forwarded-User", "X-Hasura-Role", "X-Organisation-Id"])
def test_nor_what_a_header_says(site: Site, name: str) -> None:
    answer = site.ask(NODE, {"id": site.contents.hidden["Event"]}, **{name: "insider"})

    assert answer.json() == {"data": {"node": None}}


def test_how_long_it_takes_does_not_tell(site: Site) -> None:
    hidden, missing = site.contents.hidden["Event"], encode_global_id("Event", uuid7())

    assert abs(share(lambda key: ask(site, "outsider", NODE, {"id": key}), hidden, missing) - 0.5) < UNLIKELY


def test_a_connection_carries_nobody_over_to_the_next_request(site: Site) -> None:
    """The same question in turns by those who may know and those who may not, on few connections of the database."""
    hidden = {"id": site.contents.hidden["Event"]}
    seen = []
    for _ in range(30):
        seen += [ask(site, "insider", NODE, hidden), site.ask(NODE, hidden), ask(site, "outsider", NODE, hidden)]

    assert [answer.json()["data"]["node"] is not None for answer in seen] == [True, False, False] * 30
