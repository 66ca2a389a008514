"""The server's clock ticks: at once, and then as often as it was asked to."""

import asyncio
import datetime as dt
import time

import pytest

from domain.errors import InvalidArgument
from resolvers.clock import clock
from resolvers.context import Context
from tests.plugins.graph import NOW, Graph


@pytest.fixture
def context(graph: Graph) -> Context:
    return Context(graph.database, graph.secret, NOW)


@pytest.mark.quiet
async def test_it_ticks_at_once_and_then_every_so_many_seconds(context: Context) -> None:
    ticks = await clock(context, every=1)
    began = time.monotonic()
    first = await anext(ticks)
    at_once = time.monotonic() - began
    await asyncio.sleep(0.5)  # a reader who is busy does not set it back
    second = await anext(ticks)
    elapsed = time.monotonic() - began

    assert at_once < 0.5
    assert 0.9 < elapsed < 1.4
    assert dt.timedelta(seconds=0.9) < second - first < dt.timedelta(seconds=1.4)


@pytest.mark.parametrize("every", [0, -1, 61])
async def test_no_other_pause_may_be_asked_for(context: Context, every: int) -> None:
    with pytest.raises(InvalidArgument, match="from 1 to 60"):
        await clock(context, every=every)
