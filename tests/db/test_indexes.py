"""`docs/indexes.md` speaks of the indexes that there are."""

import re
from pathlib import Path

import asyncpg

from tests.db.names import declared

PAGE = Path(__file__).parents[2] / "docs" / "indexes.md"
ROW = re.compile(r"^\| `(\w+)` \| (.+) \|$", re.MULTILINE)


async def test_the_page_names_exactly_the_indexes_that_there_are(connection: asyncpg.Connection) -> None:
    rows = await connection.fetch("SELECT indexname FROM pg_indexes WHERE schemaname = 'public'")
    there = {row["indexname"] for row in rows if not row["indexname"].startswith("alembic")}

    named = [name for name, _ in ROW.findall(PAGE.read_text())]

    assert len(named) == len(set(named))
    assert set(named) == there


async def test_the_page_counts_the_indexes_of_events_right(connection: asyncpg.Connection) -> None:
    count = await connection.fetchval("SELECT count(*) FROM pg_indexes WHERE tablename = 'events'")

    assert f"`events` has {count}," in PAGE.read_text()


def test_the_page_speaks_of_queries_that_there_are() -> None:
    queries = set(
        re.findall(
            r"`([a-z_]+(?:\.[a-z_]+)?\.(?:page|count|by_id|by_slug|packages|items|members|pools|counters|tickets|lines|taxes|payments|refunds|with_codes|eligibility|memberships|ahead|of_functions|events))`",
            PAGE.read_text(),
        )
    )

    assert queries == declared() - {"event.child_events.count", "search.matches"}


def test_the_page_speaks_of_files_and_words_that_there_are() -> None:
    root = PAGE.parents[1]
    for path in re.findall(r"`([\w/]+\.py)`", PAGE.read_text()):
        assert (root / path).is_file(), path
    statements = (root / "db" / "statements" / "paging.py").read_text()
    for function in ("unforeseen", "fenced"):
        assert f"def {function}(" in statements
