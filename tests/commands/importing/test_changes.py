import uuid

from commands.importing.changes import Wanted, compare
from db.imports import Known
from domain.ids import uuid7

OWNER = uuid7()


def known(external_id: str | None, title: str = "A", *, deleted: bool = False, owner: uuid.UUID = OWNER) -> Known:
    return Known(uuid7(), owner, external_id, "a", deleted, {"title": title, "type": "event"})


def wanted(row: Known, title: str = "A") -> Wanted:
    assert row.external_id is not None
    return Wanted(row.key, row.owner, row.external_id, "proposed", {"title": title, "type": "event"})


def test_a_row_that_says_the_same_is_left_as_it_is() -> None:
    row = known("x")
    changes = compare([wanted(row)], [row])

    assert (changes.unchanged, changes.rows) == (1, 0)


def test_a_row_that_says_something_else_is_changed() -> None:
    row = known("x")
    changes = compare([wanted(row, "B")], [row])

    assert changes.changed == [(row.key, {"title": "B", "type": "event"})]
    assert (changes.updated, changes.unchanged, changes.rows) == (1, 0, 1)


def test_a_deleted_row_that_is_wanted_is_restored_and_counts_as_that_alone() -> None:
    same, other = known("x", deleted=True), known("y", deleted=True)
    changes = compare([wanted(same), wanted(other, "B")], [same, other])

    assert changes.restored == [same, other]
    assert [key for key, _ in changes.changed] == [other.key]
    assert (changes.updated, changes.unchanged) == (0, 0)


def test_rows_that_are_not_wanted_vanish_unless_nobody_named_them_or_they_are_gone() -> None:
    left = known("x")
    changes = compare([], [left, known(None), known("y", deleted=True)])

    assert changes.vanished == [left.key]
    assert changes.rows == 1


def test_the_same_external_id_of_another_owner_is_another_row() -> None:
    row = known("x")
    other = wanted(known("x", owner=uuid7()))
    changes = compare([other], [row])

    assert changes.created == [other]
    assert changes.vanished == [row.key]
    assert changes.unchanged == 0
