"""An event's place among others: its function's hierarchy where it has one, else the old one of parent events."""

import uuid
from typing import Any

import pytest

from auth.viewer import Role, Viewer
from domain.flags import USE_FUNCTIONS, Flag
from domain.ids import uuid7
from integrations.feature_flags import DEFAULTS, Flags
from server.calling import Caller
from server.flagging import subject_of
from tests.plugins.graph import NOW, ROLLOUTS, Graph, gid

HIERARCHY = """
  query ($id: ID!, $first: Int) {
    event(id: $id) {
      hierarchy {
        source
        root { __typename ... on Function { slug } ... on Event { slug } }
        siblings(first: $first) { slug }
      }
    }
  }
"""


async def hierarchy(graph: Graph, event: uuid.UUID, first: int | None = None) -> dict[str, Any]:
    found: dict[str, Any] = (await graph.data(HIERARCHY, id=gid("Event", event), first=first))["event"]["hierarchy"]
    return found | {"siblings": [each["slug"] for each in found["siblings"]]}


@pytest.fixture(params=ROLLOUTS)
def rollout(request: pytest.FixtureRequest) -> str:
    """Each test of this file is run with functions for everybody, for nobody, and for half; unless it says for whom."""
    return str(request.param)


NOTHING = {"source": "PARENT_EVENT", "root": None, "siblings": []}


async def test_an_event_of_a_function_stands_among_the_functions_events(graph: Graph) -> None:
    function = graph.function(slug="fest")
    graph.event(function, slug="late", event_start=NOW.replace(hour=20))
    event = graph.event(function, slug="own", event_start=NOW.replace(hour=19))
    graph.event(function, slug="early", event_start=NOW.replace(hour=18))
    graph.event(slug="elsewhere")

    assert await hierarchy(graph, event) == {
        "source": "FUNCTION",
        "root": {"__typename": "Function", "slug": "fest"},
        "siblings": ["early", "late"],
    }


async def test_an_event_without_a_function_stands_among_its_parents_children(graph: Graph) -> None:
    parent = graph.event(slug="parent")
    event, *_ = [graph.event(slug=slug, parent_event_id=parent) for slug in ("own", "one", "two")]

    assert await hierarchy(graph, event) == {
        "source": "PARENT_EVENT",
        "root": {"__typename": "Event", "slug": "parent"},
        "siblings": ["one", "two"],
    }


@pytest.mark.parametrize("rollout", ["on"])
async def test_the_function_counts_when_an_event_has_both(graph: Graph) -> None:
    function, parent = graph.function(slug="fest"), graph.event(slug="parent")
    graph.event(slug="child", parent_event_id=parent)
    event = graph.event(function, parent_event_id=parent)

    assert await hierarchy(graph, event) == {
        "source": "FUNCTION",
        "root": {"__typename": "Function", "slug": "fest"},
        "siblings": [],
    }


@pytest.mark.parametrize("hidden", [{"is_active": False}, {"deleted_at": NOW}], ids=str)
async def test_a_hidden_function_gives_way_to_the_parent(graph: Graph, hidden: dict[str, object]) -> None:
    function, parent = graph.function(**hidden), graph.event(slug="parent")
    graph.event(function, slug="of the function".replace(" ", "-"))
    graph.event(slug="of-the-parent", parent_event_id=parent)
    event = graph.event(function, parent_event_id=parent)

    assert await hierarchy(graph, event) == {
        "source": "PARENT_EVENT",
        "root": {"__typename": "Event", "slug": "parent"},
        "siblings": ["of-the-parent"],
    }


@pytest.mark.parametrize("hidden", [{"is_published": False}, {"deleted_at": NOW}], ids=str)
async def test_a_hidden_parent_groups_nothing(graph: Graph, hidden: dict[str, object]) -> None:
    parent = graph.event(**hidden)
    graph.event(parent_event_id=parent)

    assert await hierarchy(graph, graph.event(parent_event_id=parent)) == NOTHING


async def test_an_event_on_its_own_has_no_root_and_no_siblings(graph: Graph) -> None:
    graph.event()

    assert await hierarchy(graph, graph.event()) == NOTHING


@pytest.mark.parametrize(("first", "found"), [(0, 0), (1, 1), (3, 3), (4, 4), (5, 4), (100, 4), (None, 4)])
async def test_as_many_siblings_are_given_as_asked_for_and_never_the_event_itself(
    graph: Graph, first: int | None, found: int
) -> None:
    function = graph.function()
    events = [graph.event(function, slug=f"e{number}") for number in range(5)]

    for number, event in enumerate(events):
        siblings = (await hierarchy(graph, event, first))["siblings"]
        assert siblings == [f"e{other}" for other in range(5) if other != number][:found]


async def test_old_fields_answer_whoever_functions_are_for(graph: Graph) -> None:
    """Where clients of the old shape ask, the old shape is shown: of parents, of children, of a function's events."""
    function, parent = graph.function(slug="fest"), graph.event(slug="parent")
    child = graph.event(function, slug="child", parent_event_id=parent)
    graph.event(function, slug="of-the-function-alone")

    assert await graph.data(
        """query ($id: ID!, $parent: ID!) {
          event(id: $id) { parentEventId parentEvent { slug } childEvents { slug } }
          parent: event(id: $parent) { childEvents { slug } }
        }""",
        id=gid("Event", child),
        parent=gid("Event", parent),
    ) == {
        "event": {"parentEventId": gid("Event", parent), "parentEvent": {"slug": "parent"}, "childEvents": []},
        "parent": {"childEvents": [{"slug": "child"}]},
    }


@pytest.mark.parametrize("only", ["function", "parent"])
async def test_where_one_hierarchy_has_nothing_the_other_serves_whoever_functions_are_for(
    graph: Graph, rollout: str, only: str
) -> None:
    """And it is counted of each for whom the other one comes first."""
    if only == "function":
        function = graph.function(slug="root")
        events = [graph.event(function) for _ in range(3)]
    else:
        parent = graph.event(slug="root")
        events = [graph.event(parent_event_id=parent) for _ in range(3)]
    customers = [Viewer(Role.CUSTOMER, f"c{number}", customer_id=uuid7()) for number in range(12)]
    first = {each: graph.flags.of(subject_of(Caller(viewer=each))).is_on(USE_FUNCTIONS) for each in customers}
    for viewer in customers:
        nodes = (
            await graph.data(
                """query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Event {
                  hierarchy { source root { ... on Function { slug } ... on Event { slug } } siblings { id } }
                } } }""",
                viewer=viewer,
                ids=[gid("Event", each) for each in events],
            )
        )["nodes"]
        for node in nodes:
            assert node["hierarchy"]["source"] == ("FUNCTION" if only == "function" else "PARENT_EVENT")
            assert node["hierarchy"]["root"] == {"slug": "root"}
            assert len(node["hierarchy"]["siblings"]) == 2

    other = sum(functions_first != (only == "function") for functions_first in first.values())
    assert graph.flags.counters.fallbacks == 3 * other
    assert {"on": set(first.values()) == {True}, "off": set(first.values()) == {False}, "half": True}[rollout]


async def test_of_customers_some_are_in_the_half_and_see_functions_first(graph: Graph, rollout: str) -> None:
    event = graph.event(graph.function(), parent_event_id=graph.event())
    sources = set()
    for number in range(40):
        viewer = Viewer(Role.CUSTOMER, f"customer {number}")
        found = await graph.data(HIERARCHY, viewer=viewer, id=gid("Event", event), first=0)
        sources.add(found["event"]["hierarchy"]["source"])

    assert sources == {
        "on": {"FUNCTION"}, "off": {"PARENT_EVENT"}, "half": {"FUNCTION", "PARENT_EVENT"}
    }[rollout]  # fmt: skip


# -- the flag ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def old(graph: Graph) -> Graph:
    """The same, where the installation has not gone over to functions."""
    graph.flags = Flags({**DEFAULTS, USE_FUNCTIONS: Flag(USE_FUNCTIONS, enabled=False)})
    return graph


async def test_with_the_flag_off_the_parent_counts_when_an_event_has_both(old: Graph) -> None:
    function, parent = old.function(slug="fest"), old.event(slug="parent")
    old.event(slug="child", parent_event_id=parent)
    event = old.event(function, parent_event_id=parent)

    assert await hierarchy(old, event) == {
        "source": "PARENT_EVENT",
        "root": {"__typename": "Event", "slug": "parent"},
        "siblings": ["child"],
    }
    assert old.flags.counters.fallbacks == 0


async def test_with_the_flag_off_the_function_serves_where_there_is_no_parent_and_it_is_counted(old: Graph) -> None:
    function = old.function(slug="fest")
    old.event(function, slug="other")
    event = old.event(function)

    assert await hierarchy(old, event) == {
        "source": "FUNCTION",
        "root": {"__typename": "Function", "slug": "fest"},
        "siblings": ["other"],
    }
    assert old.flags.counters.fallbacks == 1


async def test_with_the_flag_on_the_parent_serves_where_there_is_no_function_and_it_is_counted(graph: Graph) -> None:
    await hierarchy(graph, graph.event(parent_event_id=graph.event()))
    await hierarchy(graph, graph.event(graph.function()))
    await hierarchy(graph, graph.event())

    assert graph.flags.counters.fallbacks == 1


@pytest.mark.parametrize("enabled", [True, False])
async def test_whatever_the_flag_says_it_takes_as_many_statements(graph: Graph, *, enabled: bool) -> None:
    graph.flags = Flags({**DEFAULTS, USE_FUNCTIONS: Flag(USE_FUNCTIONS, enabled=enabled)})
    parent, function = graph.event(), graph.function()
    for _ in range(5):
        graph.event(parent_event_id=parent)
        graph.event(function)
        graph.event(function, parent_event_id=parent)
    answer = await graph("{ events(first: 50) { nodes { hierarchy { source root { __typename } } } } }")

    assert answer.ran == {"events.page": 1, "functions.by_id": 1, "events.by_id": 1}


# -- the old fields ---------------------------------------------------------------------------------------------------

OLD = "query ($id: ID!) { event(id: $id) { parentEventId parentEvent { slug } childEvents { slug } } }"


async def test_the_old_fields_still_answer(graph: Graph) -> None:
    """They must keep working beside functions for at least six months."""
    function = graph.function()
    parent = graph.event(slug="parent")
    event = graph.event(function, slug="own", parent_event_id=parent)
    for slug, hour in (("late", 20), ("early", 18)):
        graph.event(slug=slug, parent_event_id=event, event_start=NOW.replace(hour=hour))

    assert await graph.data(OLD, id=gid("Event", event)) == {
        "event": {
            "parentEventId": gid("Event", parent),
            "parentEvent": {"slug": "parent"},
            "childEvents": [{"slug": "early"}, {"slug": "late"}],
        }
    }


async def test_the_old_fields_of_an_event_on_its_own_are_empty(graph: Graph) -> None:
    event = graph.event()

    assert await graph.data(OLD, id=gid("Event", event)) == {
        "event": {"parentEventId": None, "parentEvent": None, "childEvents": []}
    }


async def test_the_parents_id_is_the_parents_global_id(graph: Graph) -> None:
    event = graph.event(parent_event_id=graph.event(slug="parent"))
    own = await graph.data("query ($id: ID!) { event(id: $id) { parentEventId } }", id=gid("Event", event))

    found = await graph.data(
        "query ($id: ID!) { node(id: $id) { ... on Event { slug } } }", id=own["event"]["parentEventId"]
    )

    assert found == {"node": {"slug": "parent"}}
