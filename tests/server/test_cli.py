"""The command line, as its users meet it: commands, errors of one clear line, exit codes."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from db.migrate import head
from server.cli import app
from tests.plugins.program import run, serving


def given(database_url: str, redis_url: str) -> dict[str, str]:
    return {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "SECRET_KEY": "k" * 32}


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["serve"],
        ["migrate"],
        ["seed"],
        ["schema"],
        ["explain"],
        ["config"],
        ["config", "check"],
        ["import"],
        ["clients"],
        ["operations"],
    ],
)
def test_every_command_has_help_that_says_what_it_does(command: list[str]) -> None:
    shown = CliRunner().invoke(app, [*command, "--help"])

    assert shown.exit_code == 0
    assert re.search(r"Usage: boxoffice", shown.output)
    assert len(shown.output.splitlines()) > 5


def test_help_names_the_exit_codes() -> None:
    shown = CliRunner().invoke(app, ["--help"])

    assert "Exit codes: 0 done; 1 refused or failed" in " ".join(shown.output.split())


def test_the_schema_is_printed_or_written(tmp_path: Path) -> None:
    file = tmp_path / "schema.graphql"
    printed = CliRunner().invoke(app, ["schema"])
    written = CliRunner().invoke(app, ["schema", "--output", str(file)])

    assert (printed.exit_code, written.exit_code) == (0, 0)
    assert printed.output == file.read_text()
    assert "type Query" in printed.output


def test_a_file_that_cannot_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    refused = run("schema", "--output", str(tmp_path / "missing" / "schema.graphql"), cwd=tmp_path)

    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    assert "No such file or directory" in refused.stderr


def test_settings_that_cannot_be_used_are_all_told_at_once(tmp_path: Path) -> None:
    refused = run("config", "check", cwd=tmp_path, PORT="eighty", LOG_LEVEL="loud", DATABASE_URL="mysql://x/y")

    assert refused.returncode == 3
    assert refused.stdout == ""
    lines = refused.stderr.splitlines()
    assert lines[0] == "boxoffice: the settings cannot be used:"
    assert [line.split(":")[0].strip() for line in lines[1:]] == ["DATABASE_URL", "LOG_LEVEL", "PORT"]


def test_settings_in_force_are_shown_without_secrets(tmp_path: Path) -> None:
    shown = run("config", "check", cwd=tmp_path, **given("postgresql://u:hunter2@db/x", "redis://:hunter2@cache/0"))

    assert shown.returncode == 0
    assert "DATABASE_URL=True" in shown.stdout.splitlines()
    assert "hunter2" not in shown.stdout + shown.stderr


def test_a_database_that_is_away_has_an_exit_code_of_its_own(tmp_path: Path) -> None:
    refused = run("migrate", cwd=tmp_path, **given("postgresql://u:hunter2@127.0.0.1:1/x", "redis://127.0.0.1:1/0"))

    assert refused.returncode == 4
    assert len(refused.stderr.splitlines()) == 1
    assert "cannot be reached" in refused.stderr
    assert "hunter2" not in refused.stderr


def test_migrating_says_where_the_database_was_and_is(tmp_path: Path, database_url: str, redis_url: str) -> None:
    reach = given(database_url, redis_url)
    down = run("migrate", "--down", "--to", "base", cwd=tmp_path, **reach)
    up = run("migrate", cwd=tmp_path, **reach)
    again = run("migrate", cwd=tmp_path, **reach)
    unknown = run("migrate", "--to", "nowhere", cwd=tmp_path, **reach)

    assert down.stdout == f"The database is at base; it was at {head()}.\n"
    assert up.stdout == f"The database is at {head()}; it was at base.\n"
    assert again.stdout == f"The database is at {head()}, as it was.\n"
    assert unknown.returncode == 1
    assert "nowhere" in unknown.stderr
    assert "Traceback" not in unknown.stderr


def test_seeding_fills_the_database_once_for_each_seed(tmp_path: Path, database_url: str, redis_url: str) -> None:
    reach = given(database_url, redis_url)
    size = ("--functions", "3", "--events-per-function", "2")
    first = run("seed", *size, cwd=tmp_path, **reach)
    same = run("seed", *size, cwd=tmp_path, **reach)
    other = run("seed", *size, "--seed", "2", cwd=tmp_path, **reach)

    assert first.returncode == 0, first.stderr
    assert "3 functions, 6 events" in first.stdout
    assert same.returncode == 1
    assert len(same.stderr.splitlines()) == 1
    assert other.returncode == 0


def test_a_command_reaches_the_database_of_a_server_that_is_under_way(home: Path) -> None:
    with serving(cwd=home) as server:
        seeded = run("seed", "--functions", "3", "--events-per-function", "1", cwd=home)
        shown = server.query("{ functions { totalCount } }")

    assert seeded.returncode == 0, seeded.stderr
    assert shown["data"]["functions"]["totalCount"] >= 1
