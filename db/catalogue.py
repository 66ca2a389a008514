"""What the tables are, in plain values: for documents and for people, who need not know SQLAlchemy to read them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Column as SqlColumn
from sqlalchemy import Constraint as SqlConstraint
from sqlalchemy import PrimaryKeyConstraint
from sqlalchemy import Table as SqlTable
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Mapper
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.sql.compiler import DDLCompiler

from db.models import Base

_DIALECT = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call] # SQLAlchemy types no dialect's constructor
_SHORT_NAMES = {"TIMESTAMP WITH TIME ZONE": "timestamptz"}
"""Types that PostgreSQL also calls by a shorter name."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column as PostgreSQL has it.

    Attributes:
        name: its name.
        type: its type, in PostgreSQL's words.
        nullable: whether it may be null.
        default: the expression that stands for a value left out.
        generated: the expression that it is always computed from.
        in_primary_key: whether it is the primary key, or a part of it.
        references: the columns that it points to, each as `table.column`.
    """

    name: str
    type: str
    nullable: bool
    default: str | None
    generated: str | None
    in_primary_key: bool
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A constraint or an index: its name, and what it says in SQL."""

    name: str
    definition: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table with what holds for its rows."""

    name: str
    description: str
    columns: tuple[Column, ...]
    constraints: tuple[Rule, ...]
    indexes: tuple[Rule, ...]


def tables() -> tuple[Table, ...]:
    """Every table: those of `db.models` first, then module by module, each in the order of its declarations."""
    mappers = {mapper.local_table: mapper for mapper in Base.registry.mappers}

    def place(table: SqlTable) -> tuple[bool, str]:
        module = mappers[table].class_.__module__
        return module != "db.models", module

    # Which module was loaded first depends on who asks.
    return tuple(_table(table, mappers[table]) for table in sorted(Base.metadata.tables.values(), key=place))


def _table(table: SqlTable, mapper: Mapper[object]) -> Table:
    compiler = _DIALECT.ddl_compiler(_DIALECT, CreateTable(table))
    return Table(
        name=table.name,
        description=inspect.getdoc(mapper.class_) or "",
        columns=tuple(_column(compiler, each) for each in table.columns),
        constraints=tuple(_constraints(compiler, table)),
        indexes=tuple(
            Rule(str(index.name), _flat(str(CreateIndex(index).compile(dialect=_DIALECT))))
            for index in sorted(table.indexes, key=lambda index: str(index.name))
        ),
    )


def _column(compiler: DDLCompiler, column: SqlColumn[object]) -> Column:
    type_ = column.type.compile(dialect=_DIALECT)
    computed = column.computed
    return Column(
        name=column.name,
        type=_SHORT_NAMES.get(type_, type_.lower()),
        nullable=bool(column.nullable),
        default=compiler.get_column_default_string(column),
        generated=None if computed is None else str(computed.sqltext),
        in_primary_key=column.primary_key,
        references=tuple(sorted(key.target_fullname for key in column.foreign_keys)),
    )


def _constraints(compiler: DDLCompiler, table: SqlTable) -> Iterator[Rule]:
    """The primary key first, then by name."""

    def place(constraint: SqlConstraint) -> tuple[bool, str]:
        return not isinstance(constraint, PrimaryKeyConstraint), str(constraint.name)

    for constraint in sorted(table.constraints, key=place):
        name = str(constraint.name)
        yield Rule(name, _flat(compiler.process(constraint)).removeprefix(f"CONSTRAINT {name} "))


def _flat(sql: str) -> str:
    return " ".join(sql.split())
