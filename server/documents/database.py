"""`docs/database.md`: the tables as PostgreSQL has them, and a diagram of how they hang together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from db.catalogue import Column, Rule, Table, tables
from schema.document.markdown import code, fenced, link, page, table


def database_page() -> str:
    """The page on the tables of this project."""
    return page_of(tables())


def page_of(described: Sequence[Table]) -> str:
    """The page on any tables."""
    return page(_blocks(described))


def _blocks(described: Sequence[Table]) -> Iterator[str]:
    yield "# The database"
    yield "<!-- Generated from the models by `make docs`: change db/models.py, not this file. -->"
    yield _INTRODUCTION
    yield "## How the tables hang together"
    yield fenced(diagram(described), "mermaid")
    yield "## The tables"
    yield "\n".join(f"- {link(code(each.name), each.name)}: {each.description.splitlines()[0]}" for each in described)
    for each in described:
        yield f"### {each.name}"
        yield each.description
        rows = ([code(it.name), _type(it), "yes" if it.nullable else "no", _default(it)] for it in each.columns)
        yield table(["Column", "Type", "Null", "Default"], rows)
        if each.constraints:
            yield _rules("Constraint", each.constraints)
        if each.indexes:
            yield _rules("Index", each.indexes)


def _type(column: Column) -> str:
    key = ", primary key" if column.in_primary_key else ""
    targets = "".join(f", a {link(code(name), name.partition('.')[0])}" for name in column.references)
    return f"{code(column.type)}{key}{targets}"


def _default(column: Column) -> str:
    if column.generated is not None:
        return f"always {code(column.generated)}"
    return "" if column.default is None else code(column.default)


def _rules(kind: str, rules: Sequence[Rule]) -> str:
    return table([kind, "What it says"], ([code(each.name), code(each.definition)] for each in rules))


def diagram(described: Sequence[Table]) -> str:
    """An entity-relationship diagram in Mermaid, with the keys alone: the other columns stand in the tables."""
    lines = ["erDiagram"]
    for each in described:
        for column in each.columns:
            # One parent, which may be missing where the column may be null; and any number of children.
            one = "|o" if column.nullable else "||"
            lines += [
                f"  {target.partition('.')[0]} {one}--o{{ {each.name} : {column.name}" for target in column.references
            ]
    for each in described:
        lines.append(f"  {each.name} {{")
        lines += [f"    {_word(column.type)} {column.name} {_keys(column)}" for column in each.columns if _keys(column)]
        lines.append("  }")
    return "\n".join(lines)


def _keys(column: Column) -> str:
    keys = [name for name, holds in (("PK", column.in_primary_key), ("FK", bool(column.references))) if holds]
    return ", ".join(keys)


def _word(text: str) -> str:
    """Mermaid takes a type for one word."""
    return re.sub(r"\W+", "_", text).strip("_")


_INTRODUCTION = """
PostgreSQL 15 or newer holds everything. Migrations make the tables, `boxoffice migrate` runs them, and a test compares
the outcome with the models that this page is made from. [indexes.md](indexes.md) says which query each index serves.

- Keys are UUIDv7, made by the application; outside they are seen as opaque global ids only.
- Money is a whole number of minor units (`…_amount`) beside an ISO 4217 code (`…_currency`).
- Moments are `timestamptz`; what takes place somewhere has the name of its IANA zone beside them.
- Nothing is deleted by the database: a row with `deleted_at` is gone for everyone but the operator.
- `version` counts the changes of a row.
"""
