"""What a request is handed: whom statements are told of."""

from resolvers import lookups
from resolvers.context import Context
from resolvers.registrations import REGISTRATIONS
from tests.plugins.graph import NOW, SECRET, Graph


async def test_whoever_is_admitted_later_is_told_to_the_statements_that_follow(graph: Graph) -> None:
    keys = [graph.registration() for _ in range(3)]
    await graph.flush()
    context = Context(graph.database, SECRET, NOW)

    for key in keys[:2]:
        assert await lookups.find(context, REGISTRATIONS, [keys[2]]) == [None]
        context.admit(key)
        (row,) = await lookups.find(context, REGISTRATIONS, [key])
        assert row is not None
