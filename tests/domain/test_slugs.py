"""Slugs are ASCII words joined by single hyphens, as the database's CHECK constraint has them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.slugs import MAX_LENGTH, slugify

HEADINGS = [
    ("Winterfest 2027", "winterfest-2027"),
    ("  Éclair & crème brûlée!  ", "eclair-creme-brulee"),
    ("It's Rock'n'Roll", "its-rocknroll"),
    ("C++ / Rust — which?", "c-rust-which"),
    ("\N{LATIN SMALL LIGATURE FI}ne \N{SUPERSCRIPT TWO}", "fine-2"),
    ("東京", "untitled"),
    ("🎟🎟", "untitled"),
    ("---", "untitled"),
    ("", "untitled"),
    ("\0\n\t", "untitled"),
]


@pytest.mark.parametrize(("heading", "slug"), HEADINGS, ids=[ascii(heading) for heading, _ in HEADINGS])
def test_a_heading_becomes_words_joined_by_hyphens(heading: str, slug: str) -> None:
    assert slugify(heading, fallback="untitled") == slug


@pytest.mark.parametrize(
    ("limit", "slug"),
    [(100, "one-two-three"), (13, "one-two-three"), (12, "one-two"), (8, "one-two"), (7, "one-two"), (6, "one")],
)
def test_a_word_that_does_not_fit_whole_is_left_out(limit: int, slug: str) -> None:
    assert slugify("one two three", fallback="untitled", limit=limit) == slug


def test_a_first_word_that_does_not_fit_is_cut() -> None:
    assert slugify("Donaudampfschifffahrtsgesellschaft", fallback="untitled", limit=10) == "donaudampf"


@given(st.text(max_size=300), st.integers(1, MAX_LENGTH))
def test_a_slug_is_always_one_that_the_database_lets_in(heading: str, limit: int) -> None:
    slug = slugify(heading, fallback="x", limit=limit)

    assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", slug)
    assert len(slug) <= limit


@given(st.text(max_size=300))
def test_a_slug_is_its_own_slug(heading: str) -> None:
    slug = slugify(heading, fallback="untitled")

    assert slugify(slug, fallback="other") == slug
