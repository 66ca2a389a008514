"""The page that says who may see what is what a database answers, for every field, viewer and row."""

import re
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLObjectType,
    get_named_type,
    is_composite_type,
    is_list_type,
    is_non_null_type,
)
from graphql.type import is_required_argument, is_required_input_field

from auth.viewer import Viewer
from domain.ids import encode_global_id, uuid7
from schema import graphql_schema
from schema.audience import PUBLIC_TYPES, is_public
from schema.document.matrix import ABSENT, CUSTOMER, MINE, REFUSED, ROOTS, SEES, VIEWERS, matrix, root_fields
from schema.fields import spec_of
from tests.plugins.graph import NOW, Graph

PAGE = Path(__file__).parents[2] / "docs" / "authorisation-matrix.md"
SCHEMA = graphql_schema()

Cells = dict[tuple[str, str, str, str], str]
"""What stands at a type, a field, a kind of row and a viewer."""


def stated() -> Cells:
    """What the page says."""
    cells: Cells = {}
    for section in PAGE.read_text().split("\n## ")[1:]:
        typename, _, body = section.partition("\n")
        if typename in ROOTS:
            continue
        fields: list[str] = []
        head: list[str] = []
        for line in body.splitlines():
            if line.startswith("`"):
                fields, head = re.findall(r"`(\w+)`", line.partition(":")[2]), []
            elif line.startswith("|"):
                row, *values = (each.strip() for each in line.strip("|").split("|"))
                if not head:
                    head = values
                elif not row.startswith("-"):
                    cells |= {
                        (typename, field, row, viewer): value
                        for field in fields
                        for viewer, value in zip(head, values, strict=True)
                    }
    return cells


def test_the_page_is_made_from_the_declarations() -> None:
    assert PAGE.read_text() == matrix()


def test_the_page_has_every_field_of_every_node() -> None:
    named = {(typename, field) for typename, field, _, _ in stated()}
    nodes = {each.name for each in SCHEMA.get_implementations(SCHEMA.type_map["Node"]).objects}  # type: ignore[arg-type] # an interface

    assert named == {(name, field) for name in nodes for field in SCHEMA.type_map[name].fields}  # type: ignore[attr-defined] # objects
    assert {viewer for _, _, _, viewer in stated()} == set(VIEWERS)


def test_parts_of_nodes_need_nothing_that_the_field_which_leads_to_them_does_not() -> None:
    """So that the page may leave them out."""
    nodes = {typename for typename, _, _, _ in stated()} | set(ROOTS.values())
    for each in SCHEMA.type_map.values():
        if isinstance(each, GraphQLObjectType) and not each.name.startswith("__") and each.name not in nodes:
            assert all(spec_of(field).permission.value == "PUBLIC" for field in each.fields.values()), each.name


def test_every_field_of_a_type_that_is_not_public_says_who_may_see_it() -> None:
    types = [each for each in SCHEMA.type_map.values() if isinstance(each, GraphQLObjectType) and each.name[0] != "_"]

    assert {each.name for each in types} >= PUBLIC_TYPES
    for each in types:
        for name, field in each.fields.items():
            assert is_public(each) or spec_of(field).is_declared, f"{each.name}.{name}"


FILLED = {
    "Organisation": ["payoutAccountId", "members"],
    "Function": ["privateMetadata"],
    "Ticket": ["pools"],
    "Voucher": ["code"],
    "EligibilityRule": ["item", "version"],
    "Registration": ["internalNotes"],
    "Payment": ["providerReference", "refunds"],
}
"""Fields that not everyone may see and that have a value in every row: they are null where they are refused alone."""

# -- what a database answers ------------------------------------------------------------------------------------------


@pytest.fixture
def rows(graph: Graph) -> Mapping[tuple[str, str], uuid.UUID]:
    """The key of a row of each type and kind."""
    keys: dict[tuple[str, str], uuid.UUID] = {}
    for owner, organisation in (("own", MINE), ("foreign", uuid7())):
        graph.organisation(organisation_id=organisation, payout_account_id="acct_1")
        keys["Organisation", owner] = organisation
        keys["Organisation", f"{owner}, hidden"] = graph.organisation(deleted_at=NOW)
        keys["CapacityPool", owner] = pool = graph.pool(organisation_id=organisation)
        keys["Voucher", owner] = graph.voucher(organisation_id=organisation)
        keys["Tax", owner] = graph.tax(organisation_id=organisation)
        for row, public in ((owner, True), (f"{owner}, hidden", False)):
            keys["Function", row] = function = graph.function(
                organisation_id=organisation, is_active=public, private_metadata={"a": 1}
            )
            keys["Event", row] = event = graph.event(function, organisation_id=organisation, is_published=public)
            keys["Ticket", row] = ticket = graph.ticket(event, [pool])
            keys["Package", row] = graph.package(function, [ticket])
            keys["EligibilityRule", row] = graph.eligibility_rule(organisation_id=organisation, ticket_id=ticket)
        keys["PriceRule", owner] = graph.price_rule(
            organisation_id=organisation, ticket_id=keys["Ticket", owner], amount=100
        )
    return {**keys, **orders(graph, keys), ("Customer", "own"): CUSTOMER, ("Customer", "foreign"): uuid7()}


def orders(graph: Graph, keys: Mapping[tuple[str, str], uuid.UUID]) -> dict[tuple[str, str], uuid.UUID]:
    """An order of each kind; the own one is the customer's, who has the key of the registration that the guest sees."""
    graph.customer(customer_id=CUSTOMER, subject="own")
    found = {}
    for owner, own in (("own", {"registration_id": CUSTOMER, "customer_id": CUSTOMER}), ("foreign", {})):
        organisation, event, ticket = (keys[each, owner] for each in ("Organisation", "Event", "Ticket"))
        registration = graph.registration(organisation_id=organisation, internal_notes="Late.", **own)
        line = graph.line(registration, ticket)
        found["Registration", owner] = registration
        entry = {"entry_id": CUSTOMER, "customer_id": CUSTOMER} if own else {}
        found["WaitingListEntry", owner] = graph.waiting(ticket, organisation_id=organisation, **entry)
        found["Payment", owner] = graph.payment(registration, client_secret="secret", provider_reference="pi_1" + owner)
        found["Attendee", owner] = graph.attendee(registration, line, ticket, event)
    return found


async def answered(graph: Graph, rows: Mapping[tuple[str, str], uuid.UUID], name: str, viewer: Viewer) -> Cells:
    """What one operation, which asks for every field of every row, is answered."""
    await graph.sql(
        "INSERT INTO customers (customer_id, subject) VALUES (:own, 'own'), (:foreign, 'foreign') "
        "ON CONFLICT DO NOTHING",
        own=rows["Customer", "own"],
        foreign=rows["Customer", "foreign"],
    )
    ids = [encode_global_id(typename, key) for (typename, _), key in rows.items()]
    selections = {typename: list(_selections(typename)) for typename, _ in rows}
    parts = " ".join(f"... on {each} {{ {' '.join(fields)} }}" for each, fields in selections.items())
    answer = await graph(
        f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ __typename {parts} }} }}", {"ids": ids}, viewer=viewer
    )
    assert set(answer.codes) <= {"FORBIDDEN"}, answer.errors
    refused = {tuple(error.path or ()) for error in answer.errors}
    for place, (typename, row) in enumerate(rows):
        for field in (
            FILLED.get(typename, ()) if answer.data["nodes"][place] is not None and "hidden" not in row else ()
        ):
            key = f"{typename}_{field}"
            assert (answer.data["nodes"][place][key] is None) == (("nodes", place, key) in refused)
    return {
        (typename, field, row, name): ABSENT
        if node is None
        else (REFUSED if ("nodes", place, f"{typename}_{field}") in refused else SEES)
        for place, ((typename, row), node) in enumerate(zip(rows, answer.data["nodes"], strict=True))
        for field in SCHEMA.type_map[typename].fields  # type: ignore[attr-defined] # objects
    }


def _selections(typename: str) -> Iterator[str]:
    for name, field in SCHEMA.type_map[typename].fields.items():  # type: ignore[attr-defined] # objects
        assert not any(map(is_required_argument, field.args.values())), f"{typename}.{name} cannot be asked for"
        yield f"{typename}_{name}: {name} {_below(field)}"


def _below(field: GraphQLField) -> str:
    return "{ __typename }" if is_composite_type(get_named_type(field.type)) else ""


async def test_a_database_answers_what_the_page_says(graph: Graph, rows: Mapping[tuple[str, str], uuid.UUID]) -> None:
    found: Cells = {}
    for name, viewer in VIEWERS.items():
        found |= await answered(graph, rows, name, viewer)

    expected = stated()
    assert found.keys() == expected.keys()
    assert {at: (found[at], expected[at]) for at in found if found[at] != expected[at]} == {}


# -- roots ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("section", ROOTS)
async def test_who_may_ask_for_a_field_of_a_root_is_what_the_page_says(graph: Graph, section: str) -> None:
    """Asked with values that fit their types and nothing else: whoever may ask is told what is wrong with them."""
    lines = PAGE.read_text().partition(f"## {section}\n")[2].partition("\n## ")[0].splitlines()
    cells = [[each.strip(" `") for each in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    head, _, *rows = cells
    root = SCHEMA.type_map[ROOTS[section]]
    assert isinstance(root, GraphQLObjectType)
    fields = root_fields(root)
    assert head[2:] == list(VIEWERS)
    assert [(row[0], row[1]) for row in rows] == [
        (name, spec_of(field).permission.value) for name, field in fields.items()
    ]

    for name, _, *stated in rows:
        arguments = ", ".join(f"{each}: {_value(its.type)}" for each, its in fields[name].args.items())
        given = f"({arguments})" if arguments else ""
        document = f"{root.name.lower()} {{ {name}{given} {_below(fields[name])} }}"
        for viewer, cell in zip(VIEWERS, stated, strict=True):
            answer = await graph(document, viewer=VIEWERS[viewer])
            assert ("FORBIDDEN" in answer.codes) == (cell == REFUSED), (name, viewer)
            assert cell in {SEES, REFUSED}


def _value(given: GraphQLInputType) -> str:
    """A literal that fits a type, and means nothing."""
    if not is_non_null_type(given):
        return "null"
    of = given.of_type
    if isinstance(of, GraphQLInputObjectType):
        needed = {name: field.type for name, field in of.fields.items() if is_required_input_field(field)}
        return "{" + " ".join(f"{name}: {_value(type_)}" for name, type_ in needed.items()) + "}"
    if is_list_type(of):
        return "[]"
    if isinstance(of, GraphQLEnumType):
        return next(iter(of.values))
    return {"Int": "1", "Float": "1", "Boolean": "false", "DateTime": '"2027-05-01T18:00:00Z"'}.get(str(of), '"0"')
