"""What may not be seen is as if it were not there: with it and without it, every answer is the same."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from graphql import (
    FieldNode,
    GraphQLObjectType,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    parse,
    visit,
)

from auth.viewer import ADMIN, ANONYMOUS, Membership, OrgRole, Role, Viewer
from domain.ids import uuid7
from schema import graphql_schema
from schema.fields import spec_of
from tests.plugins.graph import NOW, Graph, gid

# -- a document that takes every edge there is ------------------------------------------------------------------------

EVERYTHING = """
  query (
    $function: ID!, $event: ID!, $ticket: ID!, $package: ID!, $pool: ID!, $organisation: ID!, $ids: [ID!]!,
    $registration: ID!, $entry: ID!,
    $functionSlug: String!, $eventSlug: String!, $organisationSlug: String!
  ) {
    rateLimit { limit }
    apiVersions { name }
    enabledFeatures
    featureFlags { key }
    migrationStatus { phase validation { __typename } }
    functionNode: node(id: $function) { ...F }
    eventNode: node(id: $event) { ...E }
    ticketNode: node(id: $ticket) { ...T }
    packageNode: node(id: $package) { ...P }
    poolNode: node(id: $pool) { ...C }
    organisationNode: node(id: $organisation) { ...O }
    nodes(ids: $ids) { id ...F ...E ...T ...P ...C ...O ...N }
    function(id: $function) { ...F }
    functionBySlug: function(slug: $functionSlug) { ...F }
    event(id: $event) { ...E }
    eventBySlug: event(slug: $eventSlug) { ...E }
    package(id: $package) { ...P }
    organisation(id: $organisation) { ...O }
    organisationBySlug: organisation(slug: $organisationSlug) { ...O }
    functions(first: 50) { totalCount nodes { ...F } pageInfo { hasNextPage endCursor } }
    events(first: 50) { totalCount edges { cursor } nodes { ...E } pageInfo { hasNextPage endCursor } }
    lastEvents: events(last: 50, orderBy: { field: TITLE, direction: DESC }) { totalCount nodes { id } }
    newestEvents: events(orderBy: { field: CREATED_AT, direction: DESC }) { totalCount nodes { id } }
    featured: events(filter: { isFeatured: true }) { totalCount nodes { id } }
    ofFunction: events(filter: { functionId: $function }) { totalCount nodes { id } }
    ofFunctionBySlug: events(filter: { functionSlug: $functionSlug }) { totalCount nodes { id } }
    ofOrganisation: events(filter: { organisationId: $organisation }) { totalCount nodes { id } }
    viewer {
      id name
      registrationsOfViewer: registrations { totalCount nodes { ...R } }
      waitingList { totalCount nodes { ...W } }
    }
    registrationNode: node(id: $registration) { ...R }
    registration(id: $registration) { ...R }
    waitingListEntry(id: $entry) { ...W }
    homepage { featuredEvents { ...E } upcoming(first: 50) { totalCount nodes { id } } }
    search(query: "secret or public") { edges { cursor node { __typename ...F ...E ...P } } }
  }
  fragment O on Organisation {
    id name slug
    functions { totalCount nodes { id name } }
    members { user { id } role }
    priceRules { totalCount nodes { id name appliesTo { ...S } } }
    vouchers { totalCount nodes { id code appliesTo { ...S } } }
    taxes { totalCount nodes { id } }
    eligibilityRules { totalCount nodes { id } }
    registrations { totalCount nodes { id } }
    waitingListOfOrganisation: waitingList { totalCount nodes { id } }
  }
  fragment W on WaitingListEntry {
    id email ahead
    item { __typename ... on Ticket { id } ... on Package { id } }
    registration { id }
    customer { id }
  }
  fragment R on Registration {
    id
    functionOfRegistration: function { id }
    customer { id }
    billedTo { id }
    lines { quantity item { __typename ... on Ticket { id } ... on Package { id } } }
    taxes { name }
    payments { id refunds { createdAt } registration { id } }
    attendees { totalCount nodes { id name checkInCode registration { id } event { id } ticket { id } } }
  }
  fragment F on Function {
    id name slug
    organisation { id name }
    breadcrumbs { name slug node { id } }
    days { date eventCount eventsOfDay: events { totalCount nodes { id title } } }
    events { totalCount nodes { id title } }
    packages { totalCount nodes { id name } }
  }
  fragment E on Event {
    id title slug
    function { id name }
    functionName
    functionSlug
    organisation { id name }
    tickets { totalCount nodes { ...T } }
    attendeesOfEvent: attendees { totalCount nodes { id name } }
    packagesOfEvent: packages { ...P }
    breadcrumbs { name slug node { id } }
    hierarchy {
      source
      root { __typename ... on Function { id } ... on Event { id } }
      siblings { id title }
    }
    parentEventId
    parentEvent { id title }
    childEvents { id title }
  }
  fragment T on Ticket {
    id name
    event { id title }
    availability { state remaining }
    taxesOfTicket: taxes { name amount { amount } }
    eligibility { ...L }
    pools { ...C }
  }
  fragment L on EligibilityRule { id code description viewerEligible memberOf { id } itemOfRule: item { ...S } }
  fragment S on Node { id }
  fragment N on PriceRule { id name appliesTo { ...S } }
  fragment C on CapacityPool { id name capacity sold held ticketsOfPool: tickets { id name } }
  fragment P on Package {
    id name
    function { id }
    items { quantity ticket { id name } }
    eligibility { ...L }
    availability { state remaining }
  }
"""


def test_the_document_takes_every_edge_of_the_schema() -> None:
    schema = graphql_schema()
    taken: set[str] = set()
    info = TypeInfo(schema)

    class Fields(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            parent = info.get_parent_type()
            assert parent is not None
            taken.add(f"{get_named_type(parent).name}.{node.name.value}")

    visit(parse(EVERYTHING), TypeInfoVisitor(info, Fields()))
    edges = {
        f"{name}.{field_name}"
        for name, each in schema.type_map.items()
        if isinstance(each, GraphQLObjectType)
        and not name.startswith("__")
        # What a subscription or a mutation shows is found as `node` finds it.
        and name not in {"Subscription", "Mutation"}
        and not name.endswith("Payload")
        for field_name, field in each.fields.items()
        if spec_of(field).resolve is not None
    }

    assert edges <= taken


# -- what is there, and what is hidden --------------------------------------------------------------------------------

Keys = dict[str, uuid.UUID]
SECRETS = {
    "function": "Function",
    "event": "Event",
    "ticket": "Ticket",
    "package": "Package",
    "pool": "CapacityPool",
    "registration": "Registration",
    "rule": "EligibilityRule",
    "price rule": "PriceRule",
    "voucher": "Voucher",
    "tax": "Tax",
    "entry": "WaitingListEntry",
}


@pytest.fixture
def keys(graph: Graph) -> Keys:
    """A function with a family of events, two events that stand alone, and the keys of what is not there yet."""
    function = graph.function(name="Public function", slug="public-function")
    parent = graph.event(function, title="Public parent", is_featured=True)
    child = graph.event(function, title="Public child", parent_event_id=parent)
    alone, other = graph.event(title="Public alone"), graph.event(title="Public other", is_featured=True)
    pool = graph.pool()
    ticket = graph.ticket(child, [pool], name="Public ticket")
    lonely = graph.ticket(alone, name="Public lonely ticket")
    package = graph.package(function, [ticket], name="Public package")
    visible = {
        "function": function,
        "parent": parent,
        "child": child,
        "alone": alone,
        "other": other,
        "pool": pool,
        "ticket": ticket,
        "lonely": lonely,
        "package": package,
    }
    return visible | {f"secret {kind}": uuid7() for kind in SECRETS}


async def everything(graph: Graph, keys: Keys, viewer: Viewer) -> tuple[Any, list[str | None]]:
    """All that there is to be seen, asked for by the keys of what is not there as well."""
    secret = {typename: gid(typename, keys[f"secret {kind}"]) for kind, typename in SECRETS.items()}
    visible = [
        gid("Function", keys["function"]),
        gid("Event", keys["child"]),
        gid("Event", keys["alone"]),
        gid("Ticket", keys["ticket"]),
        gid("Package", keys["package"]),
        gid("CapacityPool", keys["pool"]),
    ]
    answer = await graph(
        EVERYTHING,
        {
            "function": secret["Function"],
            "event": secret["Event"],
            "ticket": secret["Ticket"],
            "package": secret["Package"],
            "pool": secret["CapacityPool"],
            "registration": secret["Registration"],
            "entry": secret["WaitingListEntry"],
            "organisation": gid("Organisation", uuid7()),
            "ids": [*secret.values(), *visible],
            "functionSlug": "secret-function",
            "eventSlug": "secret-event",
            "organisationSlug": "secret-organisation",
        },
        viewer=viewer,
    )
    assert set(answer.codes) <= {"FORBIDDEN"}, answer.errors
    return answer.data, answer.codes


def hide_a_function(graph: Graph, keys: Keys, **hidden: object) -> list[str]:
    """One that groups two events which are seen, and sells a package of one of their tickets."""
    function = graph.function(function_id=keys["secret function"], name="Secret", slug="secret-function", **hidden)
    graph.package(function, [keys["lonely"]], package_id=keys["secret package"], name="Secret package")
    return ["UPDATE events SET function_id = :function WHERE event_id IN (:alone, :other)"]


def hide_an_event(graph: Graph, keys: Keys, **hidden: object) -> list[str]:
    """One between events which are seen, with a ticket that draws on a pool and stands in no package."""
    event = graph.event(
        keys["function"],
        event_id=keys["secret event"],
        parent_event_id=keys["parent"],
        title="Secret",
        slug="secret-event",
        is_featured=True,
        **hidden,
    )
    graph.ticket(event, [keys["pool"]], ticket_id=keys["secret ticket"], name="Secret ticket")
    return ["UPDATE events SET parent_event_id = :event WHERE event_id IN (:alone, :other)"]


def hide_a_ticket(graph: Graph, keys: Keys, **hidden: object) -> list[str]:
    """One of an event that is seen."""
    graph.ticket(keys["child"], [keys["pool"]], ticket_id=keys["secret ticket"], name="Secret", **hidden)
    return []


def hide_a_package(graph: Graph, keys: Keys, **hidden: object) -> list[str]:
    """One of a function and of tickets that are seen."""
    graph.package(
        keys["function"],
        [keys["ticket"], keys["lonely"]],
        package_id=keys["secret package"],
        name="Secret package",
        **hidden,
    )
    return []


def hide_a_pool(graph: Graph, keys: Keys, **hidden: object) -> list[str]:
    """One that a ticket which is seen draws on."""
    graph.pool(pool_id=keys["secret pool"], capacity=None, name="Secret pool", **hidden)
    return ["INSERT INTO ticket_pools (ticket_id, pool_id) VALUES (:ticket, :pool)"]


def hide_a_registration(graph: Graph, keys: Keys, **hidden: object) -> list[str]:
    """Somebody's order of a ticket that is seen."""
    customer = graph.customer()
    graph.registration(registration_id=keys["secret registration"], customer_id=customer, **hidden)
    line = graph.line(keys["secret registration"], keys["ticket"])
    graph.attendee(keys["secret registration"], line, keys["ticket"], keys["child"], name="Secret")
    graph.waiting(keys["ticket"], entry_id=keys["secret entry"], customer_id=customer)
    return []


def hide_terms(graph: Graph, keys: Keys, **hidden: object) -> list[str]:
    """Prices, a voucher and a tax of a ticket that is seen; if they were deleted, who may buy it too."""
    about = {"ticket_id": keys["ticket"], **hidden}
    graph.price_rule(rule_id=keys["secret price rule"], name="Secret", amount=1, **about)
    graph.voucher(voucher_id=keys["secret voucher"], code="SECRET", **about)
    graph.tax([keys["ticket"]] if hidden else [], tax_id=keys["secret tax"], name="Secret", **hidden)
    if hidden:
        graph.eligibility_rule(rule_id=keys["secret rule"], **about)
    return []


Hide = Callable[..., list[str]]
HIDDEN: dict[str, tuple[Hide, dict[str, object]]] = {
    "a function that is not active": (hide_a_function, {"is_active": False}),
    "a function that was deleted": (hide_a_function, {"deleted_at": NOW}),
    "an event that is not published": (hide_an_event, {"is_published": False}),
    "an event that was deleted": (hide_an_event, {"deleted_at": NOW}),
    "a ticket that is not active": (hide_a_ticket, {"is_active": False}),
    "a ticket that was deleted": (hide_a_ticket, {"deleted_at": NOW}),
    "a package that is not active": (hide_a_package, {"is_active": False}),
    "a package that was deleted": (hide_a_package, {"deleted_at": NOW}),
    "a pool that was deleted": (hide_a_pool, {"deleted_at": NOW}),
    "terms that are the seller's alone": (hide_terms, {}),
    "terms that were deleted": (hide_terms, {"deleted_at": NOW}),
    "a registration of somebody else's": (hide_a_registration, {}),
}


async def add(graph: Graph, keys: Keys, hide: Hide, **hidden: object) -> None:
    for change in hide(graph, keys, **hidden):
        named = {
            "function": keys["secret function"],
            "event": keys["secret event"],
            "pool": keys["secret pool"],
            "ticket": keys["ticket"],
            "alone": keys["alone"],
            "other": keys["other"],
        }
        await graph.sql(change, **{name: key for name, key in named.items() if f":{name}" in change})


def staff_of(organisation: uuid.UUID, role: OrgRole = OrgRole.OWNER) -> Viewer:
    return Viewer(Role.CUSTOMER, customer_id=uuid7(), memberships=frozenset({Membership(organisation, role)}))


STRANGERS = {
    "anonymous": ANONYMOUS,
    "staff of another organisation": staff_of(uuid7()),
    "a partner with a grant": Viewer(Role.PARTNER, grants=frozenset({"FINANCE"})),
}


@pytest.mark.parametrize("viewer", STRANGERS.values(), ids=STRANGERS)
@pytest.mark.parametrize(("hide", "hidden"), HIDDEN.values(), ids=HIDDEN)
async def test_what_is_hidden_changes_no_answer(
    graph: Graph, keys: Keys, hide: Hide, hidden: dict[str, object], viewer: Viewer
) -> None:
    before = await everything(graph, keys, viewer)
    await add(graph, keys, hide, **hidden)

    assert await everything(graph, keys, viewer) == before


DELETED = {name: case for name, case in HIDDEN.items() if "deleted" in name}


@pytest.mark.parametrize(("hide", "hidden"), DELETED.values(), ids=DELETED)
async def test_what_was_deleted_changes_no_answer_for_an_admin_either(
    graph: Graph, keys: Keys, hide: Hide, hidden: dict[str, object]
) -> None:
    before = await everything(graph, keys, ADMIN)
    await add(graph, keys, hide, **hidden)

    assert await everything(graph, keys, ADMIN) == before


NOT_PUBLIC = {name: case for name, case in HIDDEN.items() if "deleted" not in name}


@pytest.mark.parametrize("is_admin", [True, False], ids=["admin", "staff"])
@pytest.mark.parametrize(("hide", "hidden"), NOT_PUBLIC.values(), ids=NOT_PUBLIC)
async def test_its_own_staff_and_admins_see_what_is_not_public_yet(
    graph: Graph, keys: Keys, hide: Hide, hidden: dict[str, object], *, is_admin: bool
) -> None:
    """In everything but a search, which finds what is public."""
    viewer = ADMIN if is_admin else staff_of(graph.home)
    before, _ = await everything(graph, keys, viewer)
    await add(graph, keys, hide, **hidden)

    after, codes = await everything(graph, keys, viewer)

    assert "Secret" in str(after)
    assert "Secret" not in str(before)
    assert {each["node"]["id"] for each in after["search"]["edges"]} == {
        each["node"]["id"] for each in before["search"]["edges"]
    }
    of_administrators = ["featureFlags", "migrationStatus"]
    assert codes == ([] if is_admin else ["FORBIDDEN"] * len(of_administrators))


async def test_deleted_events_are_listed_for_their_own_staff_where_they_ask_for_them(graph: Graph) -> None:
    event = graph.event(title="Gone", deleted_at=NOW)
    document = """query ($id: ID!) {
      events(filter: { includeDeleted: true }) { totalCount nodes { title deletedAt } }
      plain: events { totalCount nodes { title } }
      node(id: $id) { id }
    }"""
    ids = {"id": gid("Event", event)}
    nothing = {"totalCount": 0, "nodes": []}

    for viewer in STRANGERS.values():
        assert await graph.data(document, viewer=viewer, **ids) == {"events": nothing, "plain": nothing, "node": None}
    for viewer in (ADMIN, staff_of(graph.home, OrgRole.DOOR)):
        gone = {"title": "Gone", "deletedAt": "2027-05-01T12:00:00Z"}
        assert await graph.data(document, viewer=viewer, **ids) == {
            "events": {"totalCount": 1, "nodes": [gone]},
            "plain": nothing,
            "node": None,
        }


@pytest.mark.parametrize("value", [True, False], ids=str)
async def test_asking_for_what_is_not_public_shows_nobody_more_than_they_may_see(graph: Graph, value: bool) -> None:  # noqa: FBT001 - a parameter of the test
    graph.event(title="Public"), graph.event(title="Draft", is_published=False)
    graph.function(name="Public"), graph.function(name="Draft", is_active=False)
    document = """query ($value: Boolean!) {
      events(filter: { isPublished: $value }) { nodes { title } }
      functions(isActive: $value) { nodes { name } }
    }"""

    public = [] if not value else ["Public"]
    for viewer in STRANGERS.values():
        data = await graph.data(document, viewer=viewer, value=value)
        assert [each["title"] for each in data["events"]["nodes"]] == public
        assert [each["name"] for each in data["functions"]["nodes"]] == public
    for viewer in (ADMIN, staff_of(graph.home)):
        data = await graph.data(document, viewer=viewer, value=value)
        assert [each["title"] for each in data["events"]["nodes"]] == ["Public" if value else "Draft"]
        assert [each["name"] for each in data["functions"]["nodes"]] == ["Public" if value else "Draft"]


async def test_a_pool_changes_no_answer_for_those_who_may_not_see_pools(graph: Graph, keys: Keys) -> None:
    before = await everything(graph, keys, ANONYMOUS)
    await add(graph, keys, hide_a_pool)

    assert await everything(graph, keys, ANONYMOUS) == before


VISIBLE: dict[str, Hide] = {
    "a function": hide_a_function,
    "an event": hide_an_event,
    "a ticket": hide_a_ticket,
    "a package": hide_a_package,
    "a pool": hide_a_pool,
}


@pytest.mark.parametrize("hide", VISIBLE.values(), ids=VISIBLE)
async def test_the_same_changes_answers_once_it_may_be_seen(graph: Graph, keys: Keys, hide: Hide) -> None:
    """Else the tests above would prove nothing."""
    before, _ = await everything(graph, keys, ADMIN)
    await add(graph, keys, hide)

    after, codes = await everything(graph, keys, ADMIN)
    assert after != before
    assert codes == []
    if hide is not hide_a_pool:
        assert "Secret" in str((await everything(graph, keys, ANONYMOUS))[0])


# -- organisations ----------------------------------------------------------------------------------------------------


async def test_an_organisation_that_was_deleted_is_not_found_and_takes_nothing_else_away(graph: Graph) -> None:
    organisation = graph.organisation(slug="gone", deleted_at=NOW)
    function = graph.function(slug="fest", organisation_id=organisation)
    graph.event(function, slug="gala", organisation_id=organisation)

    data = await graph.data(
        """
        query ($id: ID!) {
          organisation(slug: "gone") { id }
          byId: organisation(id: $id) { id }
          node(id: $id) { id }
          events(filter: { organisationId: $id }) { totalCount nodes { id } }
          function(slug: "fest") { slug organisation { id } }
          event(slug: "gala") { slug organisation { id } }
        }
        """,
        id=gid("Organisation", organisation),
    )

    assert data == {
        "organisation": None,
        "byId": None,
        "node": None,
        "events": {"totalCount": 0, "nodes": []},
        "function": {"slug": "fest", "organisation": None},
        "event": {"slug": "gala", "organisation": None},
    }


# -- fields that not everyone may see ---------------------------------------------------------------------------------

POOLS = (
    "query ($id: ID!) { node(id: $id) { ... on Ticket { name pools { name capacity sold held tickets { name } } } } }"
)


async def test_a_field_that_the_viewer_may_not_see_is_null_with_an_error(graph: Graph) -> None:
    ticket = graph.ticket(graph.event(), [graph.pool()], name="Day")

    answer = await graph(POOLS, {"id": gid("Ticket", ticket)})

    assert answer.data == {"node": {"name": "Day", "pools": None}}
    assert answer.codes == ["FORBIDDEN"]
    assert answer.messages == "`Ticket.pools` is not for you to see."
    assert answer.errors[0].path == ["node", "pools"]
    assert answer.ran == {"tickets.by_id": 1}, "what may not be seen was read"


async def test_an_admin_sees_the_pools_of_a_ticket(graph: Graph) -> None:
    pool = graph.pool(100, sold=30, held=20, name="Hall")
    ticket = graph.ticket(graph.event(), [pool], name="Day")

    assert await graph.data(POOLS, viewer=ADMIN, id=gid("Ticket", ticket)) == {
        "node": {
            "name": "Day",
            "pools": [{"name": "Hall", "capacity": 100, "sold": 30, "held": 20, "tickets": [{"name": "Day"}]}],
        }
    }


async def test_a_pool_is_found_by_its_id_for_an_admin_and_is_not_there_for_anyone_else(graph: Graph) -> None:
    pool = gid("CapacityPool", graph.pool(name="Hall"))
    document = "query ($id: ID!) { node(id: $id) { id ... on CapacityPool { name } } nodes(ids: [$id]) { id } }"

    assert await graph.data(document, id=pool) == {"node": None, "nodes": [None]}
    assert await graph.data(document, viewer=ADMIN, id=pool) == {
        "node": {"id": pool, "name": "Hall"},
        "nodes": [{"id": pool}],
    }


async def test_what_may_not_be_seen_is_refused_once_for_each_place_it_was_asked_for(graph: Graph) -> None:
    event = graph.event()
    for _ in range(3):
        graph.ticket(event)

    answer = await graph("{ events { nodes { tickets { nodes { name pools { name } } } } } }")

    assert answer.codes == ["FORBIDDEN"] * 3
    assert [error.path for error in answer.errors] == [
        ["events", "nodes", 0, "tickets", "nodes", number, "pools"] for number in range(3)
    ]
