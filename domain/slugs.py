"""Slugs: the names that stand in addresses."""

from __future__ import annotations

import re
import unicodedata

MAX_LENGTH = 200
"""As the database's CHECK constraint has it."""

_SEPARATORS = re.compile(r"[^a-z0-9]+")


def slugify(text: str, *, fallback: str, limit: int = 120) -> str:
    """Lower-case ASCII words joined by single hyphens.

    Args:
        text: any heading; accents are dropped, other scripts are left out.
        fallback: what stands for a text that leaves nothing; itself a slug.
        limit: the longest slug to make; a word that does not fit whole is left out, unless it is the first.
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower().replace("'", "")
    slug = _SEPARATORS.sub("-", plain).strip("-")
    if len(slug) > limit:
        head = slug[: limit + 1].rpartition("-")[0] or slug[:limit]
        slug = head.strip("-")
    return slug or fallback
