"""`boxoffice jobs`, as its users meet it."""

import pytest
from typer.testing import CliRunner

from jobs.scheduled import JOBS
from server.cli import app

pytestmark = pytest.mark.usefixtures("console_logs")


def test_jobs_are_listed() -> None:
    shown = CliRunner().invoke(app, ["jobs", "list"])

    assert [line.split()[0] for line in shown.stdout.splitlines()] == list(JOBS)


def test_a_job_is_run_and_tells_what_it_came_to(database_url: str, redis_url: str) -> None:
    given = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "SECRET_KEY": "k" * 32}
    done = CliRunner().invoke(app, ["jobs", "run", "prune-webhook-deliveries"], env=given)

    assert (done.exit_code, done.stdout) == (0, "prune-webhook-deliveries: 0 removed\n")


def test_an_unknown_job_is_told_with_those_there_are() -> None:
    refused = CliRunner().invoke(app, ["jobs", "run", "mine-bitcoin"])

    assert refused.exit_code == 1
    assert "there is no job 'mine-bitcoin'; there are prune-webhook-deliveries, " in refused.stderr
