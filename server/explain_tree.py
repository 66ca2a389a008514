"""An explanation as a tree, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from rich.tree import Tree

from server.explain import Asked, ExplainedField, Explanation

_SAID = {
    "asks": "asks",
    "calls": "calls a resolver for each object",
    "reads": "reads",
    "written": "written by PostgreSQL",
}
_QUIET = {"reads", "written"}


def tree_of(explanation: Explanation) -> Tree:
    """The whole of it."""
    statements = f"{len(explanation.reads)} statements"
    tree = Tree(Text(f"{explanation.title} · {statements} · {_ms(explanation.seconds)} with their explanations"))
    _grow(tree, explanation.fields)
    return tree


def _grow(tree: Tree, fields: Sequence[ExplainedField]) -> None:
    for each in fields:
        branch = tree.add(_line(each))
        for asked in each.asked:
            _tell_asked(branch, asked)
        for typename, below in each.below.items():
            _grow(branch.add(Text(f"on {typename}")) if each.is_abstract else branch, below)


def _line(each: ExplainedField) -> Text:
    alias = "" if each.key == each.name else f"{each.key}: "
    line = Text(f"{alias}{each.name}: {each.type}", style="bold")
    if each.how in _SAID and not (each.how == "reads" and each.permission):
        line.append(f" · {_SAID[each.how]}", style="not bold dim" if each.how in _QUIET else "not bold")
    if each.complexity is not None and each.how == "asks":
        line.append(f" · complexity {each.complexity}", style="not bold")
    if each.permission is not None:
        line.append(f" · requires {each.permission}", style="not bold yellow")
    return line


def _tell_asked(branch: Tree, asked: Asked) -> None:
    branch.add(Text(f"{asked.name}: {asked.parents} parents in {_ms(asked.seconds)}", style="cyan"))
    for read in asked.reads:
        told = branch.add(Text(f"{read.statement.name}: {read.rows} rows in {_ms(read.seconds)}", style="green"))
        if read.scans:
            told.add(Text("reads a table from end to end", style="bold red"))
        for line in read.plan:
            told.add(Text(line, style="dim"))


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"
