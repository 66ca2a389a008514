"""The schema keeps what the released ones promised, or says what it breaks."""

import datetime as dt
import re

import pytest

from db.catalogue import tables
from domain.versions import Break, Version
from schema.releases import Release, compare, faults, next_release, promises, release_called, releases

TODAY = dt.date(2027, 1, 1)
RELEASED = """
directive @sunset(ends: String!, guide: String!) on FIELD_DEFINITION
directive @requires(permission: String!) on FIELD_DEFINITION

type Query {
  shop: Shop
}

type Shop {
  name: String!
  street: String @sunset(ends: "2027-06-01", guide: "/guides/places") @deprecated(reason: "Use `place`.")
  takings: Int @requires(permission: "STAFF")
  find(text: String): [Shop!]!
}
"""
STREET = '  street: String @sunset(ends: "2027-06-01", guide: "/guides/places") @deprecated(reason: "Use `place`.")\n'
RENAMED = Break("Field Shop.name was removed.", "It has several.", "names")


def changed(old: str, new: str) -> str:
    assert RELEASED.count(old) == 1
    return RELEASED.replace(old, new)


def told(present: str, *recorded: Break, today: dt.date = TODAY) -> list[str]:
    return faults(compare(RELEASED, present, today), recorded, {"names"})


@pytest.mark.parametrize(
    "present",
    [
        RELEASED,
        changed("type Shop {", "type Shop {\n  place: String"),
        changed("find(text: String)", "find(text: String, first: Int)"),
        changed('takings: Int @requires(permission: "STAFF")', "takings: Int"),
        changed("2027-06-01", "2027-12-01"),
        changed("street: String ", "street: String! "),
    ],
)
def test_what_breaks_nobody_is_let_through(present: str) -> None:
    assert told(present) == []


@pytest.mark.parametrize(
    ("present", "what"),
    [
        (changed("  name: String!\n", ""), "Field Shop.name was removed."),
        (changed("name: String!", "name: String"), "Shop.name changed type"),
        (changed("find(text: String)", "find(text: String!)"), "Shop.find(text:)"),
        (changed("name: String!", 'name: String! @requires(permission: "STAFF")'), "Shop.name needs STAFF"),
        (changed('"STAFF"', '"FINANCE"'), "Shop.takings needs FINANCE; it needed STAFF."),
    ],
)
def test_what_breaks_somebody_is_told_unless_it_was_recorded(present: str, what: str) -> None:
    (fault,) = told(present)
    change = compare(RELEASED, present, TODAY).breaking[0]

    assert what in fault
    assert "domain/versions.py" in fault
    assert told(present, Break(change, "For a reason.", "names")) == []


@pytest.mark.parametrize(
    ("recorded", "fault"),
    [
        (Break(RENAMED.change, "It has several.", "nowhere"), "there is no server/guides/nowhere.md"),
        (Break(RENAMED.change, " ", "names"), "without a reason"),
    ],
)
def test_a_record_needs_a_reason_and_a_guide(recorded: Break, fault: str) -> None:
    (found,) = told(changed("  name: String!\n", ""), recorded)

    assert fault in found


def test_a_record_of_what_is_not_broken_is_told() -> None:
    (fault,) = told(RELEASED, RENAMED)

    assert "nothing is broken so" in fault


@pytest.mark.parametrize(
    "present",
    [
        changed(STREET, ""),
        changed("street: String", "street: Int"),
        changed("2027-06-01", "2027-03-01"),
    ],
)
def test_what_is_deprecated_stays_until_its_day_whatever_is_recorded(present: str) -> None:
    breaking = compare(RELEASED, present, TODAY).breaking
    recorded = [Break(each, "For a reason.", "names") for each in breaking]

    (fault,) = told(present, *recorded)
    assert "Shop.street" in fault
    assert "promised to work until 2027-06-01" in fault


def test_from_its_day_on_it_may_go_and_is_recorded_as_any_other() -> None:
    gone, day = changed(STREET, ""), dt.date(2027, 6, 1)

    assert told(gone, Break("Field Shop.street was removed.", "It ended.", "names"), today=day) == []
    assert len(told(gone, today=day)) == 1


def test_releases_are_named_by_version_and_number() -> None:
    assert release_called("2.10") > release_called("2.9") > release_called("1.11")
    assert str(next_release(Release(2, 9), Version("2", "Now."))) == "2.10"
    assert str(next_release(Release(2, 9), Version("3", "Next."))) == "3.0"
    with pytest.raises(ValueError, match="not the name of a released schema"):
        release_called("latest")


@pytest.mark.parametrize("each", releases(), ids=str)
def test_a_released_schema_is_one(each: Release) -> None:
    compared = compare(each.path.read_text(), each.path.read_text(), TODAY)

    assert compared.breaking == compared.broken_promises == ()


PARENT_EVENTS = {"Event.parentEventId", "Event.parentEvent", "Event.childEvents"}


@pytest.mark.parametrize("field", sorted(PARENT_EVENTS))
def test_parent_events_are_kept_until_the_day_that_was_released(field: str) -> None:
    """Dropped a day before, in any of the ways there are to drop it."""
    released = releases()[-1].path.read_text()
    ends = promises(released)[field]
    line = re.compile(rf'\n  """[^"]*"""\n  {field.partition(".")[2]}\b(?:\([^)]*\))?:.*')
    dropped, times = line.subn("", released)
    assert times == 1
    recorded = [Break(each, "No.", "names") for each in compare(released, dropped, ends).breaking]

    before = faults(compare(released, dropped, ends - dt.timedelta(days=1)), recorded, {"names"})
    assert before == [f"{field} is gone: it was promised to work until {ends}, and nothing excuses it."]
    assert faults(compare(released, dropped, ends), recorded, {"names"}) == []


def test_the_column_of_parent_events_is_kept_for_as_long() -> None:
    """A test of the migrations holds them to the same tables."""
    promised = promises(releases()[-1].path.read_text())
    today = dt.datetime.now(dt.UTC).date()
    (events,) = (each for each in tables() if each.name == "events")

    kept = "parent_event_id" in {column.name for column in events.columns}
    assert kept or all(promised.get(each, today) <= today for each in PARENT_EVENTS)
