"""`boxoffice import`, as its users meet it."""

import asyncio
import gzip
import json
import os
from collections.abc import Mapping
from pathlib import Path

import asyncpg
import pytest

from server.importing import schedule_files, source_name
from tests.commands.importing.desk import conference, listing, moot, talk
from tests.plugins.program import PATIENCE_SECONDS, PROGRAM, environment, run, serving

ORGANISATION = ("--organisation", "Moots & Friends")


@pytest.fixture
def reach(database_url: str, redis_url: str) -> dict[str, str]:
    return {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "SECRET_KEY": "k" * 32}


async def names(reach: Mapping[str, str]) -> list[str]:
    """The names of all functions."""
    connection = await asyncpg.connect(reach["DATABASE_URL"], timeout=10)
    try:
        rows = await connection.fetch("SELECT name FROM functions WHERE deleted_at IS NULL ORDER BY name")
    finally:
        await connection.close(timeout=10)
    return [row["name"] for row in rows]


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def counted(output: str) -> dict[str, dict[str, list[int]]]:
    """The table of counts, by source and kind."""
    found: dict[str, dict[str, list[int]]] = {}
    source = ""
    for line in output.splitlines():
        kind, *numbers = line.split() or [""]
        if line.startswith("  ") and kind in {"functions", "events"}:
            found[source][kind] = [int(number.replace(",", "")) for number in numbers]
        elif line and not line.startswith(" "):
            source = line
            found[source] = {}
    return {name: kinds for name, kinds in found.items() if kinds}


def test_files_and_folders_are_imported_and_counted_by_source(tmp_path: Path, reach: dict[str, str]) -> None:
    write(
        tmp_path,
        {
            "moot/schedule.xml.gz": gzip.compress(moot(talk("a"), talk("b"))),
            "lists/2024/go.json": listing(conference("a.example"), conference("b.example")),
            "lists/2024/ruby.json": listing(conference("a.example")),
            "lists/2025/go.json": listing(conference("c.example")),
            "lists/README.md": b"# Not a schedule",
        },
    )
    paths = (str(tmp_path / "moot" / "schedule.xml.gz"), "lists")
    first = run("import", *paths, *ORGANISATION, cwd=tmp_path, **reach)
    again = run("import", *paths, *ORGANISATION, cwd=tmp_path, **reach)

    assert first.returncode == 0, first.stderr
    assert first.stdout.split("\n")[0].split() == ["created", "updated", "unchanged", "deleted", "restored"]
    folder = f"{tmp_path.name}/lists"
    assert counted(first.stdout) == {
        "moot/schedule.xml.gz": {"functions": [1, 0, 0, 0, 0], "events": [2, 0, 0, 0, 0]},
        folder: {"functions": [3, 0, 0, 0, 0], "events": [0, 0, 0, 0, 0]},
        "in all": {"functions": [4, 0, 0, 0, 0], "events": [2, 0, 0, 0, 0]},
    }
    assert counted(again.stdout)["in all"] == {"functions": [0, 0, 4, 0, 0], "events": [0, 0, 2, 0, 0]}
    assert first.stderr == again.stderr == ""


async def test_a_dry_run_shows_the_counts_and_changes_nothing(tmp_path: Path, reach: dict[str, str]) -> None:
    write(tmp_path, {"a/moot.json": moot(talk("a")), "b/moot.json": moot(talk("b"))})
    paths = ("a/moot.json", "b/moot.json", *ORGANISATION)
    dry = run("import", *paths, "--dry-run", cwd=tmp_path, **reach)
    assert dry.returncode == 0, dry.stderr
    assert await names(reach) == []

    real = run("import", *paths, cwd=tmp_path, **reach)
    assert dry.stdout == f"{real.stdout}This was a dry run: nothing was changed.\n"
    assert counted(real.stdout)["b/moot.json"]["events"] == [1, 0, 0, 1, 0]
    assert await names(reach) == ["The Moot"]


async def test_every_fault_of_every_file_is_told_on_its_line_and_nothing_lands(
    tmp_path: Path, reach: dict[str, str]
) -> None:
    write(
        tmp_path,
        {
            "good.json": moot(talk("a")),
            "bad/go.json": listing(conference("a.example", startDate="soon"), conference("b.example", url="b")),
            "bad/moot.xml": b"<schedule>\n<conference>",
            "empty/README.md": b"",
        },
    )
    refused = run("import", "good.json", "bad", "empty", "missing.xml", *ORGANISATION, cwd=tmp_path, **reach)
    lines = refused.stderr.splitlines()

    assert refused.returncode == 1
    assert refused.stdout == ""
    assert lines[0] == "boxoffice: nothing was imported; what is wrong with the schedules:"
    assert [line.split(": ")[:2] for line in sorted(lines[1:])] == [
        ["bad/go.json", "$[0].startDate"],
        ["bad/go.json", "$[1].url"],
        ["bad/moot.xml", "line 2, column 13"],
        ["empty", "cannot be read"],
        ["missing.xml", "cannot be read"],
    ]
    assert await names(reach) == []


def test_beyond_a_hundred_faults_of_a_file_the_others_are_counted(tmp_path: Path, reach: dict[str, str]) -> None:
    write(tmp_path, {"go.json": listing(*(conference(f"{n}.example", startDate="soon") for n in range(120)))})
    refused = run("import", "go.json", *ORGANISATION, cwd=tmp_path, **reach)

    assert len(refused.stderr.splitlines()) == 1 + 100 + 1
    assert refused.stderr.splitlines()[-1] == "go.json: … and 20 more"


async def test_an_organisation_that_cannot_be_told_is_refused_in_one_line(
    tmp_path: Path, reach: dict[str, str]
) -> None:
    write(tmp_path, {"go.json": listing(conference("a.example"))})
    connection = await asyncpg.connect(reach["DATABASE_URL"], timeout=10)
    try:
        await connection.execute(
            "INSERT INTO organisations (organisation_id, name, slug, timezone) "
            "SELECT gen_random_uuid(), 'Moots & Friends', x, 'UTC' FROM unnest(ARRAY['north', 'south']) AS x"
        )
    finally:
        await connection.close(timeout=10)
    refused = run("import", "go.json", *ORGANISATION, cwd=tmp_path, **reach)

    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.splitlines() == [
        "boxoffice: 2 organisations are called 'Moots & Friends'; say which by its slug: north, south."
    ]


def test_all_paths_together_may_be_one_source(tmp_path: Path, reach: dict[str, str]) -> None:
    write(tmp_path, {"go.json": listing(conference("a.example")), "ruby.json": listing(conference("a.example"))})
    both = run("import", "go.json", "ruby.json", "--source", "lists", *ORGANISATION, cwd=tmp_path, **reach)
    one = run("import", "go.json", "--source", "lists", *ORGANISATION, cwd=tmp_path, **reach)

    assert counted(both.stdout) == {"lists": {"functions": [1, 0, 0, 0, 0], "events": [0, 0, 0, 0, 0]}}
    assert counted(one.stdout) == {"lists": {"functions": [0, 1, 0, 0, 0], "events": [0, 0, 0, 0, 0]}}


def test_paths_that_would_be_one_source_by_accident_are_refused(tmp_path: Path, reach: dict[str, str]) -> None:
    write(tmp_path, {"x/2024/go.json": listing(), "y/2024/go.json": listing()})
    refused = run("import", "x/2024/go.json", "y/2024/go.json", *ORGANISATION, cwd=tmp_path, **reach)

    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    assert "the source 2024/go.json" in refused.stderr
    assert "--source" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("moot.json",), "--organisation"),
        (ORGANISATION, "PATH"),
        (("moot.json", *ORGANISATION, "--timezone", "Brussels"), "'Brussels' is no zone of the IANA database"),
    ],
)
def test_wrong_usage_says_what_is_wrong(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    refused = run("import", *arguments, cwd=tmp_path)

    assert refused.returncode == 2
    assert said in refused.stderr


def test_a_zone_is_asked_for_where_times_need_one(tmp_path: Path, reach: dict[str, str]) -> None:
    write(tmp_path, {"moot.json": moot(talk("a"), time_zone_name=None)})
    refused = run("import", "moot.json", *ORGANISATION, cwd=tmp_path, **reach)
    taken = run("import", "moot.json", *ORGANISATION, "--timezone", "Europe/Riga", cwd=tmp_path, **reach)

    assert refused.returncode == 1
    assert "--timezone" in refused.stderr
    assert taken.returncode == 0, taken.stderr


def test_a_database_that_is_not_migrated_is_left_to_its_operator(tmp_path: Path, reach: dict[str, str]) -> None:
    write(tmp_path, {"moot.json": moot(talk("a"))})
    run("migrate", "--down", "--to", "base", cwd=tmp_path, **reach)
    refused = run("import", "moot.json", *ORGANISATION, cwd=tmp_path, **reach)

    assert refused.returncode == 1
    assert "run `boxoffice migrate` first" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


async def test_an_import_that_is_stopped_leaves_nothing(tmp_path: Path, reach: dict[str, str]) -> None:
    write(tmp_path, {"moot.json": moot(talk("a"))})
    waiting = "SELECT FROM pg_locks WHERE relation = 'events'::regclass AND NOT granted"
    connection = await asyncpg.connect(reach["DATABASE_URL"], timeout=10)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE events")
            process = await asyncio.create_subprocess_exec(
                *(*PROGRAM, "import", "moot.json", *ORGANISATION),
                cwd=tmp_path,
                env=environment(reach),
                stderr=asyncio.subprocess.PIPE,
            )
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    while not await connection.fetch(waiting):  # noqa: ASYNC110 - the database has no event to wait for
                        await asyncio.sleep(0.05)
                    process.terminate()
                    _, said = await process.communicate()
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
    finally:
        await connection.close(timeout=10)

    assert (process.returncode, said) == (130, b"boxoffice: stopped\n")
    assert await names(reach) == []


def test_what_is_imported_beside_a_server_under_way_is_served(home: Path) -> None:
    write(home, {"moot.json": moot(talk("a"))})
    with serving(cwd=home) as server:
        imported = run("import", "moot.json", *ORGANISATION, cwd=home)
        shown = server.query('{ function(slug: "moot-2024") { organisation { name } events { nodes { title } } } }')

    assert imported.returncode == 0, imported.stderr
    assert shown["data"]["function"] == {
        "organisation": {"name": "Moots & Friends"},
        "events": {"nodes": [{"title": "Talk a"}]},
    }


def test_a_folder_stands_for_the_schedules_below_it_in_order(tmp_path: Path) -> None:
    taken = ["2024/go.JSON", "2024/ruby.json", "2025/go.json.gz", "a.xml", "b.xml.gz"]
    left = [".git/x.json", "2024/.hidden.json", "2024/notes.txt", "2024/x.json.orig", "json"]
    write(tmp_path, dict.fromkeys([*reversed(taken), *left], b""))
    (tmp_path / "2026").symlink_to(tmp_path / "2024", target_is_directory=True)

    assert schedule_files(tmp_path) == [tmp_path / name for name in taken]


def test_a_file_that_is_named_itself_may_be_called_anything(tmp_path: Path) -> None:
    write(tmp_path, {"schedule": b""})

    assert schedule_files(tmp_path / "schedule") == [tmp_path / "schedule"]


def test_what_is_no_file_is_refused_rather_than_waited_for(tmp_path: Path, reach: dict[str, str]) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    refused = run("import", "pipe.json", *ORGANISATION, cwd=tmp_path, **reach)

    assert refused.returncode == 1
    assert "pipe.json: cannot be read: not a regular file" in refused.stderr


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("conference-data/2024/python.json", "2024/python.json"),
        ("conference-data/2025/python.json", "2025/python.json"),
        ("2024/../2025/python.json", "2025/python.json"),
        ("python.json", "2024/python.json"),
        (".", "lists/2024"),
        ("/schedule.xml", "schedule.xml"),
        ("/", "/"),
    ],
)
def test_a_source_is_called_by_the_last_two_parts_of_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, name: str
) -> None:
    folder = tmp_path / "lists" / "2024"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)

    assert source_name(Path(path)) == name


def test_a_name_that_is_no_text_still_names_a_source() -> None:
    path = Path(os.fsdecode(b"/lists/caf\xe9.json"))

    assert source_name(path) == "lists/caf\N{REPLACEMENT CHARACTER}.json"
    assert json.dumps(source_name(path))
