"""`docs/migration-guide.md` is followed step by step: each command is run, and answers what the page says."""

import asyncio
import json
import re
import shlex
from pathlib import Path

import asyncpg
import httpx
import pytest
from typer.testing import CliRunner

from db.database import DatabaseOptions, open_database
from server.cli import app
from tests.commands.function_migration.house import House
from tests.plugins.program import serving
from tests.plugins.servers import execute

pytestmark = pytest.mark.usefixtures("console_logs")

GUIDE = Path(__file__).parents[2] / "docs" / "migration-guide.md"
DOCUMENT = re.compile(r"```graphql\n(.*?)```\n\n```json\n(.*?)```", re.DOTALL)
CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)


def steps() -> list[tuple[str, str]]:
    """The commands of the page and what each answers, in order."""
    found: list[tuple[str, str]] = []
    for block in CONSOLE.findall(GUIDE.read_text()):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, answer = part.partition("\n")
            found.append((command, answer))
    return found


async def furnish(url: str) -> None:
    """The house of the page."""
    async with open_database(DatabaseOptions(url, pool_size=1)) as database:
        plain = await asyncpg.connect(url, timeout=10)
        try:
            house = House(database, plain)
            await house.organisation(house.home)
            await house.function("spring-moot")
            await house.family("winterfest", "opening", "finale")
            moot = await house.event("spring-moot", title="Spring Moot")
            await house.event("workshop", await house.event("talk", moot))
        finally:
            await plain.close(timeout=10)


def test_each_step_answers_what_the_page_says(database_url: str, redis_url: str, tmp_path: Path) -> None:
    asyncio.run(furnish(database_url))
    given = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "SECRET_KEY": "k" * 32}
    runner = CliRunner()
    answered, code = "", 0
    assert len(steps()) > 10

    for command, expected in steps():
        program, *arguments = shlex.split(command)
        if program == "echo":
            assert f"{code}\n" == expected
            continue
        if program == "psql":
            # The page shows no keys; the answer before it does.
            (remedy,) = re.findall(r"^ +(UPDATE .*;)$", answered, re.MULTILINE)
            assert re.fullmatch(as_pattern(arguments[-1]), remedy)
            execute(database_url, remedy)
            continue
        assert program == "boxoffice"
        ran = runner.invoke(app, arguments, env=given)
        answered, code = ran.output, ran.exit_code
        assert re.fullmatch(as_pattern(expected), answered), f"{command}:\n{answered}"
        assert code == (1 if "boxoffice: " in expected else 0)

    issued = runner.invoke(app, ["token", "issue", "root", "--role", "admin"], env=given)
    with serving("--worker", cwd=tmp_path, DATA_FOLDER=str(tmp_path), **given) as server:
        asyncio.run(by_mutations(server.base, issued.stdout.strip()))


async def by_mutations(base: str, token: str) -> None:
    """Send each document of the page as an administrator; a query is sent again until no worker is at it."""
    documents = DOCUMENT.findall(GUIDE.read_text())
    assert len(documents) > 5
    async with httpx.AsyncClient(base_url=base, timeout=60, headers={"authorization": f"Bearer {token}"}) as http:
        for document, expected in documents:
            async with asyncio.timeout(60):
                while True:
                    answer = (await http.post("/graphql", json={"query": document})).json()
                    run = (answer["data"].get("migrationStatus") or {}).get("run") or {}
                    if run.get("state") not in {"QUEUED", "RUNNING"}:
                        break
                    await asyncio.sleep(0.1)
            assert answer == {"data": json.loads(expected)}, document


def as_pattern(shown: str) -> str:
    """A text of the page, in which `…` stands for anything within a line."""
    return re.escape(shown).replace("…", "[^\n]*")
