"""What a process serves from: a snapshot that is as new as the database, and that knows whose everything is."""

import datetime as dt
import uuid
from typing import Any

import pytest

from auth.keys import key_sha256
from commands import clients, registry, retiring
from commands.registering import Author
from db.database import Database
from domain.registry import POLICIES, ReleaseState
from persisted_queries import loading as module
from persisted_queries.compiling import Candidate, Target, text_sha256
from persisted_queries.loading import load_registry
from persisted_queries.registry import Registry
from schema.target import target

PERSON = Author("someone")
COUNT = Candidate("count-1", "query Count { functions { totalCount } }")
COUNT_AGAIN = Candidate("count-2", "query Count { functions { totalCount nodes { id } } }")
NAMES = Candidate("names", "query Names { functions { nodes { name } } }")
BROKEN = "query Gone { functions { gone } }"


@pytest.fixture
async def web(database: Database) -> uuid.UUID:
    await clients.create_client(database, "web", POLICIES["ids-only"], PERSON)
    return (await load(database)).clients["web"].client_id


async def load(database: Database) -> Registry:
    return await load_registry(database, target())


async def publish(database: Database, release: str, *operations: Candidate, client: str = "web", **more: Any) -> None:
    await registry.publish(database, target(), client, release, operations, PERSON, **more)


async def break_operation(database: Database) -> None:
    """Leave behind what a program with another schema has published."""
    other = Target(target().schema, target().facts_of, "0" * 64)
    await registry.publish(database, other, "web", "0.9", [COUNT], PERSON)
    async with database.writing.connect() as connection:
        driver = await connection.get_raw_connection()
        assert driver.driver_connection is not None
        await driver.driver_connection.execute(
            """
            INSERT INTO operations (text_sha256, text, name, kind, analysis, schema_sha256)
            SELECT encode(sha256(convert_to($1, 'UTF8')), 'hex'), $1, 'Gone', kind, analysis, schema_sha256
            FROM operations
            """,
            BROKEN,
        )
        await driver.driver_connection.execute(
            "UPDATE release_operations SET text_sha256 = encode(sha256(convert_to($1, 'UTF8')), 'hex')", BROKEN
        )


async def test_an_id_finds_an_operation_that_is_ready(database: Database, web: uuid.UUID) -> None:
    await publish(database, "1.0", COUNT)

    found = (await load(database)).find(web, "count-1")

    assert found is not None
    assert found.operation is not None
    assert found.release.state is ReleaseState.ACTIVE
    assert found.operation.document.operation(None).name.value == "Count"  # type: ignore[union-attr]
    assert found.operation.analysis.cost.of({}) > 0


async def test_an_operation_is_found_by_its_hash_its_text_and_its_release(database: Database, web: uuid.UUID) -> None:
    await publish(database, "1.0", COUNT)
    loaded = await load(database)
    found = loaded.find(web, "count-1")

    assert found is not None
    assert loaded.find(web, f"sha256:{text_sha256(COUNT.text)}") is found
    assert loaded.find_text(web, COUNT.text) is found
    assert loaded.find(web, "web~1.0~count-1") is found
    assert loaded.find(web, "web~1.1~count-1") is None
    assert loaded.find_text(web, COUNT.text + " ") is None
    assert loaded.entries(web) == [found]


async def test_a_client_finds_nothing_of_another_one(database: Database, web: uuid.UUID) -> None:
    await clients.create_client(database, "partner", POLICIES["safelist"], PERSON)
    await publish(database, "1.0", COUNT)
    loaded = await load(database)
    partner = loaded.clients["partner"].client_id

    for spelling in ("count-1", f"sha256:{text_sha256(COUNT.text)}", "web~1.0~count-1", "partner~1.0~count-1"):
        assert loaded.find(partner, spelling) is None
    assert loaded.find_text(partner, COUNT.text) is None
    assert loaded.entries(partner) == []


async def test_a_pending_release_is_not_there(database: Database, web: uuid.UUID) -> None:
    await publish(database, "1.0", COUNT, activate=False)

    assert (await load(database)).find(web, "count-1") is None


async def test_a_deprecated_operation_names_its_successor(database: Database, web: uuid.UUID) -> None:
    sunset = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    await publish(database, "1.0", COUNT)
    await publish(database, "2.0", COUNT_AGAIN)
    await registry.deprecate(database, "web", "1.0", PERSON, sunset=sunset, successor="2.0")

    found = (await load(database)).find(web, "count-1")

    assert found is not None
    assert found.operation is not None
    assert (found.release.state, found.release.sunset_at) == (ReleaseState.DEPRECATED, sunset)
    assert found.successor_id == "count-2"


async def test_a_retired_operation_is_known_but_not_served(database: Database, web: uuid.UUID) -> None:
    await publish(database, "1.0", COUNT)
    await retiring.retire(database, "web", "1.0", PERSON, force=True)

    found = (await load(database)).find(web, "count-1")

    assert found is not None
    assert (found.operation, found.release.state) == (None, ReleaseState.RETIRED)
    assert found.release.retired_at is not None


async def test_an_id_of_several_releases_is_of_the_one_served_longest(database: Database, web: uuid.UUID) -> None:
    for name in ("1.0", "1.1", "1.2"):
        await publish(database, name, COUNT)
    await registry.deprecate(database, "web", "1.2", PERSON)
    await retiring.retire(database, "web", "1.0", PERSON, force=True)

    loaded = await load(database)

    found, retired = loaded.find(web, "count-1"), loaded.find(web, "web~1.0~count-1")
    assert found is not None
    assert found.release.name == "1.1"
    assert retired is not None
    assert retired.operation is None


async def test_a_client_is_known_by_its_valid_keys(database: Database) -> None:
    first = await clients.create_client(database, "web", POLICIES["ids-only"], PERSON)
    second = await clients.add_key(database, "web", "second", PERSON)
    loaded = await load(database)
    assert {loaded.keys[key_sha256(key)].name for key in (first, second)} == {"web"}

    await clients.revoke_key(database, "web", "first", PERSON)

    loaded = await load(database)
    assert key_sha256(first) not in loaded.keys
    assert loaded.keys[key_sha256(second)].policy == POLICIES["ids-only"]


async def test_nothing_is_validated_that_was_published_under_this_schema(
    database: Database, web: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    await publish(database, "1.0", COUNT, NAMES)
    validated: list[Candidate] = []
    compiling = module.compile_operation
    monkeypatch.setattr(
        module, "compile_operation", lambda target, each: validated.append(each) or compiling(target, each)
    )

    await load(database)
    assert validated == []

    await load_registry(database, Target(target().schema, target().facts_of, "0" * 64))
    assert {each.text for each in validated} == {COUNT.text, NAMES.text}


async def test_what_was_ready_before_stays_the_same(database: Database, web: uuid.UUID) -> None:
    await publish(database, "1.0", COUNT)
    before = await load(database)
    await publish(database, "1.1", NAMES)

    after = await load_registry(database, target(), before)

    assert before.version < after.version
    one, other = before.find(web, "count-1"), after.find(web, "count-1")
    assert one is not None
    assert other is not None
    assert one.operation is other.operation


async def test_what_the_schema_breaks_is_not_served(database: Database, web: uuid.UUID) -> None:
    await break_operation(database)

    loaded = await load(database)

    found = loaded.find(web, "count-1")
    assert found is not None
    assert found.operation is None
    (broken,) = loaded.broken
    (fault,) = broken.faults
    assert broken.entry is found
    assert (fault.operation, fault.line, fault.column) == ("web 0.9 count-1 (Gone)", 1, 26)
    assert "gone" in fault.message
