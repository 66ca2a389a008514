import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.seed import SeedPlan
from commands.seeding.rows import Rows
from commands.seeding.tables import COLUMNS, loads

PLAN = SeedPlan(functions=4, events_per_function=30, tickets_per_event=3, random_seed=11)
LOADS = loads(Rows(PLAN))


@pytest.mark.parametrize("load", LOADS, ids=lambda load: load.what)
def test_a_row_is_the_same_wherever_one_starts(load: object) -> None:
    rows = list(load.make(range(load.count)))

    for start in (0, 1, load.count // 3, load.count - 1):
        assert list(load.make(range(start, load.count))) == rows[start:]


@pytest.mark.parametrize("load", LOADS, ids=lambda load: load.what)
def test_a_row_has_a_value_for_each_column(load: object) -> None:
    assert {len(row) for row in load.make(range(load.count))} == {len(COLUMNS[load.table].split())}


@pytest.mark.parametrize("load", LOADS, ids=lambda load: load.what)
def test_keys_are_unique_and_in_the_order_of_time(load: object) -> None:
    keys = [row[0] for row in load.make(range(load.count))]

    times = [key.int >> 80 for key in keys]
    assert times == sorted(times)
    if load.what not in {"places of tickets", "package items"}:  # keyed by pairs
        assert len(set(keys)) == load.count


@given(first=st.integers(0, 2**64), second=st.integers(0, 2**64))
def test_seeds_share_neither_keys_nor_slugs(first: int, second: int) -> None:
    def named(seed: int) -> set[object]:
        rows = Rows(SeedPlan(functions=3, events_per_function=2, random_seed=seed, organisations=2))
        organisations = [(row[0], row[2]) for row in rows.organisations(range(2))]
        events = [(row[0], row[5]) for row in rows.events(range(6))]
        return {value for pair in (*organisations, *events) for value in pair}

    if first == second:
        assert named(first) == named(second)
    else:
        assert named(first).isdisjoint(named(second))


def test_the_mark_of_a_seed_does_not_depend_on_the_plan() -> None:
    other = SeedPlan(functions=9, events_per_function=0, random_seed=11, organisations=1)

    assert Rows(other).slug_of_organisation(0) == Rows(PLAN).slug_of_organisation(0)
