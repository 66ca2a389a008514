"""`boxoffice outbox`, as operators meet it."""

import asyncio
from collections.abc import Callable

import asyncpg
import pytest
from typer.testing import CliRunner

from server.cli import app

pytestmark = pytest.mark.usefixtures("console_logs")

Program = Callable[..., tuple[int, str]]


@pytest.fixture
def program(database_url: str, redis_url: str) -> Program:
    given = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "SECRET_KEY": "k" * 32, "COLUMNS": "200"}

    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["outbox", *arguments], env=given)
        return done.exit_code, done.output

    return run


@pytest.fixture
def entries(database_url: str) -> None:
    """One that waits, two that were given up, one that was delivered: 1 to 4."""

    async def write() -> None:
        connection = await asyncpg.connect(database_url)
        try:
            await connection.execute(
                "INSERT INTO outbox (topic, payload, attempts, dead_at, delivered_at, last_error) VALUES "
                """('a.waits', '{"version": 1}', 0, NULL, NULL, NULL), """
                """('b.dead', '{"version": 1}', 30, now(), NULL, 'the mail server answered 550'), """
                """('c.dead', '{"version": 1}', 1, now(), NULL, 'no address'), """
                """('d.told', '{"version": 1}', 1, NULL, now(), NULL)"""
            )
        finally:
            await connection.close()

    asyncio.run(write())


def test_where_nothing_is_dead_it_says_so(program: Program) -> None:
    assert program("list") == (0, "No entry is dead.\n0 pending; 0 dead.\n")


def test_the_dead_are_listed_with_what_was_wrong(program: Program, entries: None) -> None:
    code, told = program("list")

    assert code == 0
    assert [line.split()[:2] for line in told.splitlines()[1:3]] == [["3", "c.dead"], ["2", "b.dead"]]
    assert "the mail server answered 550" in told
    assert told.splitlines()[-1].startswith("1 pending, the oldest since ")
    assert told.splitlines()[-1].endswith(" s; 2 dead.")


def test_other_states_are_listed_too(program: Program, entries: None) -> None:
    assert program("list", "--state", "pending")[1].splitlines()[1].split()[:2] == ["1", "a.waits"]
    assert program("list", "--state", "delivered")[1].splitlines()[1].split()[:2] == ["4", "d.told"]


def test_one_is_shown_with_its_fact(program: Program, entries: None) -> None:
    code, told = program("show", "2")

    assert code == 0
    assert "topic         b.dead" in told
    assert "attempts      30" in told
    assert "last error    the mail server answered 550" in told
    assert '"version": 1' in told
    assert program("show", "99") == (
        1,
        "boxoffice: there is no entry 99; delivered ones are removed after OUTBOX_KEPT_DAYS\n",
    )


def test_chosen_ones_are_replayed_and_the_others_are_told(program: Program, entries: None) -> None:
    assert program("replay", "2", "4") == (
        1,
        "2 is delivered again.\nboxoffice: not dead, so left alone: 4\n",
    )
    assert program("list")[1].splitlines()[1].split()[0] == "3"


def test_all_are_replayed(program: Program, entries: None) -> None:
    assert program("replay", "--all") == (0, "2, 3 are delivered again.\n")
    assert program("replay", "--all") == (0, "Nothing was dead.\n")
    assert program("list")[1].endswith(" s; 0 dead.\n")


@pytest.mark.parametrize("arguments", [(), ("--all", "2")])
def test_what_to_replay_must_be_said(program: Program, arguments: tuple[str, ...]) -> None:
    assert program("replay", *arguments) == (2, "boxoffice: name the entries to replay, or pass --all\n")
