"""Snapshots, tags, and what is known of changes."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.changes import Change, ChangeLog, Snapshot, read_snapshot, with_whole

ONE, TWO = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize("text", ["10:20:10,14,15", "10:10:", "1:1:"])
def test_a_snapshot_is_written_as_it_was_read(text: str) -> None:
    assert str(read_snapshot(text)) == text


def test_a_snapshot_sees_what_was_over_when_it_was_taken() -> None:
    snapshot = read_snapshot("10:20:10,14")

    assert [each for each in range(8, 23) if not snapshot.sees(each)] == [10, 14, 20, 21, 22]


def test_a_change_invalidates_the_table_its_rows_and_the_lists_of_their_owners() -> None:
    tags = set(Change(7, "events", (ONE,), (TWO,)).tags())

    assert tags == {"events", f"events:{ONE}", f"events@{TWO}"}


def test_a_change_too_large_to_list_invalidates_whatever_shows_the_table() -> None:
    (tag,) = Change(7, "events").tags()

    assert tag in with_whole([f"events:{ONE}"])
    assert tag in with_whole([f"events@{ONE}"])
    assert tag in with_whole(["events"])
    assert tag not in with_whole(["event_tickets"])


def test_a_change_that_a_snapshot_misses_is_known() -> None:
    log = ChangeLog()
    log.add(Change(14, "events", (ONE,)))
    tags = [f"events:{ONE}"]

    assert log.unchanged_since(read_snapshot("10:20:"), tags)
    assert not log.unchanged_since(read_snapshot("10:20:14"), tags)
    assert not log.unchanged_since(read_snapshot("10:14:"), tags)
    assert log.unchanged_since(read_snapshot("10:14:"), [f"events:{TWO}"])


def test_of_what_was_forgotten_nothing_is_known() -> None:
    log = ChangeLog()
    log.add(Change(14, "events", (ONE,)))
    log.add(Change(30, "events", (TWO,)))

    log.forget(20)

    assert not log.unchanged_since(read_snapshot("14:14:"), [f"events:{ONE}"])
    assert log.unchanged_since(read_snapshot("15:15:"), [f"events:{ONE}"])
    assert not log.unchanged_since(read_snapshot("15:15:"), [f"events:{TWO}"])


_SNAPSHOTS = st.builds(
    lambda xmin, span, running: Snapshot(
        xmin, xmin + span, frozenset(xmin + each % span for each in running) if span else frozenset()
    ),
    st.integers(1, 300),
    st.integers(0, 40),
    st.lists(st.integers(0, 39), max_size=8),
)


@given(st.lists(st.integers(1, 300), max_size=120), _SNAPSHOTS)
def test_no_change_that_a_snapshot_misses_is_ever_overlooked(transactions: list[int], snapshot: Snapshot) -> None:
    log = ChangeLog()
    for each in transactions:
        log.add(Change(each, "events", (ONE,)))

    if not all(map(snapshot.sees, transactions)):
        assert not log.unchanged_since(snapshot, ["events"])
    elif len(transactions) <= 32:
        assert log.unchanged_since(snapshot, ["events"])
