"""Price rules, vouchers, taxes and rules on who may buy: what they may be, whose, and what an order then costs."""

import asyncio
import json
from typing import Any

import pytest
import structlog.testing
from sqlalchemy import text

from domain.ids import uuid7
from tests.commands.catalogue.office import EDITORS, Office, org
from tests.plugins.graph import gid

UNTIL = "2027-06-01T00:00:00Z"
PRICE = "kind name until soldBelow membership amount { amount currency } shareOff appliesTo { __typename } version"
VOUCHER = "code kind shareOff amount { amount currency } maxUses used validFrom validUntil version"
RULE = "code description membership memberOf { id } item { ... on Ticket { id } } version"


def entered(office: Office) -> dict[str, Any]:
    """Something of each kind that can be entered."""
    ticket = gid("Ticket", office.graph.ticket(office.graph.event(), price_currency="EUR"))
    own = {"organisationId": org(office.home)}
    return {
        "upsertPriceRule": {
            "ticketId": ticket,
            "kind": "EARLY_BIRD",
            "name": "Early",
            "until": UNTIL,
            "amount": "9.50",
        },
        "upsertVoucher": {**own, "code": "friends-27", "kind": "PERCENTAGE", "shareOff": "0.15", "maxUses": 3},
        "upsertTax": {**own, "name": "VAT", "rate": "0.21", "isIncluded": True},
        "upsertEligibilityRule": {"ticketId": ticket, "code": "STAFF", "description": "For those who work here."},
    }


CHANGES: dict[str, dict[str, Any]] = {
    "upsertPriceRule": {"name": "Earlier"},
    "upsertVoucher": {"maxUses": None},
    "upsertTax": {"rate": "0.06"},
    "upsertEligibilityRule": {"description": "For our people."},
}


async def test_each_is_entered_changed_deleted_and_restored_and_noted(office: Office) -> None:
    for name, given in entered(office).items():
        new = await office(name, "id version", input=given)
        id_ = new.thing["id"]
        changed = await office(name, "id version", id=id_, version=1, input=CHANGES[name])
        same = await office(name, "version", id=id_, version=2, input=CHANGES[name])
        stale = await office(name, "version", id=id_, version=1, input=CHANGES[name])
        early = await office("deleteNode", id=id_, version=1)
        gone = await office("deleteNode", id=id_, version=2)
        missing = await office(name, "version", id=id_, version=3, input=CHANGES[name])
        back = await office("restoreNode", "id", id=id_)

        assert new.errors == changed.errors == gone.errors == back.errors == [], name
        assert (new.thing["version"], changed.thing, same.thing) == (1, {"id": id_, "version": 2}, {"version": 2})
        assert stale.kinds == early.kinds == [("VersionConflict", "version")]
        assert missing.kinds == [("NotFound", "id")]
        assert gone.thing == id_
        assert back.thing == {"id": id_}
        unversioned = await office(name, "version", id=id_, input=CHANGES[name])
        assert unversioned.kinds == [("InvalidInput", "version")]
    async with office.graph.owner.write() as connection:
        actions = list((await connection.scalars(text("SELECT action FROM audit_log ORDER BY entry_id"))).all())
    words = ("price rule", "voucher", "tax", "eligibility rule")
    steps = ("create", "update", "delete", "restore")
    assert actions == [f"{step} {word}" for word in words for step in steps]


async def test_who_runs_the_organisation_enters_them_and_nobody_else(office: Office) -> None:
    for name, given in entered(office).items():
        for who, viewer in office.people.items():
            rest = {"code": f"CODE-{uuid7().hex[-8:]}"} if name == "upsertVoucher" else {}
            answer = await office.ask(name, "id", viewer, input={**given, **rest})
            done = not answer.errors and answer.data["done"]["userErrors"] == []
            assert done == (who in EDITORS), (name, who)


async def test_what_was_entered_is_shown_as_it_is(office: Office) -> None:
    given = entered(office)
    price = await office("upsertPriceRule", PRICE, input=given["upsertPriceRule"])
    voucher = await office("upsertVoucher", VOUCHER, input=given["upsertVoucher"])
    tax = await office("upsertTax", "name rate isIncluded version", input=given["upsertTax"])
    club = {"code": "ORGANISATION", "memberOfId": org(office.other)}
    rule = await office("upsertEligibilityRule", RULE, input={**given["upsertEligibilityRule"], **club})

    assert price.thing == {
        "kind": "EARLY_BIRD",
        "name": "Early",
        "until": UNTIL,
        "soldBelow": None,
        "membership": None,
        "amount": {"amount": "9.50", "currency": "EUR"},
        "shareOff": None,
        "appliesTo": {"__typename": "Ticket"},
        "version": 1,
    }
    assert voucher.thing == {
        "code": "FRIENDS-27",
        "kind": "PERCENTAGE",
        "shareOff": "0.15",
        "amount": None,
        "maxUses": 3,
        "used": 0,
        "validFrom": None,
        "validUntil": None,
        "version": 1,
    }
    assert tax.thing == {"name": "VAT", "rate": "0.21", "isIncluded": True, "version": 1}
    assert rule.thing == {
        "code": "ORGANISATION",
        "description": "For those who work here.",
        "membership": None,
        "memberOf": {"id": org(office.other)},
        "item": {"id": given["upsertEligibilityRule"]["ticketId"]},
        "version": 1,
    }


WRONG = [
    ("upsertPriceRule", {"ticketId": None}, [("InvalidInput", "input.functionId")]),
    ("upsertPriceRule", {"until": None}, [("InvalidInput", "input.until")]),
    ("upsertPriceRule", {"kind": "TIER"}, [("InvalidInput", "input.until"), ("InvalidInput", "input.soldBelow")]),
    ("upsertPriceRule", {"shareOff": "0.1"}, [("InvalidInput", "input.shareOff")]),
    ("upsertPriceRule", {"amount": None}, [("InvalidInput", "input.amount")]),
    ("upsertPriceRule", {"amount": "9.505"}, [("InvalidInput", "input.amount")]),
    ("upsertPriceRule", {"amount": None, "shareOff": "1.1"}, [("InvalidInput", "input.shareOff")]),
    ("upsertPriceRule", {"membership": "friend"}, [("InvalidInput", "input.membership")]),
    ("upsertVoucher", {"code": "no"}, [("InvalidInput", "input.code")]),
    (
        "upsertVoucher",
        {"kind": "AMOUNT"},
        [("InvalidInput", f"input.{each}") for each in ("shareOff", "amount", "currency")],
    ),
    ("upsertVoucher", {"shareOff": "0.1234567"}, [("InvalidInput", "input.shareOff")]),
    (
        "upsertVoucher",
        {"validFrom": UNTIL, "validUntil": "2027-05-01T00:00:00+00:00"},
        [("InvalidInput", "input.validUntil")],
    ),
    ("upsertVoucher", {"maxUses": -1}, [("InvalidInput", "input.maxUses")]),
    ("upsertTax", {"rate": "10.5"}, [("InvalidInput", "input.rate")]),
    ("upsertTax", {"rate": None}, [("InvalidInput", "input.rate")]),
    ("upsertEligibilityRule", {"code": "ORGANISATION"}, [("InvalidInput", "input.memberOfId")]),
    ("upsertEligibilityRule", {"membership": "friend"}, [("InvalidInput", "input.membership")]),
    ("upsertEligibilityRule", {"description": " "}, [("InvalidInput", "input.description")]),
]


async def test_what_they_cannot_be_is_told(office: Office) -> None:
    given = entered(office)
    for name, wrong, kinds in WRONG:
        assert (await office(name, "id", input={**given[name], **wrong})).kinds == kinds, (name, wrong)


async def test_they_are_about_what_is_the_organisation_s_own_and_stay_so(office: Office) -> None:
    graph, given = office.graph, entered(office)
    theirs = gid("Ticket", graph.ticket(graph.event(organisation_id=office.other)))
    other = gid("Ticket", graph.ticket(graph.event()))
    for name in ("upsertPriceRule", "upsertVoucher", "upsertEligibilityRule"):
        foreign = await office(name, "id", input={**given[name], "ticketId": theirs})
        new = await office(name, "id", input=given[name])
        moved = await office(name, "id", id=new.thing["id"], version=1, input={"ticketId": other})

        assert foreign.kinds == [("NotFound", "input.ticketId")], name
        assert moved.kinds == [("InvalidInput", "input.ticketId")], name
    nowhere = {"code": "ORGANISATION", "memberOfId": org(uuid7())}
    unknown = await office("upsertEligibilityRule", "id", input={**given["upsertEligibilityRule"], **nowhere})
    assert unknown.kinds == [("NotFound", "input.memberOfId")]


async def test_a_share_of_all_that_a_function_sells(office: Office) -> None:
    function = gid("Function", office.graph.function())
    tier = {"functionId": function, "kind": "TIER", "name": "First hundred", "soldBelow": 100}
    share = await office("upsertPriceRule", PRICE, input={**tier, "shareOff": "0.25"})
    amount = await office("upsertPriceRule", PRICE, input={**tier, "amount": "9.50"})

    assert share.thing["appliesTo"] == {"__typename": "Function"}
    assert amount.kinds == [("InvalidInput", "input.amount")]


async def test_a_code_is_one_voucher_s_of_an_organisation(office: Office) -> None:
    first, second = [
        {"organisationId": org(office.home), "code": code, "kind": "PERCENTAGE", "shareOff": "0.5"}
        for code in ("ONE", "TWO")
    ]
    one, two = [await office("upsertVoucher", "id", input=each) for each in (first, second)]
    again = await office("upsertVoucher", "id", input=first)
    renamed = await office("upsertVoucher", "id", id=two.thing["id"], version=1, input={"code": "one"})
    await office("deleteNode", id=one.thing["id"], version=1)
    freed = await office("upsertVoucher", "code", id=two.thing["id"], version=1, input={"code": "one"})
    back = await office("restoreNode", "id", id=one.thing["id"])

    assert again.kinds == renamed.kinds == [("Taken", "input.code")]
    assert freed.thing == {"code": "ONE"}
    assert back.kinds == [("Taken", "id")]


async def test_a_voucher_is_good_for_no_fewer_orders_than_it_counts_in(office: Office) -> None:
    voucher = gid("Voucher", office.graph.voucher(used=3, max_uses=5))
    fewer = await office("upsertVoucher", "id", id=voucher, version=1, input={"maxUses": 2})
    as_many = await office("upsertVoucher", "maxUses used", id=voucher, version=1, input={"maxUses": 3})

    assert fewer.kinds == [("InvalidInput", "input.maxUses")]
    assert as_many.thing == {"maxUses": 3, "used": 3}


async def test_a_voucher_s_currency_changes_with_its_amount(office: Office) -> None:
    given = {"organisationId": org(office.home), "code": "TEN", "kind": "AMOUNT", "amount": "10", "currency": "EUR"}
    new = await office("upsertVoucher", f"id {VOUCHER}", input=given)
    alone = await office("upsertVoucher", "id", id=new.thing["id"], version=1, input={"currency": "JPY"})
    decimals = {"currency": "JPY", "amount": "10.5"}
    half = await office("upsertVoucher", "id", id=new.thing["id"], version=1, input=decimals)
    yen = await office("upsertVoucher", VOUCHER, id=new.thing["id"], version=1, input={**decimals, "amount": "1000"})

    assert new.thing["amount"] == {"amount": "10.00", "currency": "EUR"}
    assert alone.kinds == half.kinds == [("InvalidInput", "input.amount")]
    assert alone.errors[0]["code"] == "REQUIRED"
    assert yen.thing["amount"] == {"amount": "1000", "currency": "JPY"}


async def test_of_many_who_enter_a_code_at_once_one_does(office: Office) -> None:
    given = {"organisationId": org(office.home), "code": "ONCE", "kind": "PERCENTAGE", "shareOff": "0.5"}
    await office.graph.flush()
    done = await asyncio.gather(*(office("upsertVoucher", "id", input=given) for _ in range(4)))

    assert sorted(len(each.errors) for each in done) == [0, 1, 1, 1]
    assert {kind for each in done for kind in each.kinds} == {("Taken", "input.code")}


async def test_a_ticket_has_its_taxes_and_keeps_its_currency_while_rules_are_in_it(office: Office) -> None:
    graph = office.graph
    ticket = gid("Ticket", graph.ticket(graph.event(), price_currency="EUR"))
    vat, city, theirs = (gid("Tax", graph.tax(organisation_id=of)) for of in (office.home, office.home, office.other))
    taxed = await office("upsertTicket", "taxes { rate } version", id=ticket, version=1, input={"taxIds": [vat, city]})
    foreign = await office("upsertTicket", "version", id=ticket, version=2, input={"taxIds": [theirs]})
    fewer = await office("upsertTicket", "taxes { rate } version", id=ticket, version=2, input={"taxIds": [city]})
    early = {"ticketId": ticket, "kind": "MEMBER", "name": "Members", "amount": "5"}
    await office("upsertPriceRule", "id", input=early)
    dollars = await office("upsertTicket", "version", id=ticket, version=3, input={"price": "9", "currency": "USD"})

    assert taxed.thing == {"taxes": [{"rate": "0.21"}] * 2, "version": 2}
    assert foreign.kinds == [("NotFound", "input.taxIds.0")]
    assert fewer.thing == {"taxes": [{"rate": "0.21"}], "version": 3}
    assert dollars.kinds == [("InvalidInput", "input.currency")]


async def test_codes_are_shown_to_who_runs_the_organisation_and_never_logged(office: Office) -> None:
    code = "SECRET-CODE"
    given = {"organisationId": org(office.home), "code": code, "kind": "PERCENTAGE", "shareOff": "0.5"}
    with structlog.testing.capture_logs() as logs:
        await office("upsertVoucher", "code", input=given)
        await office("upsertVoucher", "code", input=given)
    listed = "query ($id: ID!) { organisation(id: $id) { vouchers { nodes { kind code } } } }"
    seen = {}
    for who, viewer in office.people.items():
        answer = await office.graph(listed, {"id": org(office.home)}, viewer=viewer)
        seen[who] = (answer.data["organisation"]["vouchers"] or {}).get("nodes")
    async with office.graph.owner.write() as connection:
        noted = (await connection.execute(text("SELECT to_jsonb(audit_log) AS entry FROM audit_log"))).mappings().all()

    assert code not in json.dumps([*logs, *(dict(each) for each in noted)], default=str)
    shown = [{"kind": "PERCENTAGE", "code": code}]
    assert {who for who, nodes in seen.items() if nodes == shown} == EDITORS
    assert {who for who, nodes in seen.items() if nodes == [{"kind": "PERCENTAGE", "code": None}]} == {
        "finance",
        "door",
    }
    assert {who for who, nodes in seen.items() if nodes is None} == set(seen) - EDITORS - {"finance", "door"}


@pytest.mark.parametrize("typename", ["PriceRule", "Voucher", "Tax", "EligibilityRule"])
async def test_others_staff_do_not_find_them(office: Office, typename: str) -> None:
    graph = office.graph
    ticket = graph.ticket(graph.event(is_published=False))
    key = {
        "PriceRule": lambda: graph.price_rule(ticket_id=ticket, amount=1),
        "Voucher": graph.voucher,
        "Tax": graph.tax,
        "EligibilityRule": lambda: graph.eligibility_rule(ticket_id=ticket),
    }[typename]()
    found = {}
    for who, viewer in office.people.items():
        data = await graph.data("query ($id: ID!) { node(id: $id) { id } }", viewer=viewer, id=gid(typename, key))
        found[who] = data["node"] is not None

    assert {who for who, is_there in found.items() if is_there} == {*EDITORS, "finance", "door"}
