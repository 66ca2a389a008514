"""What PostgreSQL can write of a page: rows below which nothing is left to be asked, decided or refused.

Where all that an operation asks of a page is what columns hold, the statement of the page answers with JSON, and
nothing of its rows is made here. Everything else is read as rows: what has a resolver or a permission, a cursor, or
whether more follows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import groupby
from typing import Final

import orjson
from graphql import GraphQLNonNull, GraphQLScalarType
from strawberry.types.field import StrawberryField

from db.statements.written import Kind, Template, Value, is_certain, kind_of
from execution.plan import PlannedField, Rewrite, Scope
from schema.fields import spec_of

_TEXT: Final[frozenset[Kind]] = frozenset({"text", "code"})
_SCALARS: Final[Mapping[str, frozenset[Kind]]] = {
    "String": _TEXT,
    "TimeZone": _TEXT,
    "CurrencyCode": _TEXT,
    "URL": _TEXT,
    "Int": frozenset({"integer"}),
    "Boolean": frozenset({"boolean"}),
    "DateTime": frozenset({"instant"}),
    "Date": frozenset({"day"}),
}
"""The scalars that a column is written as, and of which kind it may be."""

Part = str | Value
"""Of JSON: text that is the same in every row, or a value of the row."""

_BACKWARDS: Final = "last"
"""The argument by which a list is walked from its end."""

_ROW: Final = "\0"
"""Stands before and after the row; in JSON it never stands."""


class _Unwritable(Exception):
    """Something is asked for that has to be made of rows."""


def rewrite_of(page: Scope, arguments: frozenset[str]) -> Rewrite | None:
    """How the arguments of a page's resolver ask for the page as JSON; None where it has to be made of rows.

    Args:
        page: what is asked of it.
        arguments: which are given. A page that may be walked backwards is made of rows, which are turned round.
    """
    if _BACKWARDS in arguments:
        return None
    try:
        parts = list(_object(page, _rows))
    except _Unwritable:
        return None
    match [list(section) for is_mark, section in groupby(parts, _is_mark) if not is_mark]:
        case [opening, row, closing]:
            template = _template("".join(map(str, opening)), tuple(row), "".join(map(str, closing)))
            return lambda given: {**given, "arguments": replace(given["arguments"], template=template)}
        case _:  # no rows are asked for, or the same by two names
            return None


@lru_cache(maxsize=2048)  # operations that ask the same share what their statement is kept under
def _template(opening: str, row: tuple[Part, ...], closing: str) -> Template:
    pieces = ["".join(map(str, texts)) for is_value, texts in groupby(row, _is_value) if not is_value]
    return Template.of(opening, pieces, tuple(part for part in row if isinstance(part, Value)), closing)


def _is_mark(part: Part) -> bool:
    return part == _ROW


def _is_value(part: Part) -> bool:
    return isinstance(part, Value)


def _object(scope: Scope, value_of: Callable[[PlannedField], Iterable[Part]]) -> Iterator[Part]:
    """The JSON of an object whose fields have these values."""
    if scope.refused is not None or scope.type.is_type_of is not None:
        raise _Unwritable
    mark = "{"
    for each in scope.fields:
        yield f"{mark}{_quoted(each.key)}:"
        mark = ","
        if each.is_typename:
            yield _quoted(scope.type.name)
        elif each.guard is not None:
            raise _Unwritable
        else:
            yield from value_of(each)
    yield "}" if scope.fields else "{}"


def _rows(each: PlannedField) -> Iterator[Part]:
    """What a page shows of its rows."""
    if each.shape.item is None or each.name not in {"nodes", "edges"}:
        raise _Unwritable
    shown = each.shape.item.scope
    yield from ("[", _ROW)
    yield from _row(shown) if each.name == "nodes" else _object(shown, _node)
    yield from (_ROW, "]")


def _node(each: PlannedField) -> Iterator[Part]:
    """What an edge shows of its row."""
    if each.name != "node":
        raise _Unwritable
    return _row(each.shape.scope)


def _row(scope: Scope) -> Iterator[Part]:
    return _object(scope, lambda each: _value(each, scope.type.name, {}))


def _value(each: PlannedField, typename: str, names: Mapping[str, str]) -> Iterator[Part]:
    """The value of a field of a row, or of an object whose attributes are the row's columns by other names."""
    spec = spec_of(each.definition)
    if spec.resolve is not None or each.definition.args:
        raise _Unwritable
    if spec.compute is None:
        value = _column(each, typename, names)
        yield from ('"', value, '"') if value.kind == "code" else (value,)
    elif isinstance(spec.written, Mapping):
        columns = spec.written
        yield from _object(each.shape.scope, lambda below: _value(below, typename, columns))
    elif spec.written is not None:
        before, value, after = spec.written
        columns_of_it = tuple(names.get(name, name) for name in value.columns)
        if not all(is_certain(typename, column) for column in columns_of_it):
            raise _Unwritable
        yield from (before, Value(value.kind, columns_of_it), after)
    else:
        raise _Unwritable


def _column(each: PlannedField, typename: str, names: Mapping[str, str]) -> Value:
    declared: StrawberryField = each.definition.extensions["strawberry-definition"]
    column = names.get(declared.python_name, declared.python_name)
    output = each.definition.type
    scalar = output.of_type if isinstance(output, GraphQLNonNull) else output
    kind = kind_of(typename, column)
    if kind is None or not isinstance(scalar, GraphQLScalarType) or kind not in _SCALARS.get(scalar.name, ()):
        raise _Unwritable
    if isinstance(output, GraphQLNonNull) and not is_certain(typename, column):
        raise _Unwritable
    return Value(kind, (column,))


def _quoted(name: str) -> str:
    return orjson.dumps(name).decode()
