"""The names of the statements that read, found where they are declared."""

import pkgutil
from importlib import import_module

from db import statements
from db.statement import Statement
from db.statements.events import EventScope
from db.statements.functions import FunctionScope
from db.statements.paging import Listing, Lookup
from db.statements.registration_lists import RegistrationScope
from db.visibility import BySight

NOT_OF_THE_GRAPH = {"administration", "audit", "callers", "changes", "registry", "revocations", "usage"}
"""Modules whose statements no question of the API leads to: processes, operators, and pages for them, ask those."""


def declared() -> set[str]:
    """The names of all statements of `db.statements` that the graph asks."""
    names = {
        f"{scope.value}.{kind}"
        for scope in (*EventScope, *FunctionScope, *RegistrationScope)
        for kind in ("page", "count")
    }
    for module in pkgutil.iter_modules(statements.__path__):
        if module.name in NOT_OF_THE_GRAPH:
            continue
        for name, found in vars(import_module(f"{statements.__name__}.{module.name}")).items():
            value = found.public if isinstance(found, BySight) else found
            if isinstance(value, Statement | Lookup):
                names.add(value.name)
            elif isinstance(value, Listing):
                names |= {f"{value.name}.page", f"{value.name}.count"}
            elif (
                getattr(value, "__module__", "") == f"{statements.__name__}.{module.name}" != Lookup.__module__
                and name[0] != "_"
            ):
                made = str(getattr(value, "__annotations__", {}).get("return"))
                names |= {f"{module.name}.{name}"} if made.startswith("Statement") else set()
    return names
