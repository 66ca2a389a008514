"""How many operations are executed at once: the others wait shortly, or are told to come again."""

import asyncio
import time

import pytest

from server.gate import Gate
from server.http.refusals import Refused


async def hold(gate: Gate, until: asyncio.Event) -> None:
    async with gate:
        await until.wait()


async def turn() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def test_those_beyond_the_line_are_refused_at_once() -> None:
    gate, done = Gate(most=2, waiting=1, patience=5), asyncio.Event()
    held = [asyncio.ensure_future(hold(gate, done)) for _ in range(3)]
    await turn()

    with pytest.raises(Refused) as refused:
        await gate.__aenter__()
    done.set()
    await asyncio.gather(*held)

    assert (refused.value.status, refused.value.code) == (503, "SERVER_OVERLOADED")
    assert refused.value.headers["Retry-After"] == "1"


async def test_whoever_waits_too_long_is_refused_and_leaves_no_trace() -> None:
    gate, done = Gate(most=1, waiting=5, patience=0.05), asyncio.Event()
    inside = asyncio.ensure_future(hold(gate, done))
    await turn()
    began = time.monotonic()

    with pytest.raises(Refused):
        await gate.__aenter__()
    waited = time.monotonic() - began
    done.set()
    await inside

    assert 0.04 < waited < 2
    async with gate:
        assert gate.inside == 1
    assert gate.inside == 0


async def test_places_are_handed_on_in_the_order_of_the_line() -> None:
    gate, order = Gate(most=1, waiting=5, patience=5), []

    async def note(name: int) -> None:
        async with gate:
            order.append(name)
            await asyncio.sleep(0)

    await asyncio.gather(*(note(name) for name in range(5)))

    assert order == [0, 1, 2, 3, 4]
    assert gate.inside == 0


@pytest.mark.parametrize("late", [False, True], ids=["while waiting", "when its turn has come"])
async def test_whoever_leaves_the_line_takes_no_place_with_them(*, late: bool) -> None:
    gate, done = Gate(most=1, waiting=5, patience=5), asyncio.Event()
    first, second, third = (asyncio.ensure_future(hold(gate, done)) for _ in range(3))
    await turn()
    if late:
        done.set()
        first.cancel()
        await asyncio.sleep(0)
    second.cancel()
    done.set()
    await asyncio.wait({first, second, third}, timeout=5)

    assert third.done()
    assert gate.inside == 0


async def test_the_patient_wait_in_the_same_line_without_a_limit_and_take_no_place_from_those_who_are_not() -> None:
    gate, done, order = Gate(most=1, waiting=1, patience=5), asyncio.Event(), []

    async def listen(name: str) -> None:
        async with gate.patiently():
            order.append(name)

    async def ask(name: str) -> None:
        async with gate:
            order.append(name)

    inside = asyncio.ensure_future(hold(gate, done))
    await turn()
    waiting = [asyncio.ensure_future(each) for each in (listen("a"), listen("b"), ask("c"), listen("d"))]
    gone = asyncio.ensure_future(listen("gone"))
    await turn()
    gone.cancel()
    await turn()
    with pytest.raises(Refused):
        await ask("refused")
    done.set()
    await asyncio.gather(inside, *waiting)

    assert order == ["a", "b", "c", "d"]
    assert (gate.inside, gate.in_line, gate.shed) == (0, 0, 1)
