"""How many connections a process may open, and that a server says so where there are too few."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from db.database import DatabaseOptions, open_database
from server.connections import check_room, connections_of
from server.settings import Settings, load_settings
from tests.plugins.servers import execute

SERVING = """
    INSERT INTO serving_processes (process_id, name, version, beat, lease, beaten_at)
    SELECT gen_random_uuid(), 'one', 1, 1, 5, now() - make_interval(secs => age) FROM (VALUES (0), (3), (60)) AS _ (age)
"""
"""Two that serve, and one that was killed a minute ago."""


def settings(**given: Any) -> Settings:
    return load_settings(secret_key="k" * 32, **given)


@pytest.mark.parametrize(
    ("given", "works", "connections"),
    [({}, False, 35), ({}, True, 45), ({"response_cache_bytes": 0, "database_pool_size": 3}, False, 13)],
)
def test_a_process_opens_three_pools_that_read_one_that_writes_and_what_follows_changes(
    given: dict[str, int], *, works: bool, connections: int
) -> None:
    assert connections_of(settings(**given), works=works) == connections


@pytest.mark.parametrize(
    ("given", "warns"),
    [
        ({"database_pool_size": 1}, False),
        ({"database_pool_size": 1000}, True),
        ({"database_pool_size": 1000, "database_prepared_statements": False}, False),
    ],
    ids=["enough", "too few", "behind a pooler"],
)
async def test_a_server_warns_where_all_that_serve_could_open_too_many(
    database_url: str, given: dict[str, Any], *, warns: bool
) -> None:
    execute(database_url, SERVING)
    async with open_database(DatabaseOptions(database_url, under_roles=True)) as database:
        with capture_logs() as logs:
            await check_room(database, settings(**given), works=False)

    assert [(each["processes"], each["most_of_each"]) for each in logs] == ([(2, 3005)] if warns else [])


async def test_a_database_that_is_away_is_told_of_elsewhere() -> None:
    async with open_database(DatabaseOptions("postgresql://nobody@127.0.0.1:1/nothing")) as database:
        with capture_logs() as logs:
            await check_room(database, settings(), works=False)

    assert logs == []
