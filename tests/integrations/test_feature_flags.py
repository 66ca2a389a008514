"""Flags through the OpenFeature SDK: known in every process within a second of their change."""

import asyncio

from openfeature import api
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode

from commands.flags import set_flag
from db.database import Database, DatabaseOptions, open_database
from domain.audit import Actor
from domain.flags import USE_FUNCTIONS, Flag, Subject
from integrations.feature_flags import DEFAULTS, Flags, open_flags

SOMEBODY = Subject("somebody", client="web")


async def change(database: Database, **given: object) -> Flag:
    return await set_flag(database, DEFAULTS, USE_FUNCTIONS, given=given, actor=Actor("ann"), reason="To try.")


async def is_so(flags: Flags, *, on: bool) -> None:
    async with asyncio.timeout(1):
        while flags.of(SOMEBODY).is_on(USE_FUNCTIONS) is not on:  # noqa: ASYNC110 - a table has no event to wait for
            await asyncio.sleep(0.01)


async def test_a_change_is_known_in_every_process_within_a_second(database: Database) -> None:
    async with open_flags(database) as one, open_flags(database) as other:
        await is_so(one, on=True)
        await change(database, enabled=False)
        await asyncio.gather(is_so(one, on=False), is_so(other, on=False))
        await change(database, enabled=True, percentage=0, segments={"clients": ["web"]})
        await asyncio.gather(is_so(one, on=True), is_so(other, on=True))


async def test_within_a_request_a_flag_stays_what_it_was(database: Database) -> None:
    async with open_flags(database, seconds=0.01) as flags:
        request = flags.of(SOMEBODY)
        assert request.is_on(USE_FUNCTIONS)
        await change(database, enabled=False)
        await is_so(flags, on=False)

        assert request.is_on(USE_FUNCTIONS)


async def test_each_evaluation_is_counted_once_a_request(database: Database) -> None:
    async with open_flags(database) as flags:
        request = flags.of(SOMEBODY)
        for _ in range(3):
            request.is_on(USE_FUNCTIONS)
        flags.of(SOMEBODY).is_on(USE_FUNCTIONS)

        assert flags.counters.evaluations == {(USE_FUNCTIONS, "true", "STATIC"): 2}


async def test_what_nobody_changed_is_what_the_settings_say(database: Database) -> None:
    defaults = {**DEFAULTS, USE_FUNCTIONS: Flag(USE_FUNCTIONS, enabled=False)}
    async with open_flags(database, defaults) as flags:
        await is_so(flags, on=False)


async def test_flags_are_known_by_heart_while_the_database_is_away(database: Database) -> None:
    away = DatabaseOptions("postgresql://nobody@127.0.0.1:1/nothing", timeout=1)
    async with open_database(away) as nothing, open_flags(nothing, seconds=0.01) as flags:
        await asyncio.sleep(0.05)

        assert flags.of(SOMEBODY).is_on(USE_FUNCTIONS)


async def test_the_sdk_answers_with_values_and_reasons(database: Database) -> None:
    await change(database, percentage=50, segments={"clients": ["web"]})
    async with open_flags(database) as flags:
        client = api.get_client(flags.domain)
        split = client.get_boolean_details(USE_FUNCTIONS, False, EvaluationContext("somebody"))
        targeted = client.get_boolean_details(USE_FUNCTIONS, False, EvaluationContext("", {"clients": ["web"]}))
        unknown = client.get_boolean_details("NO_SUCH_FLAG", True)
        text = client.get_string_details(USE_FUNCTIONS, "off")

    assert split.reason == "SPLIT"
    assert (targeted.value, targeted.reason, targeted.variant) == (True, "TARGETING_MATCH", "on")
    assert (unknown.value, unknown.error_code) == (True, ErrorCode.FLAG_NOT_FOUND)
    assert (text.value, text.error_code) == ("off", ErrorCode.TYPE_MISMATCH)
