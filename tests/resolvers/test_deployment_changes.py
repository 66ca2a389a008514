"""Nothing of what a deployment does not show is changed there, by whomever: every mutation says that it is not there.

A new argument that takes an id needs a line here.
"""

import itertools
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import GraphQLInputType, get_named_type, is_input_object_type
from sqlalchemy import text

from auth.check_in_codes import CheckInKeys
from auth.viewer import ADMIN
from commands.catalogue.deleting import DELETABLE
from db.deployment import Part, Within
from db.once import Once
from domain.ids import uuid7
from integrations.payments.port import TRIAL, Payments
from integrations.payments.trial import Trial
from schema import graphql_schema
from tests.plugins.graph import NOW, Graph, gid

KEYS = CheckInKeys.of([b"k" * 32])
"""What signs codes for the door."""

NODES = {
    "Function": "function",
    "Event": "event",
    "Ticket": "ticket",
    "Package": "package",
    "CapacityPool": "pool",
    "PriceRule": "price_rule",
    "Voucher": "voucher",
    "EligibilityRule": "eligibility_rule",
    "Tax": "tax",
}
"""What can be deleted, and what it is called here."""

MONEY = 'price: "1", currency: "EUR"'
RULE = 'kind: MEMBER, name: "Mine", shareOff: "0.1"'
VOUCHER = 'code: "MINE", kind: PERCENTAGE, shareOff: "0.1"'
OWN_TICKET = 'lines: [{itemId: "$own_ticket", quantity: 1}], email: "a@example.org"'

NAMED_BY: Mapping[str, Mapping[str, list[str]]] = {
    "createFunction": {
        "input.organisationId": [
            '(input: {name: "Mine", timezone: "Europe/Brussels", organisationId: "$organisation"})'
        ]
    },
    "updateFunction": {
        "id": ['(id: "$function", version: 1, input: {name: "Mine"})'],
        "input.organisationId": ['(id: "$own_function", version: 1, input: {organisationId: "$organisation"})'],
    },
    "createEvent": {
        "input.functionId": [
            '(input: {title: "Mine", eventStart: "2027-06-01T10:00:00Z", functionId: "$function"})',
        ],
        "input.organisationId": [
            """(input: {
                title: "Mine", eventStart: "2027-06-01T10:00:00Z", timezone: "UTC", organisationId: "$organisation"
            })""",
        ],
    },
    "updateEvent": {
        "id": ['(id: "$event", version: 1, input: {title: "Mine"})'],
        "input.functionId": ['(id: "$own_event", version: 1, input: {functionId: "$function"})'],
        "input.organisationId": ['(id: "$own_event", version: 1, input: {organisationId: "$organisation"})'],
    },
    "upsertTicket": {
        "id": ['(id: "$ticket", version: 1, input: {name: "Mine"})'],
        "input.eventId": [f'(input: {{eventId: "$event", name: "Mine", {MONEY}}})'],
        "input.poolIds": [
            f'(input: {{eventId: "$own_event", name: "Mine", {MONEY}, poolIds: ["$pool"]}})',
            '(id: "$own_ticket", version: 1, input: {poolIds: ["$pool"]})',
        ],
        "input.taxIds": [
            f'(input: {{eventId: "$own_event", name: "Mine", {MONEY}, taxIds: ["$tax"]}})',
            '(id: "$own_ticket", version: 1, input: {taxIds: ["$tax"]})',
        ],
    },
    "upsertPackage": {
        "id": ['(id: "$package", version: 1, input: {name: "Mine"})'],
        "input.functionId": [
            f"""(input: {{
                functionId: "$function", name: "Mine", {MONEY}, items: [{{ticketId: "$ticket", quantity: 1}}]
            }})"""
        ],
        "input.items.ticketId": [
            f"""(input: {{
                functionId: "$own_function", name: "Mine", {MONEY}, items: [{{ticketId: "$ticket", quantity: 1}}]
            }})""",
            '(id: "$own_package", version: 1, input: {items: [{ticketId: "$ticket", quantity: 1}]})',
        ],
    },
    "upsertPool": {
        "id": ['(id: "$pool", version: 1, input: {name: "Mine"})'],
        "input.organisationId": ['(input: {name: "Mine", organisationId: "$organisation"})'],
    },
    "upsertPriceRule": {
        "id": ['(id: "$price_rule", version: 1, input: {name: "Mine"})'],
        "input.functionId": [f'(input: {{functionId: "$function", {RULE}}})'],
        "input.ticketId": [f'(input: {{ticketId: "$ticket", {RULE}}})'],
        "input.packageId": [f'(input: {{packageId: "$package", {RULE}}})'],
    },
    "upsertVoucher": {
        "id": ['(id: "$voucher", version: 1, input: {maxUses: 7})'],
        "input.organisationId": [f'(input: {{organisationId: "$organisation", {VOUCHER}}})'],
        "input.functionId": [f'(input: {{organisationId: "$own_organisation", functionId: "$function", {VOUCHER}}})'],
        "input.ticketId": [f'(input: {{organisationId: "$own_organisation", ticketId: "$ticket", {VOUCHER}}})'],
        "input.packageId": [f'(input: {{organisationId: "$own_organisation", packageId: "$package", {VOUCHER}}})'],
    },
    "upsertTax": {
        "id": ['(id: "$tax", version: 1, input: {name: "Mine"})'],
        "input.organisationId": [
            '(input: {organisationId: "$organisation", name: "Mine", rate: "0.1", isIncluded: true})'
        ],
    },
    "upsertEligibilityRule": {
        "id": ['(id: "$eligibility_rule", version: 1, input: {description: "Mine"})'],
        "input.ticketId": ['(input: {ticketId: "$ticket", code: STAFF, description: "Mine"})'],
        "input.packageId": ['(input: {packageId: "$package", code: STAFF, description: "Mine"})'],
        "input.memberOfId": [
            '(input: {ticketId: "$own_ticket", code: ORGANISATION, memberOfId: "$organisation", description: "Mine"})',
            '(id: "$own_eligibility_rule", version: 1, input: {memberOfId: "$organisation"})',
        ],
    },
    "createRegistration": {
        "input.lines.itemId": [
            f'(input: {{lines: [{{itemId: "${item}", quantity: 1}}], email: "a@example.org"}})'
            for item in ("ticket", "package")
        ],
        "input.billedToId": [f'(input: {{{OWN_TICKET}, billedToId: "$organisation"}})'],
        "input.voucherCode": [f'(input: {{{OWN_TICKET}, voucherCode: "$code_of_voucher"}})'],
    },
    "updateAttendees": {"id": ['(id: "$registration", version: 1, attendees: [])']},
    "completeRegistration": {"id": ['(id: "$registration")']},
    "cancelRegistration": {"id": ['(id: "$registration")']},
    "joinWaitingList": {
        "input.itemId": [f'(input: {{itemId: "${item}", email: "a@example.org"}})' for item in ("ticket", "package")]
    },
    "leaveWaitingList": {"id": ['(id: "$entry")']},
    "acceptOffer": {"id": ['(id: "$entry")']},
    "checkInAttendee": {
        "code": ['(code: "$code_of_attendee", eventId: "$event")'],
        "eventId": ['(code: "$code_of_own_attendee", eventId: "$event")'],
    },
    "startPayment": {"registrationId": [f'(registrationId: "$registration", provider: "{TRIAL}")']},
    "createRefund": {
        "paymentId": ['(paymentId: "$payment")'],
        "attendeeIds": ['(paymentId: "$own_payment", attendeeIds: ["$attendee"])'],
    },
    "restoreNode": {"id": ['(id: "$deleted")', *(f'(id: "${each}")' for each in NODES.values())]},
    "deleteNode": {"id": [f'(id: "${each}", version: 1)' for each in reversed(NODES.values())]},
}
"""Each argument of a mutation that names something, with all else that it needs to find it: `$event` is an event that
is not shown, `$own_event` one that is. What deletes comes last."""

NAME_NOTHING = {
    "updateFeatureFlag": "flags are the installation's, for all of its deployments",
    "runFunctionMigration": "the move is of the whole installation: a deployment that shows a part refuses it",
    "rollBackFunctionMigration": "the same",
    "completeFunctionMigration": "the same",
}
"""Mutations that name nothing of an organisation or a function, and why they need not."""

NEVER_LOOKED_FOR = {
    "upsertPackage input.items.ticketId": "a package has tickets of its own function alone",
    "checkInAttendee eventId": "whoever comes to the wrong event is told so, whichever it is",
    "createRefund attendeeIds": "only those are looked for that the payment is of",
}
"""Arguments that are answered without regard to what else there is, and why."""


def ways(names: tuple[str, ...], kind: GraphQLInputType) -> Iterator[str]:
    """The ways within an argument to all that takes an id."""
    named = get_named_type(kind)
    if is_input_object_type(named):
        for name, field in named.fields.items():
            yield from ways((*names, name), field.type)
    elif named.name == "ID":
        yield ".".join(names)


def test_every_id_that_a_mutation_takes_has_a_line() -> None:
    mutations = graphql_schema().mutation_type
    assert mutations is not None
    takes = {
        name: {way for argument, its in field.args.items() for way in ways((argument,), its.type)}
        for name, field in mutations.fields.items()
    }
    codes = {"checkInAttendee": {"code"}, "createRegistration": {"input.voucherCode"}}

    assert {name for name, its in takes.items() if not its} == NAME_NOTHING.keys()
    assert {name: its | codes.get(name, set()) for name, its in takes.items() if its} == {
        name: its.keys() for name, its in NAMED_BY.items()
    }
    assert NODES.keys() == DELETABLE.keys()


# -- what is shown, and what is not -----------------------------------------------------------------------------------

Ids = dict[str, str]


@dataclass(frozen=True, slots=True)
class Shop:
    """Something of each kind, with nothing wrong about it.

    Attributes:
        function: of which it all is.
        organisation: whose it is.
        ids: of everything, by what it is called here, and the codes of what has one.
    """

    function: uuid.UUID
    organisation: uuid.UUID
    ids: Ids


def shop(graph: Graph, organisation: uuid.UUID) -> Shop:
    function = graph.function(organisation_id=organisation)
    its = {"organisation_id": organisation}
    event = graph.event(function, **its)
    deleted = graph.event(function, deleted_at=graph.now, **its)
    pool = graph.pool(**its)
    ticket = graph.ticket(event, [pool])
    package = graph.package(function, [ticket])
    registration = graph.registration(function_id=function, **its)
    attendee = graph.attendee(registration, graph.line(registration, ticket), ticket, event)
    number = function.hex[-12:].upper()
    paid = graph.registration(
        function_id=function, state="CONFIRMED", confirmation_number=number, confirmed_at=NOW, **its
    )
    received = {"received_amount": 1250, "received_currency": "EUR"}
    payment = graph.payment(paid, state="SUCCEEDED", provider_reference=f"paid-{function}", **received)
    rule = graph.eligibility_rule(package_id=package, kind="ORGANISATION", member_of_id=organisation, **its)
    keys = {
        "Organisation": {"organisation": organisation},
        "Function": {"function": function},
        "Event": {"event": event, "deleted": deleted},
        "CapacityPool": {"pool": pool},
        "Ticket": {"ticket": ticket},
        "Package": {"package": package},
        "PriceRule": {"price_rule": graph.price_rule(function_id=function, share_off=100_000, **its)},
        "Voucher": {"voucher": graph.voucher(function_id=function, code=number, **its)},
        "EligibilityRule": {"eligibility_rule": rule},
        "Tax": {"tax": graph.tax(**its)},
        "Registration": {"registration": registration},
        "Attendee": {"attendee": attendee},
        "Payment": {"payment": payment},
        "WaitingListEntry": {"entry": graph.waiting(ticket, function_id=function, **its)},
    }
    ids = {name: gid(typename, key) for typename, of_type in keys.items() for name, key in of_type.items()}
    codes = {"code_of_voucher": number, "code_of_attendee": KEYS.issue(attendee)}
    return Shop(function, organisation, ids | codes)


def ghosts(ids: Ids) -> Ids:
    """The same of what never was."""
    made = {name: gid(each.split("_")[0], uuid7()) for name, each in ids.items() if not name.startswith("code_of")}
    return made | {"code_of_voucher": "CODE-OF-NOTHING", "code_of_attendee": KEYS.issue(uuid7())}


def documents(own: Ids, named: Ids) -> dict[str, str]:
    """Every mutation that names something, by each of its arguments that do."""
    inside = {f"own_{name}": each for name, each in own.items()}
    inside["code_of_own_attendee"] = own["code_of_attendee"]
    made = {}
    for name, its in NAMED_BY.items():
        for way, lines in its.items():
            for line in lines:
                arguments = re.sub(r"\$(\w+)", lambda found: {**named, **inside}[found[1]], line)
                made[f"{name} {way} {line}"] = f"mutation {{ done: {name}{arguments} {{ {ERRORS} }} }}"
    return made


ERRORS = "userErrors { __typename message field code }"

_requests = itertools.count()


async def told(graph: Graph, document: str) -> Any:
    """What is wrong, by a mutation's answer."""
    request = f"{next(_requests)}"
    once = Once("root", request, "done", request.rjust(64, "0"), NOW)
    graph.asking = {"keys": KEYS, "once": once, "payments": Payments({TRIAL: Trial(graph.owner)})}
    answer = await graph(document, viewer=ADMIN)
    assert not answer.errors, (document, answer.errors)
    return answer.data["done"]["userErrors"]


async def stored(graph: Graph) -> dict[str, list[Any]]:
    """All rows of all tables that hold what is sold, and to whom."""
    tables = ("functions", "events", "event_tickets", "packages", "capacity_pools", "registrations", "attendees")
    terms = ("price_rules", "vouchers", "taxes", "eligibility_rules", "ticket_pools", "ticket_taxes", "package_items")
    sold = ("registration_lines", "pool_claims", "waiting_list_entries", "payments", "refunds", "check_ins")
    async with graph.owner.write() as connection:
        return {
            table: [tuple(row) for row in await connection.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2"))]  # noqa: S608 - names from above
            for table in (*tables, *terms, *sold)
        }


SHARED = ("$organisation", "$pool", "$tax")
"""What an organiser's functions have in common: where one of them is shown, it is."""


@pytest.mark.parametrize("part", list(Part))
async def test_what_is_not_shown_is_not_there_to_be_changed(graph: Graph, part: Part) -> None:
    """Whoever names it is told what they are told of what never was, and nothing of it is written."""
    own, other, neighbour = shop(graph, graph.home), shop(graph, graph.organisation()), shop(graph, graph.home)
    await graph.flush()
    before = await stored(graph)
    graph.within = Within(part, {Part.FUNCTION: own.function, Part.ORGANISATION: own.organisation}[part])
    never = {each: await told(graph, document) for each, document in documents(own.ids, ghosts(own.ids)).items()}
    outside = documents(own.ids, other.ids)
    found = {each: await told(graph, document) for each, document in outside.items()}
    if part is Part.FUNCTION:  # which its organiser's other functions are not
        beside = documents(own.ids, neighbour.ids)
        left = [each for each in beside if not any(name in each for name in SHARED)]
        assert {each: await told(graph, beside[each]) for each in left} == {each: never[each] for each in left}

    assert {each: errors for each, errors in found.items() if not errors or errors != never[each]} == {}
    assert await stored(graph) == before


async def test_where_everything_is_shown_the_same_is_there(graph: Graph) -> None:
    """So that it is the deployment that keeps it from being found."""
    own, neighbour, other = shop(graph, graph.home), shop(graph, graph.home), shop(graph, graph.organisation())
    await graph.flush()
    never = {each: await told(graph, document) for each, document in documents(own.ids, ghosts(own.ids)).items()}
    alike = set(never)
    for named in (neighbour, other):
        asked = documents(own.ids, named.ids)
        alike &= {each for each, document in asked.items() if await told(graph, document) == never[each]}

    assert {" ".join(each.split()[:2]) for each in alike} == NEVER_LOOKED_FOR.keys()
