"""What PostgreSQL writes as JSON is what this program would have written: checked value by value."""

import datetime as dt
import json
from collections.abc import Sequence
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
    CheckConstraint,
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
from db.statements.written import CODES, MODELS, Kind, Template, Value, is_certain, kind_of, page_of, row_of
from domain.money import CURRENCIES_BY_DIGITS, Money

CURRENCIES = ("EUR", "USD", "ZZZ", *(code for codes in CURRENCIES_BY_DIGITS.values() for code in codes))

TYPES: dict[Kind, TypeEngine[Any]] = {
    "text": Text(),
    "code": Text(),
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
    "code": st.text("ABCxyz019-_/+"),
    "integer": st.none() | st.integers(-(2**31), 2**31 - 1),
    "boolean": st.none() | st.booleans(),
    "instant": st.none() | INSTANTS | WHOLE_INSTANTS,
    "day": st.none() | st.dates(),
    "key": st.uuids(),
}

many = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


async def page(rows: asyncpg.Connection, template: Template, **columns: tuple[TypeEngine[Any], Sequence[Any]]) -> str:
    """The page of rows that hold these columns."""
    arrays = [bindparam(f"all_{name}", type_=ARRAY(type_)) for name, (type_, _) in columns.items()]
    held_rows = func.unnest(*arrays).table_valued(*(column(name, type_) for name, (type_, _) in columns.items()))
    row = held_rows.render_derived("row")
    json_of_row = row_of(template.values, {name: row.c[name] for name in columns})
    shown = select(json_of_row.label("json")).select_from(row).subquery()
    statement = compile_statement("test", select(page_of(shown.c.json).label("json")), Row)
    given = {f"all_{name}": list(held) for name, (_, held) in columns.items()}
    found = await rows.fetchrow(statement.text, *statement.arguments({**given, **template.texts}))
    assert found is not None
    json: str = found["json"]
    return json


@pytest.mark.parametrize("kind", TYPES)
@many
@given(data=st.data())
async def test_values_are_written_as_orjson_writes_them(rows: asyncpg.Connection, kind: Kind, data: Any) -> None:
    held = data.draw(st.lists(VALUES[kind]))
    quote = '"' if kind in {"code", "key"} else ""
    template = Template.of("[", [quote, quote], (Value(kind, ("value",)),), "]")

    found = await page(rows, template, value=(TYPES[kind], held))

    shown = [value.hex if kind == "key" else value for value in held]
    assert found == orjson.dumps(shown, option=orjson.OPT_UTC_Z).decode()


@many
@given(st.lists(st.builds(Money, st.integers(-(10**15), 10**15) | st.integers(-200, 200), st.sampled_from(CURRENCIES))))
async def test_amounts_are_written_as_money_is(rows: asyncpg.Connection, moneys: list[Money]) -> None:
    found = await page(
        rows,
        Template.of("[", ['"', '"'], (Value("amount", ("minor", "currency")),), "]"),
        minor=(BigInteger(), [money.minor for money in moneys]),
        currency=(Text(), [money.currency for money in moneys]),
    )

    assert json.loads(found) == [money.amount for money in moneys]


async def test_values_stand_between_pieces_and_rows_between_what_is_around_them(
    rows: asyncpg.Connection,
) -> None:
    values = (Value("text", ("name",)), Value("integer", ("number",)), Value("text", ("name",)))
    template = Template.of('{"nodes":[', ['{"a":', ',"b":', ',"c":', ',"$1":0}'], values, '],"k":1}')

    async def of(*names: str) -> Any:
        return json.loads(await page(rows, template, name=(Text(), names), number=(Integer(), range(len(names)))))

    assert await of() == {"nodes": [], "k": 1}
    assert await of("x") == {"nodes": [{"a": "x", "b": 0, "c": "x", "$1": 0}], "k": 1}
    assert await of("x", "y", ",") == {
        "nodes": [{"a": name, "b": number, "c": name, "$1": 0} for number, name in enumerate(["x", "y", ","])],
        "k": 1,
    }


async def test_rows_may_show_nothing_of_their_own(rows: asyncpg.Connection) -> None:
    template = Template.of("[", ['{"k":"T"}'], (), "]")

    assert await page(rows, template, name=(Text(), [])) == "[]"
    assert await page(rows, template, name=(Text(), ["x"])) == '[{"k":"T"}]'
    assert await page(rows, template, name=(Text(), ["x", "y", "z"])) == '[{"k":"T"},{"k":"T"},{"k":"T"}]'


def test_only_what_is_written_one_way_is_written() -> None:
    assert kind_of("Ticket", "name") == "text"
    assert kind_of("Ticket", "price_currency") == "code"
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


@pytest.mark.parametrize("text", ['"', "\\", "\n", "\x1f", "EU\n", '€"R'])
@pytest.mark.parametrize(("typename", "name"), [(each, name) for each in MODELS for name in sorted(CODES)])
async def test_no_table_lets_a_code_hold_what_json_escapes(
    connection: asyncpg.Connection, typename: str, name: str, text: str
) -> None:
    table = MODELS[typename].__table__
    if name not in table.columns:
        assert kind_of(typename, name) is None
        return
    checks = [each for each in table.constraints if isinstance(each, CheckConstraint) and name in str(each.sqltext)]
    conditions = " AND ".join(f"({each.sqltext})" for each in checks)

    allowed = f"SELECT {conditions} FROM (SELECT $1::text AS {name}) AS row"  # noqa: S608 - the table's own checks
    assert await connection.fetchval(allowed, text) is False
