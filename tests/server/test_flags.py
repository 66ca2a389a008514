"""Feature flags, as administrators, operators and clients meet them."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from openfeature import api
from typer.testing import CliRunner

from auth.issuing import issue_token
from commands import clients
from commands.registering import Author
from domain.flags import KNOWN
from domain.registry import POLICIES
from integrations.feature_flags import Flags, PostgresProvider
from server.app import open_app
from server.cli import app as program
from server.flag_settings import FlagSettings, old_spellings
from server.settings import load_settings
from server.token_settings import token_rules, token_secret
from tests.plugins.graph import Graph

KEY = "USE_FUNCTIONS_ARCHITECTURE"
HIERARCHY = '{ event(slug: "talk") { hierarchy { source } } }'
FLAGS = "{ featureFlags { key enabled rolloutPercentage segments evaluatedForViewer updatedAt } }"
CHANGE = """
  mutation ($key: String!, $enabled: Boolean, $share: Int, $segments: JSON, $reason: String) {
    updateFeatureFlag(key: $key, enabled: $enabled, rolloutPercentage: $share, segments: $segments, reason: $reason) {
      featureFlag { key enabled rolloutPercentage segments evaluatedForViewer }
      userErrors { __typename field message }
    }
  }
"""


@dataclass(frozen=True, slots=True)
class House:
    """An event that has both a function and a parent, behind a server, and who comes there."""

    http: httpx.AsyncClient
    graph: Graph
    tokens: dict[str, str]
    given: dict[str, str]

    async def ask(self, query: str, who: str | None = None, **variables: Any) -> dict[str, Any]:
        headers = {} if who is None else {"authorization": f"Bearer {self.tokens[who]}"}
        answer = await self.http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        said: dict[str, Any] = answer.json()
        return said

    async def source(self, who: str | None = None) -> str:
        """Which hierarchy somebody is shown, by GET: such answers are kept."""
        headers = {} if who is None else {"authorization": f"Bearer {self.tokens[who]}"}
        answer = await self.http.get("/graphql", params={"query": HIERARCHY}, headers=headers)
        source: str = answer.json()["data"]["event"]["hierarchy"]["source"]
        return source

    async def becomes(self, source: str, who: str | None = None) -> None:
        async with asyncio.timeout(1.5):
            while await self.source(who) != source:  # noqa: ASYNC110 - the server polls
                await asyncio.sleep(0.02)


@pytest.fixture
async def house(graph: Graph, database_url: str, redis_url: str) -> AsyncIterator[House]:
    graph.event(graph.function(), slug="talk", parent_event_id=graph.event())
    await graph.flush()
    given = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "SECRET_KEY": "k" * 32}
    settings = load_settings(**{name.lower(): value for name, value in given.items()})
    secret, rules = token_secret(settings), token_rules(settings)
    tokens = {
        who: issue_token(secret, rules, who, now=time.time(), lifetime=600, claims=claims)
        for who, claims in (("root", {"role": "admin"}), ("ada", {}), ("bob", {}))
    }
    author = Author("someone")
    tokens["web"] = await clients.create_client(graph.owner, "web", POLICIES["open"], author)
    async with (
        open_app(settings) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as http,
    ):
        yield House(http, graph, tokens, given)


async def test_every_flag_is_shown_to_administrators_alone(house: House) -> None:
    shown = (await house.ask(FLAGS, "root"))["data"]["featureFlags"]
    hidden = await house.ask(FLAGS, "ada")

    assert [flag["key"] for flag in shown] == [
        KEY,
        "SHOW_FUNCTION_NAVIGATION",
        "ENABLE_FUNCTION_FILTERING",
        "ENABLE_FUNCTION_MONITORING",
    ]
    assert shown[0] == {
        "key": KEY,
        "enabled": True,
        "rolloutPercentage": 100,
        "segments": {},
        "evaluatedForViewer": True,
        "updatedAt": None,
    }
    assert hidden["data"] == {"featureFlags": None}
    assert hidden["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_change_is_heeded_within_a_second_and_stands_in_the_audit_log(house: House) -> None:
    assert await house.source() == "FUNCTION"
    done = await house.ask(CHANGE, "root", key=KEY, enabled=False, reason="Old clients first.")

    assert done["data"]["updateFeatureFlag"] == {
        "featureFlag": {
            "key": KEY,
            "enabled": False,
            "rolloutPercentage": 100,
            "segments": {},
            "evaluatedForViewer": False,
        },
        "userErrors": [],
    }
    await house.becomes("PARENT_EVENT")
    async with house.graph.owner.write() as connection:
        rows = await connection.exec_driver_sql("SELECT action, actor, reason, subject FROM audit_log")
        assert [tuple(row) for row in rows] == [("update feature flag", "root", "Old clients first.", KEY)]


async def test_what_is_left_out_stays_as_it_is(house: House) -> None:
    await house.ask(CHANGE, "root", key=KEY, share=30, segments={"clients": ["web"]})
    done = await house.ask(CHANGE, "root", key=KEY, enabled=False)

    flag = done["data"]["updateFeatureFlag"]["featureFlag"]
    assert (flag["enabled"], flag["rolloutPercentage"], flag["segments"]) == (False, 30, {"clients": ["web"]})


async def test_a_segment_has_the_flag_and_nobody_is_shown_what_was_kept_for_others(house: House) -> None:
    await house.ask(CHANGE, "root", key=KEY, share=0, segments={"clients": ["web"], "roles": ["admin"]})
    await house.becomes("PARENT_EVENT")

    for _ in range(2):
        assert await house.source("web") == "FUNCTION"
        assert await house.source() == "PARENT_EVENT"
        assert await house.source("root") == "FUNCTION"
        assert await house.source("ada") == "PARENT_EVENT"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"key": "NO_SUCH_FLAG"}, {"__typename": "NotFound", "field": ["key"]}),
        ({"share": 101}, {"__typename": "InvalidInput", "field": ["rolloutPercentage"]}),
        ({"segments": {"role": ["staff"]}}, {"__typename": "InvalidInput", "field": ["segments"]}),
    ],
)
async def test_what_cannot_be_is_refused(house: House, changes: dict[str, Any], error: dict[str, Any]) -> None:
    done = await house.ask(CHANGE, "root", **{"key": KEY, **changes})

    payload = done["data"]["updateFeatureFlag"]
    assert payload["featureFlag"] is None
    (told,) = payload["userErrors"]
    assert told | error == told


async def test_nobody_but_administrators_changes_a_flag(house: House) -> None:
    done = await house.ask(CHANGE, "ada", key=KEY, enabled=False)

    assert done["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert await house.source() == "FUNCTION"


# -- settings and the command line ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("console_logs")
def test_an_operator_sees_and_changes_flags(database_url: str, redis_url: str) -> None:
    given = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": "k" * 32,
        KEY: "false",
        "FUNCTIONS_ROLLOUT_PERCENTAGE": "20",
    }

    def run(*arguments: str) -> tuple[int, str]:
        ran = CliRunner().invoke(program, ["flags", *arguments], env=given)
        return ran.exit_code, ran.output

    code, shown = run("list")
    assert code == 0
    assert [line.split()[:4] for line in shown.splitlines()][1] == [KEY, "off", "20", "%"]
    assert run("set", KEY, "--on", "--segments", '{"clients": ["web"]}', "--reason", "Begin.") == (
        0,
        f'{KEY} is on for 20 % of all viewers; segments: {{"clients":["web"]}}.\n',
    )
    assert [line.split()[:4] for line in run("list")[1].splitlines()][1] == [KEY, "on", "20", "%"]
    assert run("set", KEY, "--segments", "{", "--reason", "Begin.")[0] == 1
    assert run("set", "NONE", "--on", "--reason", "Begin.")[0] == 1


def test_the_spelling_of_front_ends_is_read_with_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"NEXT_PUBLIC_{KEY}", "false")
    monkeypatch.setenv("NEXT_PUBLIC_FUNCTIONS_ROLLOUT_PERCENTAGE", "25")
    with structlog.testing.capture_logs() as logs:
        flags = load_settings().flags

    assert (flags[KEY].enabled, flags[KEY].percentage) == (False, 25)
    assert [line["event"] for line in logs] == [
        f"NEXT_PUBLIC_{KEY} is read as {KEY}; set that instead",
        "NEXT_PUBLIC_FUNCTIONS_ROLLOUT_PERCENTAGE is read as FUNCTIONS_ROLLOUT_PERCENTAGE; set that instead",
    ]


def test_both_spellings_may_stand_in_the_env_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A plain name goes before an old spelling, wherever each of them stands."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NEXT_PUBLIC_SHOW_FUNCTION_NAVIGATION", "false")
    (tmp_path / ".env").write_text(f"NEXT_PUBLIC_{KEY}=false\nSHOW_FUNCTION_NAVIGATION=true\n")
    with structlog.testing.capture_logs() as logs:
        flags = load_settings().flags

    assert (flags[KEY].enabled, flags["SHOW_FUNCTION_NAVIGATION"].enabled) == (False, True)
    assert [line["event"] for line in logs] == [f"NEXT_PUBLIC_{KEY} is read as {KEY}; set that instead"]


@pytest.mark.parametrize("setting", sorted(FlagSettings.model_fields.keys() - {"functions_rollout_percentage"}))
async def test_every_flag_of_the_settings_is_what_front_ends_are_told(
    graph: Graph, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    everything = (await graph.data("{ enabledFeatures }"))["enabledFeatures"]
    monkeypatch.setenv(setting.upper(), "false")
    graph.flags = Flags(load_settings().flags)
    api.set_provider_and_wait(PostgresProvider(graph.flags), graph.flags.domain)
    rest = (await graph.data("{ enabledFeatures }"))["enabledFeatures"]

    assert everything == list(KNOWN)
    assert rest == [key for key in KNOWN if key != setting.upper()]


async def test_front_ends_are_told_of_shares_and_segments_by_whoever_they_ask_for(house: House) -> None:
    await house.ask(CHANGE, "root", key="SHOW_FUNCTION_NAVIGATION", share=0, segments={"clients": ["web"]})

    async def told(who: str | None) -> bool:
        return "SHOW_FUNCTION_NAVIGATION" in (await house.ask("{ enabledFeatures }", who))["data"]["enabledFeatures"]

    async with asyncio.timeout(1.5):
        while await told(None):  # noqa: ASYNC110 - the server polls
            await asyncio.sleep(0.02)
    assert [await told(who) for who in ("web", "ada", None)] == [True, False, False]


def test_a_setting_by_its_own_name_goes_before_the_spelling_of_front_ends() -> None:
    assert old_spellings({KEY: "true", f"NEXT_PUBLIC_{KEY}": "false"}) == ({}, [])
