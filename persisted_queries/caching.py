"""For how long an answer may be kept, and by whom: folded from the fields of its operation, once it is prepared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from graphql import GraphQLObjectType, OperationDefinitionNode, OperationType

from persisted_queries.analysis import Analysis, analyse
from persisted_queries.compiling import Target
from persisted_queries.documents import PreparedDocument


@dataclass(frozen=True, slots=True)
class CacheHint:
    """What the declarations of an operation's fields come to.

    Attributes:
        max_age: seconds; 0 for an answer that must be asked for again each time.
        private: a field needs a permission, so the answer is one viewer's.
    """

    max_age: int
    private: bool = False


NO_HINT: Final = CacheHint(0)
"""Of what is not to be kept at all."""


HintOf: TypeAlias = Callable[[PreparedDocument, OperationDefinitionNode], CacheHint]
"""Tells the hint of an operation of a valid document."""


def no_hint(_document: PreparedDocument, _operation: OperationDefinitionNode) -> CacheHint:
    """Nothing is to be kept."""
    return NO_HINT


def cache_hint(target: Target, document: PreparedDocument, operation: OperationDefinitionNode) -> CacheHint:
    """The hint of an operation of a valid document.

    Fields that `@skip` or `@include` may leave out count all the same: one hint holds for all variables.
    """
    if operation.operation is not OperationType.QUERY:
        return NO_HINT
    try:
        analysis, _ = analyse(target.schema, target.facts_of, document.document, operation)
    except RecursionError:
        return NO_HINT
    return fold(target, analysis)


def fold(target: Target, analysis: Analysis) -> CacheHint:
    """The least age that any field allows; a field of the root that says nothing allows none.

    What touches no field of the schema but introspection's may not be kept either: it is asked by tools, while people
    change the schema.
    """
    root = target.schema.query_type
    ages: list[int] = []
    for coordinate in analysis.fields:
        typename, _, name = coordinate.partition(".")
        parent = target.schema.get_type(typename)
        assert isinstance(parent, GraphQLObjectType), "an analysis names the fields of objects"
        age = target.facts_of(parent, name, parent.fields[name]).max_age
        if age is not None:
            ages.append(age)
        elif parent is root:
            ages.append(0)
    return CacheHint(min(ages, default=0), private=bool(analysis.permissions))
