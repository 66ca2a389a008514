"""From a document that was admitted to an operation that may be executed: prepared once, bounded, its cost known."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from weakref import WeakKeyDictionary

import orjson
from graphql import GraphQLError, GraphQLField, GraphQLObjectType, Node, OperationDefinitionNode, SelectionSetNode
from graphql.execution.values import VariableValues

from domain.versions import Deprecation, Notice, notice_of
from execution.engine import Engine, PreparedOperation
from persisted_queries.analysis import Analysis, FactsOf, FieldFacts, analyse
from persisted_queries.caching import CacheHint, HintOf, no_hint
from persisted_queries.costs import Cost
from persisted_queries.documents import DocumentCache, DocumentRefused, PreparedDocument, Refusal
from persisted_queries.protection import PUBLISHED, Excess, QueryLimits
from server.admitting import Admitted
from server.http.answer import encode

RATE_LIMIT = "Query.rateLimit"
"""The field that tells a client where it stands."""

_NO_INTROSPECTION = "You may not ask for the schema here; `__typename` alone always answers."


_FREE_BYTES: Final = 500
"""As much of an unknown text is read for nothing: it takes no longer than a request does anyway."""

_BYTES_A_POINT: Final = 10
"""What of an unknown text is parsed and validated in the time in which a point's worth of an operation is executed."""

_MOST_KNOWN: Final = 256
"""How many variables of an operation are remembered, if they have at most so many bytes as follow."""

_KNOWN_BYTES: Final = 1_000


@dataclass(frozen=True, slots=True)
class Variables:
    """The variables of a request, coerced.

    Attributes:
        values: what they were coerced to.
        canonical: the same bytes for equal values, however they were written.
    """

    values: VariableValues
    canonical: bytes


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation that is ready, and what is known of it.

    Attributes:
        prepared: the operation.
        cost: what it costs, as a function of its variables.
        hint: for how long its answers may be kept.
        identity: the same for the same operation of the same text, in every process.
        nodes: how many items its lists may have altogether; only for one that asks for its rate limit.
        flags: the feature flags that its answer may hang on.
        notice: what is to be said of the deprecated fields that it may touch; None where there is none.
        known: the variables that it was asked with, as they came.
    """

    prepared: PreparedOperation
    cost: Cost
    hint: CacheHint
    identity: bytes
    nodes: Cost | None = None
    notice: Notice | None = None
    flags: tuple[str, ...] = ()
    known: dict[bytes, Variables] = field(default_factory=dict)


Operations = WeakKeyDictionary[PreparedDocument, dict[str | None, Operation]]
"""The operations of each document that is remembered, by name."""


def no_facts(_parent: GraphQLObjectType, _name: str, _definition: GraphQLField) -> FieldFacts:
    """For a schema whose fields cost nothing."""
    return FieldFacts()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """Prepares operations.

    Attributes:
        engine: Executes them.
        documents: Remembers what was parsed and validated.
        facts_of: What fields cost.
        hint_of: Tells for how long the answers of an operation may be kept; asked once an operation.
        limits: What an operation may cost that nobody has published.
        deprecated: Which fields are deprecated, by `Type.field`.
        flagged: Which feature flags the answers of fields hang on, by `Type.field`.
    """

    engine: Engine
    documents: DocumentCache
    facts_of: FactsOf = no_facts
    hint_of: HintOf = no_hint
    limits: QueryLimits = PUBLISHED
    deprecated: Mapping[str, Deprecation] = field(default_factory=dict)
    flagged: Mapping[str, str] = field(default_factory=dict)
    _operations: Operations = field(default_factory=WeakKeyDictionary)

    def cost_of_reading(self, admitted: Admitted) -> int:
        """What it costs to parse and validate a document: nothing, where that was done already."""
        if admitted.published is not None or self.documents.knows(admitted.text):
            return 0
        return max(len(admitted.text) - _FREE_BYTES, 0) // _BYTES_A_POINT

    def operation(self, admitted: Admitted, name: str | None, *, introspection: bool) -> Operation:
        """The operation of a document; what is made ready lives as long as the document is known.

        Args:
            admitted: the document.
            name: of the operation, if the request has one.
            introspection: whether the caller may ask for the schema. What was published may be asked by its client.

        Raises:
            DocumentRefused: it is not GraphQL, does not fit the schema, asks for too much, or for the schema.
        """
        document = admitted.published or self.documents.prepare(admitted.text, suggestions=introspection)
        if document.introspection is not None and not introspection and admitted.published is None:
            error = GraphQLError(_NO_INTROSPECTION, document.introspection)
            raise DocumentRefused(Refusal.INTROSPECTION, [error])
        node = document.operation(name)
        operations = self._operations.setdefault(document, {})
        key = node.name.value if node.name else None
        if key not in operations:
            operations[key] = self._operation(admitted, document, node)
        return operations[key]

    def _operation(self, admitted: Admitted, document: PreparedDocument, node: OperationDefinitionNode) -> Operation:
        published = admitted.operation
        analysis = self._analysis(document, node) if published is None else published.analysis
        nodes = None
        if RATE_LIMIT in analysis.fields:
            nodes = analyse(self.engine.schema, self._items, document.document, node)[0].cost
        prepared = self.engine.prepare(document.document, node)
        name = node.name.value if node.name else ""
        identity = hashlib.sha256(f"{name}\0{admitted.text}".encode(errors="surrogatepass")).digest()
        notice = notice_of(analysis.fields, self.deprecated)
        flags = tuple(sorted({self.flagged[each] for each in analysis.fields if each in self.flagged}))
        return Operation(prepared, analysis.cost, self.hint_of(document, node), identity, nodes, notice, flags)

    def variables(self, operation: Operation, given: Mapping[str, Any], *, suggestions: bool) -> Variables:
        """Coerce variables; those that came before are known.

        Raises:
            VariablesRefused: they do not fit; with `suggestions`, the faults name what would.
        """
        raw = encode(given)
        known = operation.known.get(raw)
        if known is not None:
            return known
        values = operation.prepared.variables.coerce(given, suggestions=suggestions)
        options = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
        variables = Variables(values, orjson.dumps(values.coerced, default=repr, option=options))
        if len(raw) <= _KNOWN_BYTES:
            if len(operation.known) >= _MOST_KNOWN:
                operation.known.clear()
            operation.known[raw] = variables
        return variables

    def check_cost(self, operation: Operation, variables: Mapping[str, Any]) -> None:
        """Refuse an operation that costs too much with its variables.

        Raises:
            DocumentRefused: it does; the place is that of the field at its root that costs most.
        """
        cost = operation.cost.of(variables)
        if cost > self.limits.cost:
            place = self._dearest(operation.prepared, variables)
            raise DocumentRefused(Refusal.LIMIT, [Excess("cost", cost, self.limits.cost, place).error()])

    def _dearest(self, prepared: PreparedOperation, variables: Mapping[str, Any]) -> Node:
        whole = prepared.operation
        document = PreparedDocument(prepared.document, {})

        def cost(node: Any) -> int:  # noqa: ANN401 - one of three kinds of selections
            alone = OperationDefinitionNode(
                operation=whole.operation,
                variable_definitions=whole.variable_definitions,
                directives=whole.directives,
                selection_set=SelectionSetNode(selections=(node,)),
            )
            return self._analysis(document, alone).cost.of(variables)

        return max(whole.selection_set.selections, key=cost)

    def _analysis(self, document: PreparedDocument, node: OperationDefinitionNode) -> Analysis:
        return analyse(self.engine.schema, self.facts_of, document.document, node)[0]

    def _items(self, parent: GraphQLObjectType, name: str, definition: GraphQLField) -> FieldFacts:
        """The facts of a field where lists alone cost, a point an item."""
        facts = self.facts_of(parent, name, definition)
        return replace(facts, complexity=1 if facts.multipliers else 0)
