"""What PostgreSQL writes as JSON is what this program would have written: checked value by value."""

import datetime as dt
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import asyncpg
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Integer,
    Text,
    Uuid,
    bindparam,
    column,
    func,
    select,
)
from sqlalchemy.types import TypeEngine

from db.rows import Row
from db.statement import compile_statement
from db.statements.written import MODELS, Kind, Value, is_certain, json_of, kind_of, piece_values
from domain.money import CURRENCIES_BY_DIGITS, Money

CURRENCIES = ("EUR", "USD", "ZZZ", *(code for codes in CURRENCIES_BY_DIGITS.values() for code in codes))

TYPES: dict[Kind, TypeEngine[Any]] = {
    "text": Text(),
    "integer": Integer(),
    "boolean": Boolean(),
    "instant": DateTime(timezone=True),
    "day": Date(),
    "key": Uuid(),
}

STORABLE = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
"""What a column of text can hold."""

INSTANTS = st.datetimes(timezones=st.just(dt.UTC))
WHOLE_INSTANTS = INSTANTS.map(lambda instant: instant.replace(microsecond=0))

VALUES: dict[Kind, st.SearchStrategy[Any]] = {
    "text": st.none()
    | STORABLE
    | st.sampled_from(['"', "\\", "/", "\x7f", "\u2028", "😀", "".join(map(chr, range(1, 32)))]),
    "integer": st.none() | st.integers(-(2**31), 2**31 - 1),
    "boolean": st.none() | st.booleans(),
    "instant": st.none() | INSTANTS | WHOLE_INSTANTS,
    "day": st.none() | st.dates(),
    "key": st.uuids(),
}

many = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.fixture
async def reading(module_database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that nothing is written by."""
    connection = await asyncpg.connect(module_database_url, timeout=10, command_timeout=30)
    try:
        yield connection
    finally:
        await connection.close(timeout=10)


async def written(
    reading: asyncpg.Connection,
    values: Sequence[Value],
    pieces: Sequence[str],
    **columns: tuple[TypeEngine[Any], Sequence[Any]],
) -> list[str]:
    """The JSON of rows that hold these columns."""
    arrays = [bindparam(name, type_=ARRAY(type_)) for name, (type_, _) in columns.items()]
    rows = func.unnest(*arrays).table_valued(*(column(name, type_) for name, (type_, _) in columns.items()))
    row = rows.render_derived("row")
    json = json_of(values, {name: row.c[name] for name in columns})
    statement = compile_statement("test", select(json.label("json")).select_from(row), Row)
    given = {name: list(held) for name, (_, held) in columns.items()}
    arguments = statement.arguments({**given, **piece_values(pieces)})
    return [row["json"] for row in await reading.fetch(statement.text, *arguments)]


@pytest.mark.parametrize("kind", TYPES)
@many
@given(data=st.data())
async def test_a_value_is_written_as_orjson_writes_it(reading: asyncpg.Connection, kind: Kind, data: Any) -> None:
    held = data.draw(st.lists(VALUES[kind], min_size=1))
    quote = '"' if kind == "key" else ""

    found = await written(reading, [Value(kind, ("value",))], [quote, quote], value=(TYPES[kind], held))

    shown = [value.hex if kind == "key" else value for value in held]
    assert found == [orjson.dumps(value, option=orjson.OPT_UTC_Z).decode() for value in shown]


@many
@given(
    st.lists(
        st.builds(Money, st.integers(-(10**15), 10**15) | st.integers(-200, 200), st.sampled_from(CURRENCIES)),
        min_size=1,
    )
)
async def test_an_amount_is_written_as_money_is(reading: asyncpg.Connection, moneys: list[Money]) -> None:
    found = await written(
        reading,
        [Value("amount", ("minor", "currency"))],
        ["", ""],
        minor=(BigInteger(), [money.minor for money in moneys]),
        currency=(Text(), [money.currency for money in moneys]),
    )

    assert found == [money.amount for money in moneys]


async def test_values_stand_between_the_pieces(reading: asyncpg.Connection) -> None:
    values = [Value("text", ("name",)), Value("integer", ("number",)), Value("text", ("name",))]

    (found,) = await written(
        reading, values, ['{"a":', ',"b":', ',"c":', ',"$1":0}'], name=(Text(), ["x"]), number=(Integer(), [7])
    )

    assert json.loads(found) == {"a": "x", "b": 7, "c": "x", "$1": 0}


async def test_pieces_alone_are_a_row(reading: asyncpg.Connection) -> None:
    assert await written(reading, [], ["{}"], name=(Text(), ["x", "y"])) == ["{}", "{}"]


def test_only_what_is_written_one_way_is_written() -> None:
    assert kind_of("Ticket", "name") == "text"
    assert kind_of("Ticket", "min_per_order") == "integer"
    assert kind_of("Ticket", "price_amount") is None  # more than GraphQL's Int holds
    assert kind_of("Event", "metadata") is None
    assert kind_of("Event", "availability") is None
    assert kind_of("Money", "currency") is None


def test_what_may_be_null_is_known() -> None:
    assert is_certain("Ticket", "name")
    assert not is_certain("Ticket", "description")
    assert not is_certain("Ticket", "nothing")
    assert set(MODELS) == {"Function", "Event", "Ticket", "Package"}
