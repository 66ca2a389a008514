"""What an answer is noted to be a part of: whatever changes it, and little else."""

import ast
from pathlib import Path

import pytest

import resolvers
from auth.viewer import ADMIN
from db.changes import NOTHING, read_changes
from domain.changes import with_whole
from tests.plugins.graph import Graph, gid

OPERATIONS = {
    "function": '{ function(slug: "camp") { name organisation { name } } }',
    "nobody": '{ function(slug: "other") { name } }',
    "events of function": '{ function(slug: "camp") { events(first: 2) { totalCount nodes { title } } } }',
    "featured": '{ function(slug: "camp") { events(filter: {isFeatured: true}) { nodes { title } } } }',
    "days": '{ function(slug: "camp") { days { date eventCount events(first: 1) { nodes { title } } } } }',
    "way": '{ event(slug: "child") { breadcrumbs { name slug } } }',
    "events": "{ events(first: 3) { nodes { title } pageInfo { hasNextPage } } }",
    "events by slug": '{ events(filter: {functionSlug: "camp"}, first: 2) { nodes { title } } }',
    "tickets": '{ event(slug: "opening") { tickets { nodes { name price { amount } } } } }',
    "availability": '{ event(slug: "opening") { tickets { nodes { availability { state remaining } } } } }',
    "packages": '{ event(slug: "opening") { packages { name items { quantity ticket { name } } } } }',
    "package availability": '{ function(slug: "camp") { packages { nodes { availability { state } } } } }',
    "hierarchy": '{ event(slug: "child") { hierarchy { root { __typename } siblings { title } } } }',
    "parent": '{ event(slug: "child") { parentEvent { title } functionName childEvents { title } } }',
    "homepage": "{ homepage { featuredEvents { title } upcoming(first: 2) { nodes { title } } } }",
    "search": '{ search(query: "camp") { edges { node { __typename } } } }',
    "node": "{ node(id: %(ticket)r) { ... on Ticket { name event { title } } } }",
    "hidden node": "{ node(id: %(hidden)r) { ... on Ticket { name } } }",
    "package": "{ package(id: %(package)r) { name function { name } items { allocatedPrice { amount } } } }",
    "organisation": '{ organisation(slug: "home") { functions { nodes { name } } } }',
}
WRITES = [
    "UPDATE functions SET name = 'Camping' WHERE slug = 'camp'",
    "UPDATE functions SET slug = 'other' WHERE slug = 'camp'",
    "UPDATE functions SET is_active = false WHERE slug = 'camp'",
    "UPDATE functions SET is_active = true WHERE slug = 'asleep'",
    "UPDATE organisations SET name = 'House'",
    "UPDATE organisations SET deleted_at = now()",
    "UPDATE events SET title = 'Doors of the camp' WHERE slug = 'opening'",
    "UPDATE events SET event_start = event_start + interval '9 days' WHERE slug = 'opening'",
    "UPDATE events SET is_published = false WHERE slug = 'opening'",
    "UPDATE events SET is_published = true WHERE slug = 'draft'",
    "UPDATE events SET is_featured = NOT is_featured",
    "UPDATE events SET function_id = NULL WHERE slug = 'closing'",
    "UPDATE events SET parent_event_id = NULL WHERE slug = 'child'",
    "UPDATE events SET function_id = (SELECT function_id FROM functions WHERE slug = 'camp') WHERE slug = 'child'",
    """INSERT INTO events (event_id, organisation_id, function_id, title, slug, timezone, event_start, is_published)
       SELECT gen_random_uuid(), organisation_id, function_id, 'Early', 'early', timezone,
              event_start - interval '1 hour', true FROM events WHERE slug = 'opening'""",
    "UPDATE event_tickets SET price_amount = 1 WHERE name = 'Day'",
    "UPDATE event_tickets SET is_active = NOT is_active",
    "UPDATE event_tickets SET event_id = (SELECT event_id FROM events WHERE slug = 'closing') WHERE name = 'Day'",
    "UPDATE capacity_pools SET sold = capacity",
    "UPDATE capacity_pools SET deleted_at = now()",
    "UPDATE capacity_pools SET deleted_at = NULL",
    "DELETE FROM ticket_pools",
    "DELETE FROM package_items WHERE quantity = 2",
    "UPDATE package_items SET quantity = 3, allocated_amount = 7",
    "UPDATE packages SET name = 'All of the camp'",
    "UPDATE packages SET is_active = NOT is_active",
    "TRUNCATE package_items",
]


@pytest.fixture
async def shop(graph: Graph) -> dict[str, str]:
    """A small shop in which each of the writes changes something; ids of some of what is in it."""
    camp = graph.function(slug="camp", name="Camp")
    graph.function(slug="asleep", name="Camp that sleeps", is_active=False)
    opening = graph.event(camp, slug="opening", is_featured=True)
    graph.event(camp, slug="closing")
    draft = graph.event(camp, slug="draft", is_published=False)
    graph.event(slug="child", parent_event_id=opening)
    pool, gone = graph.pool(10), graph.pool(0, deleted_at=graph.now)
    day, weekend = (
        graph.ticket(opening, [pool, gone], name="Day"),
        graph.ticket(opening, name="Weekend", is_active=False),
    )
    hidden = graph.ticket(draft)
    package = graph.package(camp, {day: 2, weekend: 1, hidden: 1})
    graph.package(camp, [day], is_active=False)
    await graph.flush()
    return {"ticket": gid("Ticket", day), "hidden": gid("Ticket", hidden), "package": gid("Package", package)}


@pytest.mark.parametrize("write", WRITES)
async def test_whatever_changes_an_answer_touches_it(graph: Graph, shop: dict[str, str], write: str) -> None:
    asked = {name: (text % shop if "%(" in text else text).replace("'", '"') for name, text in OPERATIONS.items()}
    before = {name: await graph(text) for name, text in asked.items()}
    snapshot = (await read_changes(graph.database, NOTHING)).snapshot

    await graph.sql(write)

    changes = (await read_changes(graph.database, snapshot)).changes
    tags = {tag for change in changes for tag in change.tags()}
    after = {name: await graph(text) for name, text in asked.items()}
    changed = {name for name in asked if before[name].data != after[name].data}
    touched = {name for name in asked if with_whole(before[name].touched.tags) & tags}
    assert all(each.touched.is_known for each in before.values())
    assert changed
    assert not changed - touched


@pytest.mark.parametrize(
    ("operation", "tables"),
    [
        ("function", {"functions": 1, "organisations": 1}),
        ("events of function", {"functions": 1, "events": 1}),
        ("days", {"functions": 1, "events": 1}),
        ("availability", {"events": 1, "event_tickets": 2, "capacity_pools": 1}),
        ("organisation", {"organisations": 1, "functions": 1}),
    ],
)
async def test_an_answer_is_a_part_of_what_it_shows_alone(
    graph: Graph, shop: dict[str, str], operation: str, tables: dict[str, int]
) -> None:
    tags = (await graph(OPERATIONS[operation])).touched.tags

    told = [tag.partition(":")[0].partition("@")[0] for tag in tags]
    assert {table: told.count(table) for table in told} == tables
    assert all(":" in tag or "@" in tag for tag in tags)


async def test_an_answer_with_what_nobody_is_told_of_is_not_known(graph: Graph, shop: dict[str, str]) -> None:
    answer = await graph('{ organisation(slug: "home") { members { role } } }', viewer=ADMIN)

    assert not answer.touched.is_known


def test_resolvers_read_in_no_other_way() -> None:
    """What is read past `Context.fetch` would not be noted, and an answer with it would be kept for too long."""
    (folder,) = resolvers.__path__
    found = [
        f"{file.name}:{node.lineno}"
        for file in Path(folder).glob("*.py")
        if file.name != "context.py"
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "database"
    ]

    assert found == []
