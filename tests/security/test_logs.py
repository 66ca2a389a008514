"""Secrets and personal data reach no log, wherever a client, an operator or a neighbour puts them.

`tests/plugins/logs.py` looks through the logs of every other test as well; here they are planted wherever they can be.
"""

import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote

import orjson
import pytest

from auth.issuing import issue_token
from auth.keys import new_key
from auth.tokens import TokenRules
from tests.plugins.logs import leaks, plant
from tests.plugins.program import run, serving

SECRET = "planted-secret-key-of-the-installation-0123"
PASSWORD = "planted-hunter2"
MAIL = "planted.person@mail.example.org"
NAME = "Planted Person"
TOKEN = issue_token(
    b"planted secret of somebody else, 32 bytes",
    TokenRules(issuer="boxoffice", audience="boxoffice", max_lifetime=3600),
    "planted-subject",
    now=time.time(),
    lifetime=3600,
    claims={"email": MAIL, "user_metadata": {"name": NAME}},
)
KEY = new_key()
PLANTED = (SECRET, PASSWORD, MAIL, NAME, TOKEN, KEY, "planted-subject")

QUERY = "query Planted($mail: String!) { search(query: $mail, first: 1) { edges { cursor } } }"


def send(base: str, path: str, body: bytes | None, headers: dict[str, str]) -> int:
    request = urllib.request.Request(f"{base}{path}", body, headers)  # noqa: S310 - a loopback address
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - the same
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


def test_what_is_planted_in_requests_and_settings_stands_in_no_line(
    tmp_path: Path, database_url: str, redis_url: str
) -> None:
    plant(*PLANTED)
    json = {"content-type": "application/json"}
    body = orjson.dumps({"query": QUERY, "variables": {"mail": MAIL}})
    broken = [b"{" + TOKEN.encode(), orjson.dumps({"query": f'{{ planted(mail: "{MAIL}") }}'}), KEY.encode()]
    credentials = [
        {"authorization": f"Bearer {TOKEN}"},
        {"authorization": f"Bearer {KEY}"},
        {"authorization": f"Basic {KEY}"},
        {"authorization": TOKEN},
        {"x-api-key": KEY},
        {"x-api-key": TOKEN},
        {"authorization": f"Bearer {TOKEN}", "x-api-key": KEY},
        {"cookie": f"session={TOKEN}", "referer": f"https://planted:{PASSWORD}@example.org/"},
        {"x-request-id": "planted-request"},
    ]
    # The database is there; the cache is not, so that every failure to reach it is logged.
    dead_cache = f"redis://planted:{PASSWORD}@127.0.0.1:1/0"
    given = {"DATABASE_URL": database_url, "REDIS_URL": dead_cache, "SECRET_KEY": SECRET, "DEFAULT_POLICY": "apq"}
    with serving(cwd=tmp_path, LOG_LEVEL="debug", LOG_FORMAT="json", **given) as server:
        statuses = [send(server.base, "/graphql", body, json | each) for each in credentials]
        statuses += [send(server.base, "/graphql", each, json) for each in broken]
        for path in (f"/{TOKEN}", f"/graphql/{quote(MAIL)}", f"/graphql/{KEY}", f"/graphql?token={TOKEN}&mail={MAIL}"):
            statuses.append(send(server.base, path, None, {}))
        hashed = orjson.dumps({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}})
        statuses.append(send(server.base, "/graphql", hashed, json))

    output = "".join(server.lines)
    assert {200, 400, 401, 404} <= set(statuses)
    assert all(status < 500 for status in statuses)
    assert output.count('"event":"request"') == len(statuses)
    assert "token refused" in output
    assert "no answer from the cache" in output or "cache unavailable" in output
    assert "[token]" in output  # in a path
    for secret in PLANTED:
        assert secret not in output


@pytest.mark.parametrize(
    "settings",
    [
        {"DATABASE_URL": f"postgresql://planted:{PASSWORD}@127.0.0.1:1/nothing", "SECRET_KEY": SECRET},
        {
            "DATABASE_URL": f"mysql://planted:{PASSWORD}@127.0.0.1/nothing",
            "REDIS_URL": f"http://planted:{PASSWORD}@127.0.0.1/",
            "SECRET_KEY": PASSWORD,
            "TOKEN_SECRET": PASSWORD,
            "TOKEN_JWKS_URL": f"https://planted:{PASSWORD}@issuer.example/",
        },
    ],
    ids=["unreachable", "wrong"],
)
def test_what_is_planted_in_settings_that_cannot_be_used_is_not_told(tmp_path: Path, settings: dict[str, str]) -> None:
    plant(*PLANTED)
    done = run("clients", "list", cwd=tmp_path, **settings)

    assert done.returncode != 0
    assert done.stderr
    for secret in PLANTED:
        assert secret not in done.stdout + done.stderr


LEAKING = f"""
import logging
import structlog
from tests.plugins.logs import plant

def test_tells_a_token():
    structlog.get_logger().info("hello", header="Bearer {TOKEN}")

def test_tells_an_address():
    logging.getLogger("x").warning("no such person: %s", "{MAIL}")

def test_tells_in_a_traceback():
    try:
        raise ValueError("postgresql://user:{PASSWORD}@host/db")
    except ValueError:
        structlog.get_logger().exception("failed")

def test_tells_what_only_the_test_knows_to_be_secret():
    plant("correct horse")
    structlog.get_logger().info("hello", word="correct horse")

def test_shows_a_key_on_purpose():
    print("{KEY}")

def test_tells_nothing():
    structlog.get_logger().info("hello", path="/graphql", at="3 @ 5")
"""


def test_a_test_whose_log_holds_a_secret_fails(tmp_path: Path) -> None:
    (tmp_path / "test_leaking.py").write_text(LEAKING)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.plugins.logs", "-p", "no:cacheprovider", "-q", "test_leaking.py"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    failed = {
        line.split("::")[1].split()[0] for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))
    }
    assert failed == {
        "test_tells_a_token",
        "test_tells_an_address",
        "test_tells_in_a_traceback",
        "test_tells_what_only_the_test_knows_to_be_secret",
    }, done.stdout


def test_only_what_a_log_wrote_is_looked_at() -> None:
    assert leaks([f"{KEY}\nkey: {MAIL}"]) == []
    assert leaks([f'{{"event":"x","key":"{KEY}"}}']) != []
