"""Versions and guides, as clients are shown them; and the schema against the one that was released last."""

import asyncio
import datetime as dt
import logging
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import structlog
from graphql import parse, validate
from typer.testing import CliRunner

from db.database import DatabaseOptions, open_database
from db.usage import UsageRow, add_usage
from domain.versions import DEPRECATIONS, VERSIONS
from schema import graphql_schema, sdl
from schema.releases import releases
from server import releasing
from server.app import open_app
from server.cli import app as program
from server.documents.__main__ import main
from server.guides import guides
from server.releasing import check_schema
from server.settings import load_settings

VERSIONS_QUERY = "{ apiVersions { name isLatest isDeprecated sunsetAt migrationGuide breakingChanges } }"


@pytest.fixture
async def client(database_url: str, redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    settings = load_settings(database_url=database_url, redis_url=redis_url, secret_key="k" * 32)
    async with (
        open_app(settings) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as opened,
    ):
        yield opened


@pytest.fixture
def _logs() -> Iterator[None]:
    """What a command does to the logs is undone."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


async def test_clients_are_told_what_ends_and_find_the_guide(client: httpx.AsyncClient) -> None:
    answer = (await client.get("/graphql", params={"query": VERSIONS_QUERY})).json()
    latest, first = answer["data"]["apiVersions"]
    guide = await client.get(first["migrationGuide"])
    old = await client.get("/graphql", params={"query": "{ events { nodes { parentEventId } } }"})
    (linked,) = re.findall(r"<([^>]+)>", old.headers["link"])

    assert (latest["name"], latest["isLatest"], latest["isDeprecated"], latest["sunsetAt"]) == ("2", True, False, None)
    assert (first["name"], first["isDeprecated"], first["sunsetAt"]) == ("1", True, "2027-11-21")
    assert [each.partition(" ")[0].strip("`") for each in first["breakingChanges"]] == list(DEPRECATIONS)
    assert (guide.status_code, guide.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert guide.text.startswith("# From parent events to functions")
    assert linked == first["migrationGuide"]
    for field in ("deprecation", "sunset", "link"):
        assert f"{field.title()}: {old.headers[field]}" in guide.text


@pytest.mark.parametrize("path", ["/guides/nothing", "/guides/", "/guides/..%2Fapp"])
async def test_other_guides_there_are_none(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize("name", sorted(guides()))
def test_what_a_guide_shows_can_be_asked(name: str) -> None:
    shown = re.findall(r"```graphql\n(.*?)```", guides()[name], re.DOTALL)

    assert shown
    for document in shown:
        assert validate(graphql_schema(), parse(document)) == []


def test_there_is_a_guide_for_whatever_ends_or_was_broken() -> None:
    needed = {each.guide for each in DEPRECATIONS.values()} | {
        each.guide for version in VERSIONS for each in version.breaks
    }

    assert needed <= set(guides())


def test_the_schema_breaks_nothing_of_the_one_that_was_released_last() -> None:
    checked = check_schema(dt.datetime.now(dt.UTC).date())

    assert checked.faults == []


def test_an_operator_checks_the_schema(tmp_path: Path) -> None:
    other = tmp_path / "clients.graphql"
    other.write_text(sdl().replace("type Homepage {", "type Homepage {\n  weather: String\n"))
    nothing = tmp_path / "nothing.graphql"
    nothing.write_text("type Query {")
    runner = CliRunner()
    released = runner.invoke(program, ["schema", "check"])
    broken = runner.invoke(program, ["schema", "check", "--against", str(other)])
    malformed = runner.invoke(program, ["schema", "check", "--against", str(nothing)])
    missing = runner.invoke(program, ["schema", "check", "--against", str(tmp_path / "gone.graphql")])

    assert released.exit_code == 0
    assert released.output == f"What breaks clients of {releases()[-1]}: nothing. Deprecated: 3 fields.\n"
    assert [each.exit_code for each in (broken, malformed, missing)] == [1, 1, 1]
    assert "Field Homepage.weather was removed." in broken.output
    assert "is no schema" in malformed.output
    assert "No such file or directory" in missing.output


@pytest.mark.usefixtures("_logs")
def test_operators_see_which_clients_ask_for_what_ends(database_url: str, redis_url: str) -> None:
    hour = dt.datetime.now(dt.UTC).replace(minute=0, second=0, microsecond=0)
    rows = [
        UsageRow(client, release, name, False, hour, 9, 0, 0, 9, {}, hour, deprecated)
        for client, release, name, deprecated in (
            ("web", "1.0", "Old", 3),
            ("web", "1.0", "New", 0),
            ("", "", "", 4),
        )
    ]

    async def count() -> None:
        async with open_database(DatabaseOptions(database_url, pool_size=1)) as database:
            await add_usage(database, rows)

    asyncio.run(count())
    given = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "SECRET_KEY": "k" * 32}
    shown = CliRunner().invoke(program, ["functions", "status"], env=given)

    lines = [" ".join(line.split()) for line in shown.output.splitlines()]
    assert lines[lines.index("deprecated calls 7 within a day") + 1 :][:2] == [
        "without a key 4 of what no release has",
        "web 3 of 1.0 Old",
    ]


def test_a_schema_is_released_once_it_breaks_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("schema.releases.FOLDER", tmp_path)
    (tmp_path / "2.4.graphql").write_text(sdl())
    released = main(["release"])
    (tmp_path / "2.6.graphql").write_text(sdl().replace("type Homepage {", "type Homepage {\n  weather: String\n"))
    refused = main(["release"])

    assert (released, refused) == (0, 1)
    assert (tmp_path / "2.5.graphql").read_text() == sdl()
    told = capsys.readouterr()
    assert told.out == "released 2.5\n"
    assert "Field Homepage.weather was removed." in told.err
    assert sorted(path.stem for path in tmp_path.iterdir()) == ["2.4", "2.5", "2.6"]
    assert releasing.check_schema(dt.date(2027, 1, 1)).newest.minor == 6
