"""Real hierarchies: an edition as the parent event, its talks as children; over to functions and back.

The schedules are not part of the repository; without them, the same is done with made-up ones.
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pytest

from commands.function_migration.looking import complete, validate
from domain.ids import uuid7
from integrations.schedules.model import Gathering, Talk
from integrations.schedules.read import read_schedule
from tests.commands.function_migration.house import OPERATOR, House, without

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
ZONE = "Europe/Brussels"
ENOUGH = 5000

COLUMNS = (
    "event_id", "organisation_id", "parent_event_id", "title", "slug", "description", "event_start", "event_end",
    "timezone", "location", "is_published", "metadata",
)  # fmt: skip


@cache
def real() -> tuple[Gathering, ...]:
    """The editions of the shared schedules with their talks, and the years of each topic with their conferences."""
    if not DATA.is_dir():
        pytest.skip(f"the schedules are not there: {DATA.parent.name}/{DATA.name} beside the repository")
    files = sorted([*(DATA / "fosdem").glob("*.xml.gz"), *(DATA / "frab").glob("*.json")])
    editions = [item for path in files for item in read_schedule(path.name, path.read_bytes(), default_zone=ZONE).items]
    for path in sorted((DATA / "conference-data").glob("*/*.json"), reverse=True):
        if sum(len(edition.talks) for edition in editions) > ENOUGH:
            break
        topic = topic_of(f"{path.stem}-{path.parent.name}", read_schedule(path.name, path.read_bytes()).items)
        editions += [topic] if topic.talks else []
    return tuple(editions)


def topic_of(name: str, conferences: Iterable[Gathering]) -> Gathering:
    """A year of a topic, as an edition whose talks are conferences."""

    def midnight(day: dt.date | None, later: int = 0) -> dt.datetime | None:
        if day is None:
            return None
        return dt.datetime.combine(day + dt.timedelta(days=later), dt.time(), ZoneInfo(ZONE)).astimezone(dt.UTC)

    talks = tuple(
        Talk(each.external_id, each.name, each.slug, None, start, midnight(each.end_date, 1), None, each.location, None,
             each.metadata)
        for each in conferences if (start := midnight(each.start_date))
    )  # fmt: skip
    return Gathering(name, name, name, None, None, None, ZONE, None, None, {}, talks)


def made_up() -> tuple[Gathering, ...]:
    """Five editions in three zones, with talks until after midnight."""
    start = dt.datetime(2026, 5, 1, 9, tzinfo=dt.UTC)
    zones = itertools.cycle(["Europe/Berlin", "America/New_York", "Pacific/Auckland"])
    return tuple(
        Gathering(
            f"edition:{number}", f"Edition {number}", f"edition-{number}", None, None, None, zone, "Somewhere", None,
            {"number": number},
            tuple(_talk(number, place, start + dt.timedelta(days=number * 30, hours=place * 3)) for place in range(20)),
        )
        for number, zone in zip(range(5), zones, strict=False)
    )  # fmt: skip


def _talk(number: int, place: int, start: dt.datetime) -> Talk:
    title = f"Talk {number}-{place}"
    end = None if place % 5 == 0 else start + dt.timedelta(hours=1)
    return Talk(f"guid:{number}-{place}", title, f"talk-{number}-{place}", None, start, end, None, None, None, {})


async def fill(house: House, editions: tuple[Gathering, ...]) -> None:
    """Put editions in as parent events, talks as their children."""
    rows = []
    for edition in editions:
        parent, zone = uuid7(), edition.zone or ZONE
        starts = [talk.start for talk in edition.talks]
        rows.append(
            (parent, house.home, None, edition.name, edition.slug, edition.description, min(starts), None, zone,
             edition.location, True, orjson.dumps(edition.metadata).decode())
        )  # fmt: skip
        rows += [
            (uuid7(), house.home, parent, talk.title, f"{talk.slug}-{uuid7().hex[-8:]}", talk.description, talk.start,
             talk.end, talk.zone or zone, talk.location, True, orjson.dumps(talk.metadata).decode())
            for talk in edition.talks
        ]  # fmt: skip
    await house.plain.copy_records_to_table("events", columns=list(COLUMNS), records=rows)


@pytest.mark.parametrize(("editions", "least"), [(real, ENOUGH), (made_up, 100)], ids=["real", "made up"])
async def test_editions_become_functions_that_hold_what_the_file_holds_and_go_back(
    house: House, editions: Callable[[], tuple[Gathering, ...]], least: int
) -> None:
    given = editions()
    assert sum(len(edition.talks) for edition in given) >= least
    await fill(house, given)
    assert (await validate(house.database)).findings == []
    before = await house.dump()

    done = await house.migrate()

    assert (done.functions, done.events) == (len(given), len(given) + sum(len(edition.talks) for edition in given))
    assert (await validate(house.database)).findings == []
    for edition in given:
        await expect(house, edition)

    made = await change_some(house)
    assert (await validate(house.database)).findings == []
    await complete(house.database, actor=OPERATOR, reason="To try.")
    back = await house.roll_back()

    assert back.moved > 0
    assert back.remaining == []
    assert without(await house.dump(), made) == before


async def expect(house: House, edition: Gathering) -> None:
    """The function of an edition holds its talks, as the file has them, and its days are those of the file's talks."""
    function = await house.plain.fetchrow("SELECT * FROM functions WHERE slug = $1", edition.slug)
    rows = await house.plain.fetch(
        "SELECT title, event_start, event_end, location FROM events "
        "WHERE function_id = $1 AND parent_event_id IS NOT NULL",
        function["function_id"],
    )
    assert sorted(map(repr, (tuple(row) for row in rows))) == sorted(
        repr((talk.title, talk.start, talk.end, talk.location)) for talk in edition.talks
    )
    zone = ZoneInfo(edition.zone or ZONE)
    assert (function["name"], function["timezone"], function["location"]) == (edition.name, zone.key, edition.location)
    assert function["start_date"] == min(talk.start for talk in edition.talks).astimezone(zone).date()
    moment = dt.timedelta(microseconds=1)
    last = max(talk.end - moment if talk.end and talk.end > talk.start else talk.start for talk in edition.talks)
    assert function["end_date"] == last.astimezone(zone).date()


async def change_some(house: House) -> list[object]:
    """What clients of both kinds do meanwhile; the keys of the events that they add."""
    draw = random.Random(7)
    parents = [(row["function_id"], row["event_id"]) for row in await house.plain.fetch("SELECT * FROM function_roots")]
    children = await house.plain.fetch(
        "SELECT event_id FROM events WHERE parent_event_id IS NOT NULL ORDER BY event_id"
    )
    for row in draw.sample(children, 60):
        function, parent = draw.choice(parents)
        change, to = draw.choice(
            [("parent_event_id", parent), ("function_id", function), ("function_id", None), ("parent_event_id", None)]
        )
        await house.plain.execute(f"UPDATE events SET {change} = $2 WHERE event_id = $1", row["event_id"], to)  # noqa: S608 - from above
    made: list[object] = []
    for _ in range(10):
        function, parent = draw.choice(parents)
        made += [await house.event(parent=parent), await house.event(function_id=function)]
    return made
