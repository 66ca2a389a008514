"""Statements: built with SQLAlchemy once, compiled to PostgreSQL's own placeholders, executed by asyncpg.

SQLAlchemy composes; its execution stays out of the hot path (`docs/decisions/0003-statements.md` has the numbers).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import Dialect, Table
from sqlalchemy.dialects.postgresql import asyncpg as asyncpg_dialect
from sqlalchemy.sql import ClauseElement, visitors
from sqlalchemy.sql.compiler import SQLCompiler

from db.followed import subject_of
from db.rows import Row, WrittenRow
from db.visibility import Sight

R = TypeVar("R", bound=Row)

_DIALECT = cast("Dialect", asyncpg_dialect.dialect(paramstyle="numeric_dollar"))  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Statement(Generic[R]):
    """SQL text with `$1 …` placeholders, what each stands for, the class of its rows, and whom it reads for.

    `subjects` are the tables whose changes could change what it gives; None where there is one of which nobody is told.
    """

    name: str
    text: str
    parameters: tuple[str, ...]
    row: type[R]
    constants: Mapping[str, Any] = field(default_factory=dict)
    sight: Sight = Sight.SYSTEM
    subjects: frozenset[str] | None = None

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """The values in placeholder order.

        Raises:
            KeyError: a parameter has no value.
        """
        return [self.constants[name] if name in self.constants else values[name] for name in self.parameters]

    def count(self, found: Sequence[R]) -> int:
        """How many rows it gave: where it wrote them, so many as it wrote."""
        return sum(row["number"] for row in found) if self.row is WrittenRow else len(found)


def compile_statement(
    name: str, clause: ClauseElement, row: type[R], sight: Sight = Sight.SYSTEM, *, reads: Collection[str] = ()
) -> Statement[R]:
    """Compile a Core statement.

    Args:
        name: what logs, metrics and tests call it.
        clause: the statement.
        row: the class of its rows.
        sight: whom it reads for, and so the role that it runs under; the server itself, unless said.
        reads: the tables that it reads through a view or a function, where the clause does not name them.
    """
    compiled = cast("SQLCompiler", clause.compile(dialect=_DIALECT))
    parameters = tuple(compiled.positiontup or ())
    constants = {key: bind.value for key, bind in compiled.binds.items() if not bind.required and key in parameters}
    text = str(compiled)
    if sight.is_privileged:
        parameters = (*parameters, "viewer")
        text = _telling(text, len(parameters))
    return Statement(name, text, parameters, row, constants, sight, _subjects(clause, reads))


def _telling(text: str, place: int) -> str:
    """A statement that tells row-level security who asks, before its first row is read, and for itself alone.

    The condition holds no column, so PostgreSQL evaluates it once, ahead of all that is below. The setting is local to
    the transaction, which is this statement: there is no moment at which a connection carries it on.
    """
    told = f"(SELECT set_config('boxoffice.viewer', ${place}, true)) IS NOT NULL"
    return f"SELECT answer.* FROM ({text}) AS answer WHERE {told}"  # noqa: S608 - text that was compiled


def _subjects(clause: ClauseElement, reads: Collection[str]) -> frozenset[str] | None:
    tables = {each.name for each in visitors.iterate(clause) if isinstance(each, Table)}
    subjects = {subject_of(each) for each in tables.union(reads)}
    return frozenset(each for each in subjects if each is not None) if None not in subjects else None
