import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.schedules.names import distinct, fitting, proposal, told_apart, within
from tests.integrations.schedules.writing import PATIENT

WELL_FORMED = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@PATIENT
@given(text=st.text(), external_id=st.text(st.characters(exclude_categories=["Cs"])))
def test_a_proposal_is_always_a_slug(text: str, external_id: str) -> None:
    slug = proposal(text, external_id, fallback="talk")

    for one in (slug, told_apart(slug, external_id), within("moot-2024", "moot", slug)):
        assert WELL_FORMED.fullmatch(one)
        assert len(one) <= 120


@pytest.mark.parametrize("slug", ["7-opening", "moot-7-opening", "moot-2024-7-opening"])
def test_a_talks_slug_begins_with_its_edition_once(slug: str) -> None:
    assert within("moot-2024", "moot", slug) == "moot-2024-7-opening"


def test_a_word_that_only_begins_alike_is_kept() -> None:
    assert within("camp-2024", "camp", "camping") == "camp-2024-camping"


def test_a_title_without_latin_letters_has_a_slug_of_its_own() -> None:
    one, other = (proposal("開会式", external_id, fallback="talk") for external_id in ("id:1", "id:2"))

    assert one.startswith("talk-")
    assert one != other


def test_equal_proposals_are_told_apart_whatever_their_order() -> None:
    pairs = [("lunch", "id:1"), ("opening", "id:2"), ("lunch", "id:3")]

    slugs = dict(zip([key for _, key in pairs], distinct(pairs), strict=True))
    backwards = dict(zip([key for _, key in pairs[::-1]], distinct(pairs[::-1]), strict=True))

    assert slugs == backwards
    assert slugs["id:2"] == "opening"
    assert len(set(slugs.values())) == 3


def test_a_long_identity_is_cut_and_still_its_own() -> None:
    assert fitting("x" * 200) == "x" * 200
    assert len(fitting("x" * 201)) == 200
    assert fitting("x" * 201) != fitting("x" * 202)
