import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.schedules.faults import Faults
from integrations.schedules.json_tree import cell_of, member, parse_json, record_of
from integrations.schedules.limits import MAX_DEPTH, MAX_TOKENS
from integrations.schedules.model import BrokenSchedule
from tests.integrations.schedules.writing import PATIENT

VALUES = st.recursive(
    st.none() | st.booleans() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def fault(data: bytes) -> str:
    with pytest.raises(BrokenSchedule) as refusal:
        parse_json(data, Faults("a.json"))
    return "; ".join(f"{one.where}: {one.what}" for one in refusal.value.faults)


@PATIENT
@given(VALUES)
def test_what_python_writes_is_read_back(value: object) -> None:
    assert parse_json(json.dumps(value).encode(), Faults("a.json")) == value


def test_a_byte_order_mark_is_passed_over() -> None:
    assert parse_json(b"\xef\xbb\xbf[]", Faults("a.json")) == []


def test_numbers_stay_texts_however_long() -> None:
    assert parse_json(b"[1, -2.50, 1e999, " + b"9" * 5000 + b"]", Faults("a.json")) == [
        "1",
        "-2.50",
        "1e999",
        "9" * 5000,
    ]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b'{"a": 1,\n "b" 2}', "line 2, column 6: the JSON does not parse: Expecting ':' delimiter"),
        (b"[1] [2]", "line 1, column 5: the JSON does not parse: Extra data"),
        (b'["a', "line 1, column 2: the JSON does not parse: Unterminated string starting at"),
        (b'[\n"\xff"]', "line 2: not in UTF-8, which JSON is always written in (RFC 8259, section 8.1)"),
        (b"[NaN]", "file: NaN is no JSON (RFC 8259, section 6)"),
        (b"[-Infinity]", "file: -Infinity is no JSON (RFC 8259, section 6)"),
    ],
)
def test_what_does_not_parse_is_told_with_its_place(data: bytes, told: str) -> None:
    assert fault(data) == told


def test_a_name_that_stands_twice_is_told_with_its_path() -> None:
    data = b'{"rooms": [{"Main Hall": [], "Foyer": [], "Main Hall": []}, {"x": {"y": 1, "y": 2}}]}'

    assert fault(data) == (
        "$.rooms[0]: the name 'Main Hall' stands twice in one object; "
        "$.rooms[1].x: the name 'y' stands twice in one object"
    )


def test_a_doubled_name_inside_a_lost_value_is_told_too() -> None:
    assert fault(b'{"a": {"b": 1, "b": 2}, "a": 3}') == (
        "$: the name 'b' stands twice in one object; $: the name 'a' stands twice in one object"
    )


def test_values_may_stand_only_so_deep_in_one_another() -> None:
    deep = b"[" * MAX_DEPTH + b'"]]][[["' + b"]" * MAX_DEPTH

    assert parse_json(deep, Faults("a.json"))
    assert fault(b"\n[" + deep + b"]") == (
        f"line 2: objects and arrays stand more than {MAX_DEPTH} deep in one another"
    )


@pytest.mark.parametrize(("unit", "times"), [(b"[", 10_000_000), (b'{"a":', 2_000_000), (b'"\\', 5_000_000)])
def test_a_hostile_nesting_is_refused_quickly(unit: bytes, times: int) -> None:
    began = time.process_time()
    fault(unit * times)

    assert time.process_time() - began < 10  # trying each quote as a beginning would take hours


def test_there_may_be_only_so_many_values() -> None:
    assert fault(b"[" + b'"",' * MAX_TOKENS + b'""]').endswith("more than 2,000,000 values")


def test_a_path_names_plain_members_plainly_and_quotes_others() -> None:
    assert member("$", "schedule") == "$.schedule"
    assert member("$.rooms", 'Saal "1"') == '$.rooms["Saal \\"1\\""]'


def test_a_record_holds_the_plain_values_with_their_paths() -> None:
    record = record_of({"title": " A ", "id": "7", "ok": True, "none": None, "list": []}, "$[0]", Faults("a.json"))

    assert {name: (cell.text, cell.where) for name, cell in record.cells.items()} == {
        "title": ("A", "$[0].title"),
        "id": ("7", "$[0].id"),
        "ok": ("true", "$[0].ok"),
    }


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"de": "Eröffnung", "en": "Opening"}, "Opening"),
        ({"de-formal": "", "cs": "Zahájení"}, "Zahájení"),
        ({"name": "a track", "slug": "track"}, ""),
        ({}, ""),
    ],
)
def test_of_several_languages_english_is_read_or_the_first(value: object, text: str) -> None:
    assert cell_of(value, "$", Faults("a.json")).text == text


@pytest.mark.parametrize("text", ["a\0b", "\ud83d"])
def test_characters_that_no_text_may_hold_are_faults(text: str) -> None:
    faults = Faults("a.json")

    assert cell_of(text, "$.title", faults).text == ""
    with pytest.raises(BrokenSchedule, match=r"\$\.title: holds a character that no text may hold"):
        faults.settle()
