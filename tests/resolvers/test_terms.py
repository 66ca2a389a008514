"""Who may buy, and whether that is whoever asks; and the taxes on a ticket."""

import datetime as dt
import uuid
from typing import Any

from auth.viewer import ADMIN, ANONYMOUS, Membership, OrgRole, Role, Viewer
from domain.ids import uuid7
from tests.plugins.graph import NOW, Graph, gid

DAY = dt.timedelta(days=1)
RULES = """query ($id: ID!) { node(id: $id) {
  ... on Ticket { eligibility { code description viewerEligible } }
  ... on Package { eligibility { code description viewerEligible } }
} }"""
TAXES = (
    "query ($id: ID!) { node(id: $id) { ... on Ticket { taxes { name rate isIncluded amount { amount currency } } } } }"
)


def customer(graph: Graph, *memberships: Membership) -> Viewer:
    return Viewer(Role.CUSTOMER, "ada", graph.customer(), frozenset(memberships))


async def met(graph: Graph, id_: str, viewer: Viewer) -> dict[str, Any]:
    rules = (await graph.data(RULES, viewer=viewer, id=id_))["node"]["eligibility"]
    return {rule["code"]: rule["viewerEligible"] for rule in rules}


async def test_whoever_asks_is_told_which_rules_they_meet(graph: Graph) -> None:
    club = graph.organisation()
    ticket = graph.ticket(graph.event())
    for columns in (
        {"kind": "MEMBERSHIP", "membership": "friend"},
        {"kind": "ORGANISATION", "member_of_id": club},
        {"kind": "STAFF"},
        {"kind": "VOUCHER"},
    ):
        graph.eligibility_rule(ticket_id=ticket, **columns)
    nobody, friend, lapsed = customer(graph), customer(graph), customer(graph)
    works_here, works_there = (customer(graph, Membership(of, OrgRole.DOOR)) for of in (graph.home, club))
    await graph.flush()
    await join(graph, friend, graph.home, "friend")
    await join(graph, friend, club, "reader")
    await join(graph, lapsed, graph.home, "friend", until=NOW)

    id_ = gid("Ticket", ticket)
    rules = ("MEMBERSHIP", "ORGANISATION", "STAFF", "VOUCHER")
    expected = {
        ANONYMOUS: (False, False, False, None),
        nobody: (False, False, False, None),
        friend: (True, True, False, None),
        lapsed: (False, False, False, None),
        works_here: (False, False, True, None),
        works_there: (False, True, False, None),
        ADMIN: (False, False, False, None),
    }
    for viewer, answers in expected.items():
        assert await met(graph, id_, viewer) == dict(zip(rules, answers, strict=True))


async def join(graph: Graph, viewer: Viewer, of: uuid.UUID, kind: str, until: dt.datetime = NOW + DAY) -> None:
    await graph.sql(
        "INSERT INTO memberships (organisation_id, customer_id, kind, valid_until) VALUES (:of, :who, :kind, :until)",
        of=of,
        who=viewer.customer_id,
        kind=kind,
        until=until,
    )


async def test_what_one_is_a_member_of_is_read_once_for_all_rules(graph: Graph) -> None:
    function = graph.function()
    for _ in range(3):
        ticket = graph.ticket(graph.event(function))
        graph.eligibility_rule(ticket_id=ticket, kind="MEMBERSHIP")
        graph.eligibility_rule(package_id=graph.package(function, [ticket]), kind="MEMBERSHIP")
    document = """{ events { nodes {
      tickets { nodes { eligibility { viewerEligible } } } packages { eligibility { viewerEligible } }
    } } }"""

    answer = await graph(document, viewer=Viewer(Role.CUSTOMER, "ada", uuid7()))

    assert not answer.errors
    assert [answer.ran[name] for name in ("ticket.eligibility", "package.eligibility", "viewer.memberships")] == [1] * 3


async def test_without_rules_everybody_may(graph: Graph) -> None:
    ticket = graph.ticket(graph.event())

    assert await met(graph, gid("Ticket", ticket), ANONYMOUS) == {}


async def test_a_ticket_s_taxes_come_to_what_an_order_of_one_pays(graph: Graph) -> None:
    ticket = graph.ticket(graph.event(), price_amount=12_100)
    graph.tax([ticket], name="VAT", rate=210_000, is_included=True)
    graph.tax([ticket], name="City", rate=50_000, is_included=False)
    gone = graph.tax([ticket], name="Old")
    await graph.flush()
    await graph.sql("UPDATE taxes SET deleted_at = now() WHERE tax_id = :tax", tax=gone)

    taxes = (await graph.data(TAXES, id=gid("Ticket", ticket)))["node"]["taxes"]

    assert taxes == [
        {"name": "VAT", "rate": "0.21", "isIncluded": True, "amount": {"amount": "21.00", "currency": "EUR"}},
        {"name": "City", "rate": "0.05", "isIncluded": False, "amount": {"amount": "5.00", "currency": "EUR"}},
    ]


async def test_an_answer_hangs_on_its_rules_and_taxes(graph: Graph) -> None:
    """So that one that is kept is not given any more when they change."""
    ticket = graph.ticket(graph.event())
    rule = graph.eligibility_rule(ticket_id=ticket)
    document = "query ($id: ID!) { node(id: $id) { ... on Ticket { eligibility { code } taxes { name } } } }"

    answer = await graph(document, {"id": gid("Ticket", ticket)})

    assert answer.touched.is_known
    assert {f"eligibility_rules@{ticket}", f"event_tickets:{ticket}", "taxes"} <= answer.touched.tags
    assert f"eligibility_rules:{rule}" not in answer.touched.tags
