"""Who is offered what comes free: in order, never more than there is, and nobody passed over for ever."""

import datetime as dt
import uuid
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from domain.availability import Sale
from domain.orders import Offers, OrderLine, PackageOffer, TicketOffer
from domain.waiting import Awaited, Handing, Room, awaited, deadline

NOON = dt.datetime(2027, 5, 1, 12, tzinfo=dt.UTC)
POOLS = [uuid.UUID(int=number) for number in range(3)]
rooms = st.fixed_dictionaries({pool: st.integers(0, 6) for pool in POOLS})
wants = st.dictionaries(st.sampled_from(POOLS), st.integers(1, 4), min_size=1)


def hand_out(free: Mapping[uuid.UUID, int], queue: list[dict[uuid.UUID, int]]) -> list[bool]:
    """Who of a queue is served."""
    handing = Handing({pool: Room(10, places) for pool, places in free.items()})
    served = []
    for wanted in queue:
        served.append(handing.serves(wanted))
        if served[-1]:
            handing.take(wanted)
    return served


@given(rooms, st.lists(wants, max_size=8))
def test_never_more_is_handed_out_than_there_is(
    free: Mapping[uuid.UUID, int], queue: list[dict[uuid.UUID, int]]
) -> None:
    served = hand_out(free, queue)

    for pool, places in free.items():
        assert sum(wanted.get(pool, 0) for wanted, is_served in zip(queue, served, strict=True) if is_served) <= places


@given(rooms, st.lists(wants, min_size=1, max_size=8), wants)
def test_whoever_comes_behind_changes_nothing_for_those_before(
    free: Mapping[uuid.UUID, int], queue: list[dict[uuid.UUID, int]], last: dict[uuid.UUID, int]
) -> None:
    assert hand_out(free, [*queue, last])[:-1] == hand_out(free, queue)


@given(rooms, st.lists(wants, min_size=1, max_size=8))
def test_the_first_is_served_whenever_there_is_enough(
    free: Mapping[uuid.UUID, int], queue: list[dict[uuid.UUID, int]]
) -> None:
    assert hand_out(free, queue)[0] == all(free[pool] >= places for pool, places in queue[0].items())


@given(rooms, st.lists(wants, min_size=1, max_size=8))
def test_what_is_too_little_for_one_goes_to_nobody_behind(
    free: Mapping[uuid.UUID, int], queue: list[dict[uuid.UUID, int]]
) -> None:
    served = hand_out(free, queue)
    left = dict(free)
    closed: set[uuid.UUID] = set()
    for wanted, is_served in zip(queue, served, strict=True):
        assert not (is_served and closed & wanted.keys())
        for pool, places in wanted.items():
            if is_served:
                left[pool] -= places
            elif left[pool] < places:
                closed.add(pool)


def test_who_wants_more_than_there_will_ever_be_is_passed_over() -> None:
    assert hand_out({POOLS[0]: 5}, [{POOLS[0]: 11}, {POOLS[0]: 5}]) == [False, True]


def test_a_pool_without_limit_serves_everybody() -> None:
    handing = Handing({POOLS[0]: Room(None, None)})

    assert all(handing.serves({POOLS[0]: 400}) for _ in range(3))
    assert not handing.is_empty(POOLS[0])


def ticket(*pools: uuid.UUID, ends: dt.datetime | None = None, fewest: int = 1) -> TicketOffer:
    key = uuid.uuid4()
    return TicketOffer(key, key, key, None, "Seat", 100, "EUR", fewest, 10, Sale(None, ends), pools)


def test_a_package_takes_what_its_tickets_do_and_ends_with_the_first_of_them() -> None:
    first, second = ticket(POOLS[0], ends=NOON), ticket(*POOLS[:2], ends=NOON + dt.timedelta(hours=1))
    key = uuid.uuid4()
    items = ((first.ticket_id, 1, 1), (second.ticket_id, 2, 1))
    package = PackageOffer(key, key, key, "Both", 100, "EUR", items)
    offers = Offers({each.ticket_id: each for each in (first, second)}, {key: package})
    found = awaited(OrderLine(1, package_id=key), offers)

    assert found is not None
    assert found.places(2) == {POOLS[0]: 6, POOLS[1]: 4}
    assert (found.ends, found.fewest) == (NOON, 1)
    assert awaited(OrderLine(1, package_id=key), Offers({}, {key: package})) is None, "a part of it is not sold"
    assert awaited(OrderLine(1, ticket_id=uuid.uuid4()), offers) is None


def test_the_smallest_order_of_a_ticket_decides_whether_it_can_be_had() -> None:
    pair = ticket(POOLS[0], fewest=2)

    assert awaited(OrderLine(1, ticket_id=pair.ticket_id), Offers({pair.ticket_id: pair})) == Awaited(((pair, 1),), 2)


def test_an_offer_stands_for_its_time_and_no_longer_than_the_sale() -> None:
    hour = dt.timedelta(hours=1)

    assert deadline(NOON, hour, None) == NOON + hour
    assert deadline(NOON, hour, NOON + hour / 2) == NOON + hour / 2
    assert deadline(NOON, hour, NOON + 2 * hour) == NOON + hour
