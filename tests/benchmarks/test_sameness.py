from collections.abc import Callable
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest

from domain.ids import encode_global_id

KEY = UUID("01980000-0000-7000-8000-000000000001")


@pytest.fixture
def canonical(program: Callable[[str], ModuleType]) -> Callable[[Any], Any]:
    function: Callable[[Any], Any] = program("sameness").canonical
    return function


def test_the_same_in_other_words_is_the_same(canonical: Callable[[Any], Any]) -> None:
    ours = {
        "id": encode_global_id("Event", KEY),
        "eventStart": "2027-01-01T09:15:00Z",
        "tickets": [{"id": str(KEY), "price": {"amount": "12.50", "currency": "EUR"}}],
    }
    theirs = {
        "id": str(KEY),
        "eventStart": "2027-01-01T10:15:00.000000+01:00",
        "tickets": [{"id": str(KEY), "priceAmount": "1250", "priceCurrency": "EUR"}],
    }

    assert canonical(ours) == canonical(theirs)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({"name": "a"}, {"name": "b"}),
        ({"name": "a"}, {"name": "a", "title": None}),
        ({"id": encode_global_id("Event", KEY)}, {"id": str(UUID(int=KEY.int + 1))}),
        ({"eventStart": "2027-01-01T09:15:00Z"}, {"eventStart": "2027-01-01T09:15:00+01:00"}),
        ({"price": {"amount": "12.50", "currency": "EUR"}}, {"price": {"amount": "12.50", "currency": "USD"}}),
        ({"price": {"amount": "1250", "currency": "JPY"}}, {"priceAmount": "125000", "priceCurrency": "JPY"}),
        ([{"name": "a"}, {"name": "b"}], [{"name": "b"}, {"name": "a"}]),
        ([{"name": "a"}], []),
    ],
)
def test_what_says_something_else_is_not_the_same(
    canonical: Callable[[Any], Any], ours: object, theirs: object
) -> None:
    assert canonical(ours) != canonical(theirs)
