"""Statements are compiled to PostgreSQL's own placeholders, and know what each stands for."""

import pytest
from sqlalchemy import Integer, Text, bindparam, literal, select, text

from db.models import Function
from db.rows import FunctionRow, Row
from db.statement import compile_statement


def test_values_come_in_the_order_of_their_placeholders() -> None:
    clause = select(Function.name).where(
        Function.slug == bindparam("slug", type_=Text), Function.version > bindparam("version", type_=Integer)
    )
    statement = compile_statement("test", clause, FunctionRow)

    assert "$1" in statement.text
    assert "$2" in statement.text
    assert statement.parameters == ("slug", "version")
    assert statement.arguments({"version": 2, "slug": "a", "unused": None}) == ["a", 2]


def test_a_value_that_is_used_twice_has_one_placeholder() -> None:
    twice = bindparam("text", type_=Text)
    statement = compile_statement("test", select(twice, twice), Row)

    assert statement.parameters == ("text",)
    assert statement.arguments({"text": "a"}) == ["a"]


def test_constants_need_no_value() -> None:
    statement = compile_statement("test", select(literal(7), bindparam("number", type_=Integer)), Row)

    assert statement.arguments({"number": 1}) == [7, 1]


def test_a_missing_value_is_named() -> None:
    statement = compile_statement("test", text("SELECT :number"), Row)

    with pytest.raises(KeyError, match="number"):
        statement.arguments({})


def test_a_statement_without_values_takes_none() -> None:
    assert compile_statement("test", text("SELECT 1"), Row).arguments({"number": 1}) == []
