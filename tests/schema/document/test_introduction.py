"""The prose before the types speaks of what is there, and of all of it."""

import json
import re
from pathlib import Path

import pytest

from domain import errors
from persisted_queries.documents import Refusal
from resolvers.paging import MAX_SIZE, PageArguments
from schema import graphql_schema
from schema.document.introduction import ERROR_CODES, introduction
from schema.document.markdown import page

ROOMS = ("domain", "persisted_queries", "resolvers", "server")
ROOT = Path(__file__).resolve().parents[3]


def refusals() -> list[str]:
    """The codes of the refusals that every room may raise."""
    defined = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.Refusal)]
    return sorted({each.code for each in defined} - {errors.Refusal.code})


@pytest.mark.parametrize("code", [*refusals(), *(each.value for each in Refusal)])
def test_every_code_of_a_refusal_is_explained(code: str) -> None:
    assert ERROR_CODES[code]


@pytest.mark.parametrize("code", ERROR_CODES)
def test_no_code_is_explained_that_nothing_sends(code: str) -> None:
    sources = (path.read_text() for room in ROOMS for path in (ROOT / room).rglob("*.py"))

    assert any(f'"{code}"' in source for source in sources)


def test_the_example_of_an_error_is_what_the_pages_say() -> None:
    text = page(introduction(graphql_schema()))
    found = re.search(r"^```json\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    assert found is not None
    (error,) = json.loads(found[1])["errors"]

    with pytest.raises(errors.InvalidArgument) as refused:
        PageArguments(first=1000).size()

    assert error["message"] == str(refused.value)
    assert error["extensions"] == {"code": refused.value.code}


def test_the_limits_of_a_page_are_those_in_force() -> None:
    assert f"at most\n{MAX_SIZE};" in page(introduction(graphql_schema()))
