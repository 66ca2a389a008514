"""Who asks sees themselves; who works for an organisation sees who else does."""

import dataclasses

import pytest

from auth.claims import customer_id_of
from auth.viewer import ADMIN, ANONYMOUS, OrgRole, Role, Viewer
from domain.ids import uuid7
from resolvers.context import Context
from resolvers.customers import members_of
from resolvers.paging import PageArguments
from tests.plugins.graph import NOW, SECRET, Graph, gid

VIEWER = "{ viewer { id name email locale } }"
NODE = "query ($id: ID!) { node(id: $id) { __typename id ... on Customer { name } } }"
MEMBERS = """
  query ($ids: [ID!]!) {
    nodes(ids: $ids) { ... on Organisation { slug members { role user { id name email } } } }
  }
"""


def customer(subject: str = "ada") -> Viewer:
    return Viewer(Role.CUSTOMER, subject, customer_id_of(subject))


async def test_who_asks_sees_what_is_kept_of_them(graph: Graph) -> None:
    row = graph.customer(subject="ada", name="Ada", email="ada@example.org", locale="en-GB")

    data = await graph.data(VIEWER, viewer=dataclasses.replace(customer(), customer_id=row))

    assert data == {
        "viewer": {"id": gid("Customer", row), "name": "Ada", "email": "ada@example.org", "locale": "en-GB"}
    }


async def test_who_asks_for_the_first_time_is_a_customer_and_nothing_is_written(graph: Graph) -> None:
    viewer = customer()
    assert viewer.customer_id is not None
    key = gid("Customer", viewer.customer_id)

    shown = {"id": key, "name": None, "email": None, "locale": None}
    assert await graph.data(VIEWER, viewer=viewer) == {"viewer": shown}
    found = await graph.data(NODE, viewer=viewer, id=key)
    assert found == {"node": {"__typename": "Customer", "id": key, "name": None}}
    async with graph.owner.reading.lend() as connection:
        assert await connection.fetchval("SELECT count(*) FROM customers") == 0


@pytest.mark.parametrize(
    "viewer", [ANONYMOUS, Viewer(Role.GUEST, registration_id=uuid7()), Viewer(Role.PARTNER, client_id=uuid7())]
)
async def test_who_is_no_customer_is_nobody(graph: Graph, viewer: Viewer) -> None:
    assert await graph.data(VIEWER, viewer=viewer) == {"viewer": None}


@pytest.mark.parametrize("viewer", [ANONYMOUS, customer("eve"), Viewer(Role.GUEST, registration_id=uuid7())])
async def test_a_customer_is_nobody_elses_business(graph: Graph, viewer: Viewer) -> None:
    row = graph.customer(name="Ada")
    missing = gid("Customer", uuid7())

    answers = [await graph(NODE, {"id": each}, viewer=viewer) for each in (gid("Customer", row), missing)]

    assert [answer.data for answer in answers] == [{"node": None}] * 2
    assert not answers[0].errors


async def test_an_administrator_sees_every_customer_that_there_is(graph: Graph) -> None:
    row = graph.customer(name="Ada")

    data = await graph.data(NODE, viewer=ADMIN, id=gid("Customer", row))

    assert data["node"]["name"] == "Ada"
    assert await graph.data(NODE, viewer=ADMIN, id=gid("Customer", uuid7())) == {"node": None}


async def test_members_are_shown_once_for_each_role(graph: Graph) -> None:
    house, empty = graph.organisation(slug="house"), graph.organisation(slug="empty")
    ada, bob = graph.customer(name="Ada", email="a@example.org"), graph.customer(name="Bob", email="b@example.org")
    graph.member(house, ada, OrgRole.OWNER)
    graph.member(house, bob, OrgRole.DOOR)
    graph.member(house, bob, OrgRole.FINANCE)

    data = await graph.data(MEMBERS, viewer=ADMIN, ids=[gid("Organisation", each) for each in (house, empty)])

    first = {"id": gid("Customer", ada), "name": "Ada", "email": "a@example.org"}
    second = {"id": gid("Customer", bob), "name": "Bob", "email": "b@example.org"}
    assert data["nodes"] == [
        {
            "slug": "house",
            "members": [
                {"role": "OWNER", "user": first},
                {"role": "DOOR", "user": second},
                {"role": "FINANCE", "user": second},
            ],
        },
        {"slug": "empty", "members": []},
    ]


@pytest.mark.parametrize("role", OrgRole)
async def test_whoever_works_for_an_organisation_sees_its_members_and_no_others(graph: Graph, role: OrgRole) -> None:
    """As the database alone has it, whatever stands before it."""
    house, foreign = graph.organisation(), graph.organisation()
    ada, eve = graph.customer(), graph.customer()
    membership = graph.member(house, ada, role)
    graph.member(foreign, eve, OrgRole.OWNER)
    await graph.flush()
    staff = Viewer(Role.CUSTOMER, "ada", ada, frozenset({membership}))
    context = Context(graph.database, SECRET, NOW, staff)

    mine, theirs = await members_of(
        context,
        [{"organisation_id": house}, {"organisation_id": foreign}],  # type: ignore[list-item] # what it reads of a row
        arguments=PageArguments(None),
    )

    assert [member["customer_id"] for member in mine] == [ada]
    assert theirs == []


async def test_nobody_else_sees_members(graph: Graph) -> None:
    house = graph.organisation()
    graph.member(house, graph.customer())

    answer = await graph(MEMBERS, {"ids": [gid("Organisation", house)]}, viewer=customer("eve"))

    assert answer.data["nodes"][0]["members"] is None
    assert answer.codes == ["FORBIDDEN"]
