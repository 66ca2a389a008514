"""Cycles and deeper levels among events, found whatever they look like."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from domain.hierarchy_faults import Fault, levels

KEYS = [uuid.UUID(int=number + 1) for number in range(8)]


def forest(parents: list[int | None]) -> dict[uuid.UUID, tuple[str, uuid.UUID | None]]:
    return {
        KEYS[child]: (f"e{child}", None if parent is None else KEYS[parent]) for child, parent in enumerate(parents)
    }


def test_two_levels_are_in_order() -> None:
    assert list(levels(forest([None, 0, 0]))) == []


def test_a_deeper_level_belongs_under_the_first() -> None:
    (found,) = levels(forest([None, 0, 1]))

    assert (found.fault, found.event_id) == (Fault.DEEPER_LEVEL, KEYS[2])
    assert found.says == "e2 under e1 under e0: parent events have two levels"
    set_to, where = found.remedy.split(" WHERE ")
    assert set_to.endswith(f"parent_event_id = '{KEYS[0]}'")
    assert where == f"event_id = '{KEYS[2]}';"


def test_a_cycle_is_told_once_wherever_one_begins() -> None:
    (found,) = levels(forest([2, 0, 1]))

    assert (found.fault, found.says) == (Fault.CYCLE, "e0 under e2 under e1 under e0: no event is the first")


@given(st.lists(st.none() | st.integers(0, 7), min_size=8, max_size=8))
def test_as_long_as_anything_is_found_mending_it_leaves_less(parents: list[int | None]) -> None:
    placed = forest(parents)
    for _ in range(3):
        found = list(levels(placed))
        for finding in found:
            slug, _ = placed[finding.event_id]
            above = None
            if "NULL" not in finding.remedy:
                above = uuid.UUID(finding.remedy.split("'")[1])
            placed[finding.event_id] = (slug, above)

    assert list(levels(placed)) == []
