"""Identities and slugs for what was read: the same at every import, and fit for the database."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

from domain.slugs import slugify
from integrations.schedules.limits import MAX_IDENTITY

LONGEST = 120


def fitting(identity: str) -> str:
    """An identity that fits an index: as it is, or if it is long, its beginning and a digest of all of it."""
    if len(identity) <= MAX_IDENTITY:
        return identity
    return f"{identity[: MAX_IDENTITY - 65]}:{hashlib.sha256(identity.encode()).hexdigest()}"


def told_apart(slug: str, external_id: str) -> str:
    """The slug for when the proposal is taken: with eight digits that follow from the external id alone."""
    digest = hashlib.sha256(external_id.encode()).hexdigest()[:8]
    return f"{slugify(slug, fallback='x', limit=LONGEST - 9)}-{digest}"


def proposal(text: str, external_id: str, *, fallback: str) -> str:
    """A slug from a heading, or from the slug that a file has.

    Args:
        text: the heading.
        external_id: tells apart what has no letter that a slug can hold.
        fallback: the word for a heading that leaves nothing.
    """
    return slugify(text, fallback="", limit=LONGEST) or told_apart(fallback, external_id)


def within(edition: str, stem: str, slug: str) -> str:
    """The slug of a talk, which begins with that of its edition: a title such as "Welcome" comes back every year.

    Frab's own slugs are `<acronym>-<id>-<title>`; that beginning is not said twice.

    Args:
        edition: slug of the edition.
        stem: slug of its acronym, which may lack the year.
        slug: of the talk alone.
    """
    for beginning in (f"{edition}-", f"{stem}-"):
        slug = slug.removeprefix(beginning)
    return slugify(f"{edition}-{slug}", fallback=slug, limit=LONGEST)


def distinct(proposals: Sequence[tuple[str, str]]) -> list[str]:
    """One slug for each pair of proposal and external id, no two equal.

    All that share a proposal are told apart, not all but the first, so that no slug hangs on the order of the file.
    """
    counts = Counter(slug for slug, _ in proposals)
    return [slug if counts[slug] == 1 else told_apart(slug, external_id) for slug, external_id in proposals]
