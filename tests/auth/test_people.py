"""What is known of a token's subject is read from the database, and believed for a second."""

import dataclasses

from auth.claims import customer_id_of
from auth.people import SECONDS, People
from auth.viewer import OrgRole, Role, Viewer
from tests.plugins.graph import NOW, Graph

ADA = Viewer(Role.CUSTOMER, "ada", customer_id_of("ada"))


async def test_whoever_has_no_row_is_a_customer_all_the_same(graph: Graph) -> None:
    assert await People(graph.database).complete(ADA) == ADA


async def test_a_row_says_its_key_and_for_whom_its_owner_works(graph: Graph) -> None:
    row = graph.customer(subject="ada")
    house, other, deleted = graph.organisation(), graph.organisation(), graph.organisation(deleted_at=NOW)
    memberships = {
        graph.member(house, row, OrgRole.DOOR),
        graph.member(house, row, OrgRole.FINANCE),
        graph.member(other, row, OrgRole.OWNER),
    }
    graph.member(deleted, row, OrgRole.OWNER)
    graph.member(house, graph.customer(), OrgRole.MANAGER)
    await graph.flush()

    viewer = await People(graph.database).complete(ADA)

    assert viewer == dataclasses.replace(ADA, customer_id=row, memberships=frozenset(memberships))
    assert viewer.is_staff
    assert viewer.works_as(OrgRole.DOOR) == {house}


async def test_what_was_read_is_believed_for_a_second_and_no_longer(graph: Graph) -> None:
    now = 0.0
    people = People(graph.database, clock=lambda: now)
    house, row = graph.organisation(), graph.customer(subject="ada")
    membership = graph.member(house, row)
    await graph.flush()
    assert (await people.complete(ADA)).memberships == {membership}
    graph.statements.clear()

    await graph.sql("DELETE FROM organisation_members")
    now = SECONDS
    assert (await people.complete(ADA)).memberships == {membership}
    assert not graph.statements
    now = SECONDS * 1.01

    assert (await people.complete(ADA)).memberships == frozenset()
    assert [each.name for each in graph.statements] == ["callers.of_subject"]
