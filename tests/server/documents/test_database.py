"""The page on the tables, for a small catalogue and for the real one."""

import re

import pytest

from db.catalogue import Column, Rule, Table, tables
from server.documents.database import database_page, diagram, page_of


def column(
    name: str,
    type: str = "uuid",  # noqa: A002 - what the catalogue calls it
    *references: str,
    nullable: bool = False,
    default: str | None = None,
    generated: str | None = None,
    key: bool = False,
) -> Column:
    return Column(name, type, nullable, default, generated, key, references)


AUTHORS = Table("authors", "Who writes.\n\nAnd how.", (column("author_id", key=True),), (), ())
BOOKS = Table(
    "books",
    "What is written.",
    (
        column("book_id", key=True),
        column("author_id", "uuid", "authors.author_id"),
        column("part_of", "uuid", "books.book_id", nullable=True),
        column("price", "double precision", key=True, default="0"),
        column("full", "text", generated="a || b"),
    ),
    (Rule("ck_books_title", "CHECK (title ~ 'a|`b`')"),),
    (Rule("ix_books", "CREATE INDEX ix_books ON books (title)"),),
)


@pytest.mark.parametrize(
    "line",
    [
        "| `book_id` | `uuid`, primary key | no |  |",
        "| `author_id` | `uuid`, a [`authors.author_id`](#authors) | no |  |",
        "| `part_of` | `uuid`, a [`books.book_id`](#books) | yes |  |",
        "| `price` | `double precision`, primary key | no | `0` |",
        r"| `full` | `text` | no | always `a \|\| b` |",
        r"| `ck_books_title` | ``CHECK (title ~ 'a\|`b`')`` |",
        "| `ix_books` | `CREATE INDEX ix_books ON books (title)` |",
    ],
)
def test_a_table_shows_its_columns_constraints_and_indexes(line: str) -> None:
    assert line in page_of([AUTHORS, BOOKS]).splitlines()


def test_the_list_of_tables_has_the_first_line_of_each_description() -> None:
    assert "- [`authors`](#authors): Who writes.\n- [`books`](#books): What is written.\n" in page_of([AUTHORS, BOOKS])


def test_a_table_without_constraints_or_indexes_has_no_tables_of_them() -> None:
    page = page_of([AUTHORS])

    assert "| Constraint |" not in page
    assert "| Index |" not in page


def test_the_diagram_has_the_keys_and_how_they_hang_together() -> None:
    assert diagram([AUTHORS, BOOKS]).splitlines() == [
        "erDiagram",
        "  authors ||--o{ books : author_id",
        "  books |o--o{ books : part_of",
        "  authors {",
        "    uuid author_id PK",
        "  }",
        "  books {",
        "    uuid book_id PK",
        "    uuid author_id FK",
        "    uuid part_of FK",
        "    double_precision price PK",
        "  }",
    ]


@pytest.mark.parametrize("table", tables(), ids=lambda table: table.name)
def test_everything_of_a_real_table_is_in_its_section(table: Table) -> None:
    shown = re.split(r"^### ", database_page(), flags=re.MULTILINE)
    (section,) = (each for each in shown if each.startswith(f"{table.name}\n"))

    names = [each.name for each in table.columns] + [each.name for each in table.constraints + table.indexes]
    assert re.findall(r"^\| `(\w+)` \|", section, flags=re.MULTILINE) == names
