"""What people send is well-formed, or it is said what would be; whatever passes, the database takes."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import inputs
from domain.ids import encode_global_id
from domain.inputs import Field, read
from domain.user_errors import ErrorCode, Rejected

FIELDS = {
    "name": Field(inputs.heading, needed=True),
    "start_date": Field(inputs.day, cleared=True),
    "is_active": Field(inputs.flag),
}


def refusal(check: Callable[[Any], Any], value: object) -> str:
    with pytest.raises(ValueError, match=r"\w") as refused:
        check(value)
    return str(refused.value)


class TestReading:
    def test_what_is_left_out_is_not_there(self) -> None:
        assert read(FIELDS, {"name": "A"}, is_new=True) == {"name": "A"}
        assert read(FIELDS, {}, is_new=False) == {}

    def test_null_clears_what_may_be_cleared_and_nothing_else(self) -> None:
        assert read(FIELDS, {"start_date": None}, is_new=False) == {"start_date": None}
        with pytest.raises(Rejected) as rejected:
            read(FIELDS, {"name": None, "is_active": None}, is_new=False)
        assert [(each.field, each.code) for each in rejected.value.errors] == [
            (("input", "name"), ErrorCode.REQUIRED),
            (("input", "isActive"), ErrorCode.REQUIRED),
        ]

    def test_every_fault_is_told_with_the_way_to_it(self) -> None:
        with pytest.raises(Rejected) as rejected:
            read(FIELDS, {"start_date": dt.date.min}, is_new=True, at=("input", "items", "3"))
        assert [(each.field, each.code) for each in rejected.value.errors] == [
            (("input", "items", "3", "name"), ErrorCode.REQUIRED),
            (("input", "items", "3", "startDate"), ErrorCode.INVALID),
        ]

    def test_of_a_list_every_fault_of_every_item_is_told(self) -> None:
        with pytest.raises(Rejected) as rejected:
            inputs.each_of(FIELDS, [{}, {"name": "A"}, {"name": ""}], "input", "items")
        assert [each.field for each in rejected.value.errors] == [
            ("input", "items", "0", "name"),
            ("input", "items", "2", "name"),
        ]


class TestIds:
    @given(st.uuids())
    def test_the_id_of_the_right_type_is_its_key(self, key: uuid.UUID) -> None:
        assert inputs.id_of("Event")(encode_global_id("Event", key)) == key

    @given(st.text())
    def test_no_other_text_is_an_id(self, text: str) -> None:
        assert "unchanged" in refusal(inputs.id_of("Event"), text)

    def test_one_of_another_type_is_told_apart(self) -> None:
        assert "type Ticket" in refusal(inputs.id_of("Event"), encode_global_id("Ticket", uuid.UUID(int=1)))

    def test_a_list_has_each_once_and_no_more_than_it_may(self) -> None:
        ids = [encode_global_id("Event", uuid.UUID(int=number)) for number in range(3)]

        assert inputs.ids_of("Event", 3)(ids) == tuple(uuid.UUID(int=number) for number in range(3))
        assert "at most 2" in refusal(inputs.ids_of("Event", 2), ids)
        assert "twice" in refusal(inputs.ids_of("Event", 3), ids[:1] * 2)


class TestTexts:
    @given(st.text())
    def test_a_heading_is_its_text_without_white_space_around_it_or_refused(self, text: str) -> None:
        try:
            checked = inputs.heading(text)
        except ValueError:
            return
        assert checked == text.strip()
        assert 0 < len(checked) <= inputs.MAX_HEADING

    @pytest.mark.parametrize("blank", ["", " \n", "\u200b", "\xad", "\u0301", "\ue000"])
    def test_what_shows_nothing_is_no_heading(self, blank: str) -> None:
        assert "blank" in refusal(inputs.heading, blank)

    @pytest.mark.parametrize("text", ["a\0b", "\ud800"])
    def test_what_no_text_has_is_named(self, text: str) -> None:
        assert "U+" in refusal(inputs.heading, text)

    def test_a_long_text_is_told_how_long_it_is(self) -> None:
        assert inputs.text(3)("é" * 3) == "ééé"
        assert refusal(inputs.text(3), "four") == "has 4 characters; at most 3 fit"
        assert "100" in refusal(inputs.label, "x" * 101)

    @given(st.text())
    def test_for_no_slug_one_is_suggested_that_is(self, text: str) -> None:
        try:
            assert inputs.slug(text) == text
        except ValueError as refused:
            suggested = str(refused).rpartition("`")[0].rpartition("`")[2]
            assert inputs.slug(suggested) == suggested


class TestPlaces:
    @pytest.mark.parametrize("zone", ["Europe/Brussels", "UTC", "America/Argentina/Ushuaia", "Etc/GMT-1"])
    def test_a_zone_is_one_that_can_be_computed_with(self, zone: str) -> None:
        assert inputs.zone(zone) == zone

    @pytest.mark.parametrize("zone", ["", "europe/brussels", "localtime", "../../etc/passwd", "Europe/", "x" * 9999])
    def test_for_anything_else_the_nearest_is_named(self, zone: str) -> None:
        assert "/" in refusal(inputs.zone, zone)

    @pytest.mark.parametrize("url", ["https://example.org/a.png", "http://localhost:8000", "https://例え.jp/画?q=1#f"])
    def test_an_address_is_absolute(self, url: str) -> None:
        assert inputs.address(url) == url

    @pytest.mark.parametrize(
        "url",
        [
            "javascript:alert(1)",
            "//example.org",
            "https://",
            "https:///path",
            "ftp://example.org",
            "https://example.org/a b",
            "https://example.org/\u2028",
            "https://[::1",
            f"https://example.org/{'a' * 2000}",
        ],
    )
    def test_anything_else_is_none(self, url: str) -> None:
        assert "https://example.org/poster.png" in refusal(inputs.address, url)


class TestNumbersAndTimes:
    @given(st.integers(), st.integers(min_value=-5, max_value=5))
    def test_a_whole_number_lies_within_its_bounds(self, value: int, least: int) -> None:
        if least <= value <= 9:
            assert inputs.whole(least, 9)(value) == value
        else:
            assert str(least) in refusal(inputs.whole(least, 9), value)

    @pytest.mark.parametrize("day", [dt.date.min, dt.date.max])
    def test_the_first_and_the_last_day_are_infinities_to_the_database(self, day: dt.date) -> None:
        assert "between" in refusal(inputs.day, day)

    def test_moments_can_be_shown_in_every_zone(self) -> None:
        assert inputs.moment(inputs.EARLIEST) == inputs.EARLIEST
        for moment in (inputs.EARLIEST - dt.timedelta(seconds=1), inputs.LATEST):
            assert "years" in refusal(inputs.moment, moment)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(), below, max_size=3),
    max_leaves=8,
)


class TestJson:
    @pytest.mark.parametrize("value", [None, [], "text", 5])
    def test_it_is_an_object(self, value: object) -> None:
        assert "object" in refusal(inputs.json_object, value)

    def test_it_is_neither_too_deep_nor_too_large(self) -> None:
        deep: dict[str, Any] = {}
        for _ in range(100_000):
            deep = {"below": deep}
        assert "deep" in refusal(inputs.json_object, {"a": deep})
        assert "64 KB" in refusal(inputs.json_object, {"a": "x" * 65_536})

    @pytest.mark.parametrize("leaf", [2**53, -(2**60), float("nan"), float("inf"), "\0", "\udfff"])
    def test_it_holds_nothing_that_the_database_or_a_reader_would_lose(self, leaf: object) -> None:
        assert refusal(inputs.json_object, {"a": [{"b": leaf}]})
        if isinstance(leaf, str):
            assert refusal(inputs.json_object, {leaf: 1})
