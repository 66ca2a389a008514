"""Grants of partners: what they publish, and what stops when a grant is taken back."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from commands import clients, grants, registry
from commands.registering import Author
from db.database import Database, DatabaseOptions, open_database
from db.statements.registry import CLIENTS, LOG, RELEASES
from domain.errors import InvalidArgument
from domain.registry import POLICIES
from persisted_queries.compiling import Candidate, OperationsRefused
from persisted_queries.grants import grantable
from persisted_queries.loading import load_registry
from schema.target import target

PERSON = Author("someone")
PUBLIC = Candidate("Count", "query Count { functions { totalCount } }")
POOLS = Candidate(
    "Pools",
    'query Pools {\n  node(id: "x") { ...Places }\n}\nfragment Places on Ticket {\n  pools { capacity held }\n}',
    file="pools.graphql",
)
FIELDS = ("CapacityPool.capacity", "CapacityPool.held", "Ticket.pools")
(GROUP,) = {name for name, fields in grantable(target()).items() if "Ticket.pools" in fields} - {"Ticket.pools"}
"""The permission that these need."""


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A database with the partner `acme`, and the client `web`, which is none."""
    async with open_database(DatabaseOptions(database_url, pool_size=4)) as opened:
        await clients.create_client(opened, "acme", POLICIES["ids-only"], PERSON, is_partner=True)
        await clients.create_client(opened, "web", POLICIES["ids-only"], PERSON)
        yield opened


async def publish(database: Database, *operations: Candidate, client: str = "acme", release: str = "1.0") -> None:
    await registry.publish(database, target(), client, release, operations, PERSON)


async def granted(database: Database) -> dict[str, list[str]]:
    return {row["name"]: row["grants"] for row in await database.fetch(CLIENTS, {})}


async def newest(database: Database) -> dict[str, Any]:
    (row,) = await database.fetch(LOG, {"client": None, "most": 1})
    return dict(row)


async def test_a_partner_publishes_what_is_public_without_any_grant(database: Database) -> None:
    await publish(database, PUBLIC)

    assert len(await database.fetch(RELEASES, {})) == 1


async def test_what_is_not_granted_is_refused_with_its_place(database: Database) -> None:
    await grants.grant(database, target(), "acme", ["CapacityPool.held"], PERSON)

    with pytest.raises(OperationsRefused) as refused:
        await publish(database, PUBLIC, POOLS)

    assert [(each.file, each.operation, each.line, each.column) for each in refused.value.faults] == [
        ("pools.graphql", "Pools", 5, 3),
        ("pools.graphql", "Pools", 5, 11),
    ]
    assert "`Ticket.pools` is not granted" in refused.value.faults[0].message
    assert await database.fetch(RELEASES, {}) == []


@pytest.mark.parametrize("name", ["INTERNAL", "Organisation.members"])
async def test_what_is_about_people_cannot_be_granted(database: Database, name: str) -> None:
    members = Candidate("Members", 'query Members { organisation(slug: "x") { members { role } } }')
    with pytest.raises(InvalidArgument) as refused:
        await grants.grant(database, target(), "acme", [name], PERSON)
    with pytest.raises(OperationsRefused) as unpublished:
        await publish(database, members)

    assert f"{name!r} cannot be granted" in str(refused.value)
    assert str(refused.value).count("INTERNAL") == ("INTERNAL" in name), "nor is it offered"
    assert [each.message for each in unpublished.value.faults] == [
        "`Organisation.members` is for people, and cannot be granted to a partner."
    ]


@pytest.mark.parametrize("names", [FIELDS, (GROUP,)], ids=["fields", "permission"])
async def test_what_is_granted_may_be_published(database: Database, names: tuple[str, ...]) -> None:
    assert await grants.grant(database, target(), "acme", names, PERSON) == tuple(sorted(names))
    assert await grants.grant(database, target(), "acme", names, PERSON) == ()

    await publish(database, POOLS)

    assert await granted(database) == {"acme": sorted(names), "web": []}


async def test_what_a_client_that_is_no_partner_may_see_is_not_decided_by_grants(database: Database) -> None:
    await publish(database, POOLS, client="web")

    with pytest.raises(grants.NoPartner):
        await grants.grant(database, target(), "web", [GROUP], PERSON)


@pytest.mark.parametrize("name", ["NOTHING", "Function.name", "Function.nope", "", "PUBLIC"])
async def test_only_what_there_is_and_is_not_public_can_be_granted(database: Database, name: str) -> None:
    with pytest.raises(InvalidArgument, match=GROUP):
        await grants.grant(database, target(), "acme", [name], PERSON)


async def test_a_grant_that_nothing_needs_is_taken_back(database: Database) -> None:
    await grants.grant(database, target(), "acme", [GROUP, "Ticket.pools"], PERSON)
    await publish(database, POOLS)

    assert await grants.revoke_grants(database, "acme", ["Ticket.pools"], PERSON) == ()

    assert (await granted(database))["acme"] == [GROUP]
    with pytest.raises(InvalidArgument, match="not granted"):
        await grants.revoke_grants(database, "acme", ["Ticket.pools"], PERSON)


async def test_a_grant_in_use_is_taken_back_by_force_alone_and_stops_what_needs_it(database: Database) -> None:
    await grants.grant(database, target(), "acme", FIELDS, PERSON)
    await publish(database, PUBLIC, POOLS)

    with pytest.raises(grants.GrantInUse, match=r"1\.0 Pools: CapacityPool\.held"):
        await grants.revoke_grants(database, "acme", ["CapacityPool.held"], PERSON)
    assert (await granted(database))["acme"] == list(FIELDS)
    stopped = await grants.revoke_grants(database, "acme", ["CapacityPool.held"], PERSON, force=True)

    assert stopped == (grants.Stopped("1.0", "Pools", ("CapacityPool.held",)),)
    entry = await newest(database)
    assert (entry["action"], entry["client"]) == ("revoke grants", "acme")
    assert entry["details"] == {
        "grants": ["CapacityPool.held"],
        "forced": True,
        "stopped": ["1.0 Pools: CapacityPool.held"],
    }
    loaded = await load_registry(database, target())
    acme = loaded.clients["acme"].client_id
    pools, count = loaded.find(acme, "Pools"), loaded.find(acme, "Count")
    assert pools is not None
    assert count is not None
    assert (pools.operation, pools.ungranted) == (None, ("CapacityPool.held",))
    assert loaded.stopped == [pools]
    assert count.operation is not None

    await grants.grant(database, target(), "acme", ["CapacityPool.held"], PERSON)
    again = (await load_registry(database, target())).find(acme, "Pools")
    assert again is not None
    assert again.operation is not None
