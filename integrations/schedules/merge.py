"""Joining what several files say of the same gathering."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from integrations.schedules.model import Gathering, Json
from integrations.schedules.names import distinct


def merge(gatherings: Iterable[Gathering]) -> tuple[Gathering, ...]:
    """Each gathering once, in the order of its first mention.

    The topics of all mentions are united. Of everything else the later mention stands where it says anything, so
    merging is the same as taking the files one after the other, an addition at a time; saying a thing twice changes
    nothing. Dates go together, so that no end comes before a start; so do talks: a later mention with talks is a later
    listing of all of them. Slugs are told apart anew.
    """
    joined: dict[str, Gathering] = {}
    for gathering in gatherings:
        known = joined.get(gathering.external_id)
        joined[gathering.external_id] = gathering if known is None else _join(known, gathering)
    slugs = distinct([(gathering.slug, gathering.external_id) for gathering in joined.values()])
    return tuple(replace(gathering, slug=slug) for gathering, slug in zip(joined.values(), slugs, strict=True))


def _join(earlier: Gathering, later: Gathering) -> Gathering:
    dated = later if later.start_date else earlier
    metadata: dict[str, Json] = {**earlier.metadata, **later.metadata}
    topics = {topic for one in (earlier, later) for topic in _topics(one)}
    if topics:
        metadata["topics"] = list[Json](sorted(topics))
    return Gathering(
        external_id=later.external_id,
        name=later.name,
        slug=later.slug,
        description=later.description or earlier.description,
        start_date=dated.start_date,
        end_date=dated.end_date,
        zone=later.zone or earlier.zone,
        location=later.location or earlier.location,
        image_url=later.image_url or earlier.image_url,
        metadata=metadata,
        talks=later.talks or earlier.talks,
    )


def _topics(gathering: Gathering) -> list[str]:
    topics = gathering.metadata.get("topics")
    return [topic for topic in topics if isinstance(topic, str)] if isinstance(topics, list) else []
