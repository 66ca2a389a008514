"""A token that one program revokes is refused by every program that serves, within a second."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from auth.issuing import issue_token
from server.settings import Settings, load_settings
from server.token_settings import token_rules, token_secret
from tests.plugins.measuring import least
from tests.plugins.program import PATIENCE_SECONDS, Serving, run, serving
from tests.plugins.servers import database_from

SECRET = "k" * 32
SECOND = 1.0
NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture(scope="module")
def given(postgres_server: str, template_database: str, kept_redis_url: str) -> Iterator[dict[str, str]]:
    with database_from(postgres_server, template_database) as url:
        yield {"DATABASE_URL": url, "REDIS_URL": kept_redis_url, "SECRET_KEY": SECRET}


@pytest.fixture(scope="module")
def servers(given: dict[str, str], home: Path) -> Iterator[tuple[Serving, Serving]]:
    with serving(cwd=home, **given) as one, serving(cwd=home, **given) as other:
        yield one, other


@pytest.fixture(scope="module")
def settings(given: dict[str, str]) -> Settings:
    return load_settings(database_url=given["DATABASE_URL"], redis_url=given["REDIS_URL"], secret_key=SECRET)


def status(server: Serving, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.get(
        f"{server.base}/graphql", params={"query": "{ __typename }"}, headers=headers, timeout=PATIENCE_SECONDS
    )
    return answer.status_code


@pytest.mark.quiet
@pytest.mark.parametrize("cache", ["told", "away"])
def test_both_programs_refuse_it_within_a_second(
    servers: tuple[Serving, Serving], settings: Settings, given: dict[str, str], home: Path, cache: str
) -> None:
    """Also where the program that revokes cannot reach Redis: the others then learn of it from PostgreSQL."""
    revoking = given if cache == "told" else {**given, "REDIS_URL": NOWHERE}

    def issued(subject: str) -> str:
        return issue_token(token_secret(settings), token_rules(settings), subject, now=time.time(), lifetime=600)

    def measure(attempt: int) -> float:
        subject = f"{cache}-{attempt}"
        token, other = issued(subject), issued(f"{subject}-other")
        assert [status(server, each) for server in servers for each in (token, other)] == [200] * 4
        done = run("token", "revoke", "--subject", subject, "--reason", "a test", cwd=home, **revoking)
        assert done.returncode == 0, done.stderr
        began = time.monotonic()
        while [status(server, token) for server in servers] != [401, 401]:
            assert time.monotonic() - began < PATIENCE_SECONDS, "it did not come about in time"
        taken = time.monotonic() - began
        assert [status(server, other) for server in servers] == [200, 200]
        return taken

    assert least(measure, SECOND) < SECOND
