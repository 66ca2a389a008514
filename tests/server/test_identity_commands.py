"""`boxoffice members`, `audit` and `token revoke`, on a database and a cache of their own."""

import datetime as dt
import time
import uuid

import pytest
from sqlalchemy import text

from auth.issuing import issue_token
from commands.clients import create_client, set_policy
from commands.registering import Author
from db.database import open_database
from domain.errors import InvalidArgument
from domain.registry import POLICIES
from server.console import CommandError
from server.identity_commands import change_member, revoke, show_log
from server.neighbours import database_options
from server.settings import Settings, load_settings
from server.token_settings import token_rules, token_secret


@pytest.fixture
async def given(database_url: str, redis_url: str) -> Settings:
    """Settings of an installation with an organisation, and a client of the registry."""
    settings = load_settings(database_url=database_url, redis_url=redis_url, secret_key="k" * 32)
    async with open_database(database_options(settings)) as database:
        async with database.write() as connection:
            await connection.execute(
                text(
                    "INSERT INTO organisations (organisation_id, name, slug, timezone) "
                    "VALUES (:key, 'x', 'house', 'UTC')"
                ),
                {"key": uuid.uuid4()},
            )
        await create_client(database, "web", POLICIES["open"], Author("carol"))
    return settings


async def test_what_was_done_is_shown_with_what_was_done_to_the_registry(
    given: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    token = issue_token(token_secret(given), token_rules(given), "ada", now=time.time(), lifetime=60)
    await change_member(given, "house", "ada", "door", by="carol", reason="new at the door", add=True)
    await change_member(given, "house", "ada", "DOOR", by="carol", reason="again", add=True)
    await change_member(given, "house", "ada", "OWNER", by="carol", reason="never was", add=False)
    await revoke(given, token=token, token_id=None, subject=None, before=None, by="dave", reason="lost")
    await revoke(given, token=None, token_id="t-1", subject=None, before=None, by="dave", reason="lost too")
    early = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    await revoke(given, token=None, token_id=None, subject="ada", before=early, by="dave", reason="all of them")
    said = capsys.readouterr().out
    await show_log(given, subject=None, days=1, limit=50)
    shown = capsys.readouterr().out
    await show_log(given, subject="t-1", days=1, limit=50)
    of_one = capsys.readouterr().out
    await show_log(given, subject="nobody", days=1, limit=50)

    assert "ada works for house as DOOR.\nada works for house as DOOR already.\n" in said
    assert "ada works for house as OWNER no longer; nor before.\n" in said
    assert "Revoked all tokens of ada that were issued up to 2026-01-01 00:00:00 UTC.\n" in said
    actions = [line[21:] for line in shown.splitlines() if not line.startswith(" ")]
    assert [action.partition(":")[0] for action in actions] == [
        "create client",
        "add member",
        "revoke token",
        "revoke token",
        "revoke subject",
    ]
    assert actions[0] == "create client: web  by carol (operator)"
    assert actions[1] == "add member: ada  by carol (operator)"
    assert "    new at the door\n" in shown
    assert token not in shown + said
    assert [line[21:] for line in of_one.splitlines()][:1] == ["revoke token: t-1  by dave (operator)"]
    assert capsys.readouterr().out == "Nothing is recorded.\n"


async def test_why_a_policy_was_changed_is_shown_beside_what_was_changed(
    given: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    why = Author("carol", reason="its users type queries by hand")
    async with open_database(database_options(given)) as database:
        await set_policy(database, "web", POLICIES["ids-only"], why)
    await show_log(given, subject="web", days=1, limit=1)

    lines = capsys.readouterr().out.splitlines()
    assert lines[0][21:] == "set policy: web  by carol (operator)"
    assert lines[1].strip() == "its users type queries by hand"
    assert lines[2].strip() == '{"before":"open","policy":"ids-only"}'


@pytest.mark.parametrize("reason", ["", " ", "x" * 501, "ada@example.org asked for it", "postgresql://u:pw@host/x"])
def test_a_reason_that_no_log_can_keep_is_refused(reason: str) -> None:
    with pytest.raises(InvalidArgument):
        Author("carol", reason=reason)


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({}, "name one of"),
        ({"token": "x", "subject": "ada"}, "name one of"),
        ({"token_id": "t-1", "before": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}, "--before goes with --subject"),
    ],
)
async def test_what_cannot_be_meant_is_told(chosen: dict[str, object], words: str) -> None:
    options = {"token": None, "token_id": None, "subject": None, "before": None} | chosen
    with pytest.raises(CommandError, match=words):
        await revoke(load_settings(), **options, by="dave", reason="x")  # type: ignore[arg-type] # chosen above


async def test_a_token_that_is_none_or_a_role_that_is_none_is_told(given: Settings) -> None:
    with pytest.raises(CommandError, match="refused as it is"):
        await revoke(given, token="nonsense", token_id=None, subject=None, before=None, by="dave", reason="x")
    with pytest.raises(InvalidArgument, match="there are OWNER, MANAGER, FINANCE, DOOR"):
        await change_member(given, "house", "ada", "boss", by="carol", reason="x", add=True)
