"""Containers are made of columns, whatever their keys and constants."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from execution.containers import COLUMN, Column, Template, maker_of

KEYS = st.text(max_size=8)
TEMPLATES = st.dictionaries(KEYS, st.one_of(st.text(max_size=8), st.none(), st.just(COLUMN)), max_size=6).map(
    lambda items: tuple(items.items())
)


@given(TEMPLATES, st.integers(0, 4))
def test_an_object_has_its_keys_in_order_with_what_is_constant_and_what_columns_hold(
    template: Template, count: int
) -> None:
    width = sum(isinstance(value, Column) for _, value in template)
    columns = [[f"{column}.{row}" for row in range(count)] for column in range(width)]

    made = maker_of(template)(columns, count)

    assert len(made) == count
    for row, container in enumerate(made):
        values = iter(columns)
        expected: list[tuple[str, Any]] = [
            (key, next(values)[row] if isinstance(value, Column) else value) for key, value in template
        ]
        assert list(container.items()) == expected


def test_objects_are_not_shared() -> None:
    one, other = maker_of((("a", None),))([], 2)

    one["a"] = 1
    assert other == {"a": None}


@given(st.text(max_size=30))
def test_a_key_is_never_code(key: str) -> None:
    assert maker_of(((key, key),))([], 1) == [{key: key}]


def test_the_same_template_is_compiled_once() -> None:
    assert maker_of((("a", COLUMN), ("b", "x"))) is maker_of((("a", COLUMN), ("b", "x")))
