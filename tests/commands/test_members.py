"""Who works for whom: changed in one transaction with the audit log's entry, or not at all."""

import pytest

from auth.claims import customer_id_of
from auth.people import People
from auth.viewer import Membership, Role, Viewer
from commands.members import UnknownOrganisation, add_member, remove_member
from db.contention import RowRefused
from domain.audit import Actor
from domain.errors import InvalidArgument
from domain.members import OrgRole
from tests.plugins.graph import NOW, Graph

BOSS = Actor("boss", "admin", request_id="request-1")
ADA = Viewer(Role.CUSTOMER, "ada", customer_id_of("ada"))


async def entries(graph: Graph) -> list[tuple[object, ...]]:
    columns = "action, subject, actor, actor_role, request_id, reason, details"
    async with graph.owner.reading.lend() as connection:
        rows = await connection.fetch(f"SELECT {columns} FROM audit_log ORDER BY entry_id")  # noqa: S608 - as above
    return [tuple(row) for row in rows]


async def test_who_is_added_works_there_and_who_is_removed_does_not(graph: Graph) -> None:
    house = graph.organisation(slug="house")
    await graph.flush()

    assert await add_member(graph.owner, "house", "ada", OrgRole.DOOR, actor=BOSS, reason="new") is True
    assert await add_member(graph.owner, "house", "ada", OrgRole.DOOR, actor=BOSS, reason="again") is False
    assert (await People(graph.owner).complete(ADA)).memberships == {Membership(house, OrgRole.DOOR)}
    assert await remove_member(graph.owner, "house", "ada", OrgRole.OWNER, actor=BOSS, reason="never was") is False
    assert await remove_member(graph.owner, "house", "ada", OrgRole.DOOR, actor=BOSS, reason="left") is True
    assert (await People(graph.owner).complete(ADA)).memberships == frozenset()

    details = {"organisation": "house", "role": "DOOR"}
    assert await entries(graph) == [
        ("add member", "ada", "boss", "admin", "request-1", "new", details),
        ("remove member", "ada", "boss", "admin", "request-1", "left", details),
    ]


async def test_a_first_write_makes_the_row_that_reading_told_of(graph: Graph) -> None:
    graph.organisation(slug="house")
    await graph.flush()
    before = await graph.data("{ viewer { id } }", viewer=ADA)

    await add_member(graph.owner, "house", "ada", OrgRole.DOOR, actor=BOSS, reason="new")

    assert await graph.data("{ viewer { id } }", viewer=await People(graph.owner).complete(ADA)) == before


async def test_a_row_that_is_there_is_kept(graph: Graph) -> None:
    row = graph.customer(subject="ada", name="Ada")
    graph.organisation(slug="house")
    await graph.flush()

    await add_member(graph.owner, "house", "ada", OrgRole.DOOR, actor=BOSS, reason="new")

    assert (await People(graph.owner).complete(ADA)).customer_id == row


@pytest.mark.parametrize("slug", ["nowhere", "gone"])
async def test_what_is_refused_leaves_nothing_behind(graph: Graph, slug: str) -> None:
    graph.organisation(slug="gone", deleted_at=NOW)
    graph.organisation(slug="house")
    await graph.flush()

    with pytest.raises(UnknownOrganisation):
        await add_member(graph.owner, slug, "ada", OrgRole.DOOR, actor=BOSS, reason="new")
    with pytest.raises(RowRefused):
        await add_member(graph.owner, "house", " ", OrgRole.DOOR, actor=BOSS, reason="new")
    with pytest.raises(InvalidArgument):
        await add_member(graph.owner, "house", "ada", OrgRole.DOOR, actor=BOSS, reason="ask ada@example.org")

    assert await entries(graph) == []
    async with graph.owner.reading.lend() as connection:
        assert await connection.fetchval("SELECT count(*) FROM customers") == 0
