"""`boxoffice clients` and `boxoffice operations`, as their users meet them."""

import asyncio
import json
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from click.testing import Result
from typer.testing import CliRunner

from db.database import DatabaseOptions, open_database
from db.usage import add_usage
from persisted_queries.usage import Called, Usage
from server.cli import app
from tests.plugins.servers import in_thread

Program = Callable[..., Result]
COUNT = "query Count {\n  functions { totalCount }\n}\n"
NAMES = "query Names($n: Int) { functions(first: $n) { nodes { name } } }"


@pytest.fixture
def boxoffice(tmp_path: Path, database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    """Runs a command on an empty, migrated database; it must end with `code`.

    In this process, since starting one takes longer than any of them; what a command does to the logs is undone.
    """
    monkeypatch.chdir(tmp_path)
    given = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "SECRET_KEY": "k" * 32, "COLUMNS": "100"}

    def call(*arguments: str, code: int = 0) -> Result:
        done = CliRunner().invoke(app, arguments, env=given)
        assert done.exit_code == code, done.output
        return done

    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield call
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def manifest(folder: Path, **texts: str) -> str:
    file = folder / "manifest.json"
    file.write_text(json.dumps(texts))
    return file.name


def call(database_url: str, called: Called, *, times: int) -> None:
    async def write() -> None:
        usage = Usage()
        for _ in range(times):
            usage.answered(called, 0.01, failed=False, cost=3)
        async with open_database(DatabaseOptions(database_url)) as database:
            await usage.flush(lambda rows: add_usage(database, rows))

    in_thread(lambda: asyncio.run(write()))


def test_a_client_is_made_given_keys_and_governed(boxoffice: Program) -> None:
    made = boxoffice("clients", "create", "web", "--policy", "ids-only")
    rotated = boxoffice("clients", "rotate", "web", "2027-06")
    boxoffice("clients", "revoke", "web", "first")
    set_ = boxoffice("clients", "policy", "web", "safelist-log-only")
    listed = boxoffice("clients", "list")

    keys = [re.findall(r"^boxoffice_\S{43}$", each.stdout, re.MULTILINE) for each in (made, rotated)]
    assert [len(each) for each in keys] == [1, 1]
    assert keys[0] != keys[1]
    assert set_.stdout == "The policy of web is safelist-log-only; it was ids-only.\n"
    assert listed.stdout.splitlines()[1].split() == ["web", "safelist-log-only", "1", "0"]


def test_a_partner_publishes_what_it_is_granted(boxoffice: Program, tmp_path: Path) -> None:
    file = manifest(tmp_path, Pools='query Pools { node(id: "x") { ... on Ticket { pools { id } } } }')
    made = boxoffice("clients", "create", "acme", "--partner")
    refused = boxoffice("operations", "publish", "acme", "1.0", file, code=1)
    boxoffice("clients", "grant", "acme", "Ticket.pools")
    boxoffice("operations", "publish", "acme", "1.0", file)
    listed = boxoffice("clients", "list")
    in_use = boxoffice("clients", "revoke-grant", "acme", "Ticket.pools", code=1)
    forced = boxoffice("clients", "revoke-grant", "acme", "Ticket.pools", "--force")

    assert made.stdout.startswith("Made the partner acme, ")
    assert "`Ticket.pools` is not granted" in refused.stderr
    assert listed.stdout.splitlines()[1].split() == ["acme", "ids-only", "1", "1", "partner", "Ticket.pools"]
    assert "  1.0 Pools: Ticket.pools" in in_use.stderr
    assert forced.stdout.splitlines()[1:] == ["1 operation no longer served:", "  1.0 Pools: Ticket.pools"]


def test_a_pipeline_has_a_key_of_its_own_and_anyone_may_call_a_public_client(
    boxoffice: Program, tmp_path: Path
) -> None:
    boxoffice("clients", "create", "shop", "--public")
    made = boxoffice("clients", "rotate", "shop", "ci", "--publish")
    (tmp_path / "routes.json").write_text(json.dumps({"GET /api/names": "Names", "GET /api/count": "Count"}))
    boxoffice(
        "operations", "publish", "shop", "1.0", manifest(tmp_path, Count=COUNT, Names=NAMES), "--routes", "routes.json"
    )
    (tmp_path / "routes.json").write_text(json.dumps({"GET /api/names": "Names"}))
    boxoffice("operations", "publish", "shop", "1.1", "manifest.json", "--routes", "routes.json")

    listed = boxoffice("clients", "list").stdout.splitlines()
    shown = boxoffice("operations", "show", "shop", "1.0", "Names").stdout
    differs = boxoffice("operations", "diff", "shop", "1.0", "1.1").stdout.splitlines()
    wrong = boxoffice("operations", "check", "--routes", "routes.json", code=2)

    assert "publishing key 'ci'" in made.stdout
    assert listed[1].split() == ["shop", "ids-only", "2", "2", "public"]
    assert "  route        GET /api/names" in shown.splitlines()
    assert differs == ["~ Count", "1 operation the same in shop 1.0 and 1.1."]
    assert "--routes goes with --manifest" in wrong.output


def test_what_cannot_be_is_told_in_one_line(boxoffice: Program) -> None:
    refused = [
        boxoffice("clients", "create", "web", "--policy", "anything", code=1),
        boxoffice("clients", "create", "No Name", code=1),
        boxoffice("clients", "rotate", "nobody", "next", code=1),
        boxoffice("operations", "publish", "web", "1.0", "missing.json", code=1),
        boxoffice("operations", "show", "web", "1.0", code=1),
        boxoffice("operations", "check", "--schema", "missing.graphql", code=1),
    ]

    for each in refused:
        assert each.stdout == ""
        assert len(each.stderr.splitlines()) == 1
        assert each.stderr.startswith("boxoffice: ")


def test_a_release_lives_its_life(boxoffice: Program, tmp_path: Path) -> None:
    boxoffice("clients", "create", "web")
    first = manifest(tmp_path, Count=COUNT, Names=NAMES)
    published = boxoffice("operations", "publish", "web", "1.0", first, "--commit", "0123abc", "--by", "pipeline")
    again = boxoffice("operations", "publish", "web", "1.0", first)
    boxoffice("operations", "publish", "web", "1.1", manifest(tmp_path, Count=COUNT), "--pending")
    boxoffice("operations", "activate", "web", "1.1")
    assert published.stdout == "Published web 1.0: 2 operations, active.\n"
    assert again.stdout == "Published before, and nothing was done: web 1.0: 2 operations, active.\n"

    shown = boxoffice("operations", "show", "web", "1.0")
    one = boxoffice("operations", "show", "web", "1.0", "Names")
    compared = boxoffice("operations", "diff", "web", "1.0", "1.1")
    assert [line.split()[0] for line in shown.stdout.splitlines()] == ["id", "Count", "Names"]
    assert "depends on $n" in one.stdout
    assert NAMES in one.stdout
    assert compared.stdout.splitlines() == ["- Names", "1 operation the same in web 1.0 and 1.1."]

    boxoffice("operations", "deprecate", "web", "1.0", "--sunset", "2999-01-31", "--successor", "1.1")
    told = boxoffice("operations", "retire", "web", "1.0", "--dry-run")
    refused = boxoffice("operations", "retire", "web", "1.0", code=1)
    boxoffice("operations", "pin", "web", "1.0")
    boxoffice("operations", "retire", "web", "1.0", "--force", code=1)
    boxoffice("operations", "unpin", "web", "1.0")
    retired = boxoffice("operations", "retire", "web", "1.0", "--force")
    assert "1 id would no longer be served, 1 other by another release still.\n  Names\n" in told.stdout
    assert "Nobody is known to have called what would break.\n" in told.stdout
    assert "need --force" in told.stdout
    assert "--force" in refused.stderr
    assert retired.stdout.startswith("web 1.0 is retired; 1 id no longer served.\nIt was forced although its sunset")

    listed = boxoffice("operations", "list", "--client", "web")
    log = boxoffice("operations", "log")
    states = [re.search(r"\b(active|retired)\b", line) for line in listed.stdout.splitlines()[1:]]
    assert [found and found[1] for found in states] == ["retired", "active"]
    entries = re.findall(r"^ +\d+  \S+ \S+  (.+)$", log.stdout, re.MULTILINE)
    assert len(entries) == 8
    assert entries[-2] == "pipeline: publish web 1.0 from 0123abc"
    assert "content_sha256" in log.stdout


def test_who_calls_is_told_wherever_it_matters(boxoffice: Program, tmp_path: Path, database_url: str) -> None:
    boxoffice("clients", "create", "web")
    boxoffice("operations", "publish", "web", "1.0", manifest(tmp_path, Count=COUNT, Names=NAMES))
    call(database_url, Called("web", "1.0", "Names"), times=60)

    listed = boxoffice("operations", "list")
    shown = boxoffice("operations", "show", "web", "1.0")
    one = boxoffice("operations", "show", "web", "1.0", "Names")
    told = boxoffice("operations", "retire", "web", "1.0", "--dry-run")

    assert re.search(r"  2 +20\d\d-\S+ \S+$", listed.stdout.splitlines()[1])
    count, names = shown.stdout.splitlines()[1:]
    assert count.endswith("  0      0")
    assert re.search(r"  60     0       9.84 ms  9.84 ms  20\S+ \S+$", names)
    assert re.search(
        r"^  calls        60 within 30 days, 0 with errors, the last .* cost 180$", one.stdout, re.MULTILINE
    )
    assert "web would break: 60 calls within 30 days, 2 a day, 100.0% of what it calls, 100.0% of all" in told.stdout
    assert re.search(r"^Names  60     2      20\S+ \S+$", told.stdout, re.MULTILINE)


def test_operations_are_prepared_before_servers_start(boxoffice: Program, tmp_path: Path) -> None:
    boxoffice("clients", "create", "web")
    boxoffice("operations", "publish", "web", "1.0", manifest(tmp_path, Count=COUNT))

    prepared = boxoffice("operations", "prepare")

    assert prepared.stdout == "Prepared 0 operations for this schema; any other one was before.\n"


def test_what_nobody_uses_is_collected(boxoffice: Program, tmp_path: Path) -> None:
    boxoffice("clients", "create", "web")
    boxoffice("operations", "publish", "web", "1.0", manifest(tmp_path, Count=COUNT), "--pending")

    told = boxoffice("operations", "collect", "--dry-run", "--unused-for", "30")
    refused = boxoffice("operations", "collect", "--unused-for", "91", code=1)

    assert told.stdout == "0 releases would be collected.\n"
    assert "USAGE_RETENTION_DAYS" in refused.stderr


def test_every_fault_of_a_manifest_is_told_with_its_place(boxoffice: Program, tmp_path: Path) -> None:
    boxoffice("clients", "create", "web")
    folder = tmp_path / "operations"
    folder.mkdir()
    (folder / "a.graphql").write_text("query A {\n  functions { nope }\n}")
    (folder / "b.graphql").write_text("query B { functions(first: 999) { totalCount } }")
    (folder / "c.graphql").write_text(COUNT)

    refused = boxoffice("operations", "publish", "web", "1.0", "operations", code=1)
    checked = boxoffice("operations", "check", "--manifest", "operations", code=1)

    for each in (refused, checked):
        assert "a.graphql:2:15: " in each.stderr
        assert "b.graphql:1:28: " in each.stderr
        assert "c.graphql" not in each.stderr
    assert "no release yet" in boxoffice("operations", "list").stdout


def test_a_candidate_schema_is_compared_with_all_that_is_served(boxoffice: Program, tmp_path: Path) -> None:
    boxoffice("clients", "create", "web")
    boxoffice("operations", "publish", "web", "1.0", manifest(tmp_path, Count=COUNT, Names=NAMES))
    boxoffice("schema", "--output", "schema.graphql")
    file = tmp_path / "schema.graphql"
    same = boxoffice("operations", "check", "--schema", "schema.graphql")
    own = boxoffice("operations", "check")
    file.write_text(file.read_text().replace("totalCount: Int", "howMany: Int"))

    broken = boxoffice("operations", "check", "--schema", "schema.graphql", code=1)

    assert same.stdout == own.stdout == "The schema breaks none of the 2 operations that are served.\n"
    lines = broken.stderr.splitlines()
    assert lines[0] == "boxoffice: the schema breaks 1 operation: 1 of web 1.0"
    assert lines[1].startswith("  2:15: web 1.0 Count: Cannot query field 'totalCount'")
    assert lines[2:] == ["how they are called:", "  web 1.0 Count: none within 30 days"]


def test_what_a_candidate_schema_closes_to_a_partner_breaks_it(boxoffice: Program, tmp_path: Path) -> None:
    boxoffice("clients", "create", "acme", "--partner")
    boxoffice("operations", "publish", "acme", "1.0", manifest(tmp_path, **{"n-1": NAMES}))
    boxoffice("schema", "--output", "schema.graphql")
    file = tmp_path / "schema.graphql"
    before, after = file.read_text().split("type Function implements", 1)
    closed = re.sub(r"\n  name: String!", '\n  name: String! @requires(permission: "STAFF")', after, count=1)
    file.write_text(f"{before}type Function implements{closed}")

    broken = boxoffice("operations", "check", "--schema", "schema.graphql", code=1)
    boxoffice("clients", "grant", "acme", "Function.name", code=1)  # the schema that is served has it for anyone

    lines = broken.stderr.splitlines()
    assert lines[1].startswith("  1:55: acme 1.0 n-1 (Names): `Function.name` is not granted to this partner")
    assert lines[-1] == "  acme 1.0 n-1 (Names): none within 30 days"


def test_a_database_that_was_not_migrated_is_told(boxoffice: Program) -> None:
    boxoffice("migrate", "--down", "--to", "0001")

    refused = boxoffice("clients", "list", code=1)

    assert "boxoffice migrate" in refused.stderr


def test_the_limits_of_a_client_are_set_and_shown(boxoffice: Program) -> None:
    boxoffice("clients", "create", "web")
    set_ = boxoffice("clients", "limits", "web", "--bucket", "70/1.5", "--no-introspection")
    again = boxoffice("clients", "limits", "web", "--bucket", "70/1.5")
    shown = boxoffice("clients", "list")
    wrong = boxoffice("clients", "limits", "web", "--viewer-bucket", "70", code=1)

    assert "The limits of web are changed." in set_.output
    assert "as they were" in again.output
    assert "no introspection" in shown.output
    assert "70/1.5" in shown.output
    assert "'70' is no rate" in wrong.output
