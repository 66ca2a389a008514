"""Ad-hoc documents: text to a parsed and validated document, once for each text while it is remembered."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    Source,
    parse,
    specified_rules,
    validate,
)
from graphql.validation import OverlappingFieldsCanBeMergedRule, ValidationContext

from persisted_queries.idempotent import IdempotentMutationsRule
from persisted_queries.protection import PUBLISHED, Excess, QueryLimits, excess_of, introspection_in

MAX_TOKENS = PUBLISHED.tokens
"""The most tokens that any document may have; parsing costs time in proportion."""

MAX_DEPTH = 60
"""The most selection sets that may stand inside each other; executing takes some frames of the stack for each."""

MAX_ERRORS = 20
"""How many faults of a document are reported."""

CACHE_BYTES = 64_000_000
"""How much memory the prepared documents of a cache may take, as far as `weight_of` knows."""

_TOO_MUCH = "The document nests fragments too deeply, or asks for one field too many times."

_ABORTED = "Validation aborted."
"""All that graphql-core says of a document that would take it too long to validate."""

_TOO_MANY_TOKENS = "tokens. Parsing aborted."
"""How graphql-core ends what it says of a document that has too many."""

MAX_COMPARISONS = 20_000
"""How many comparisons it may take to see that fields can be merged; a microsecond or two each."""


class Refusal(Enum):
    """Why a document cannot be executed."""

    SYNTAX = "GRAPHQL_PARSE_FAILED"
    LIMIT = "QUERY_LIMIT_EXCEEDED"
    VALIDATION = "GRAPHQL_VALIDATION_FAILED"
    OPERATION = "OPERATION_RESOLUTION_FAILURE"
    INTROSPECTION = "INTROSPECTION_DISABLED"


class DocumentRefused(Exception):
    """A document that cannot be executed, with every fault located as far as it can be."""

    def __init__(self, refusal: Refusal, errors: list[GraphQLError]) -> None:
        super().__init__(refusal.value, errors)
        self.refusal = refusal
        self.errors = errors


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class PreparedDocument:
    """A valid document and its operations by name; the name of an anonymous operation is None.

    Compared by identity: what others derive from a document can be remembered for as long as the document is.
    `introspection` is where it asks for the schema, if it does.
    """

    document: DocumentNode
    operations: Mapping[str | None, OperationDefinitionNode]
    introspection: Node | None = None

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation to execute (GraphQL specification, section 6.1, GetOperation).

        Raises:
            DocumentRefused: no operation has the name, or none is named and there are several.
        """
        if name is None and len(self.operations) == 1:
            return next(iter(self.operations.values()))
        found = None if name is None else self.operations.get(name)
        if found is None:
            names = ", ".join(sorted(f"`{each}`" for each in self.operations if each is not None))
            message = (
                f"The document has several operations ({names}); pass `operationName`."
                if name is None
                else f"The document has no operation named `{name}`" + (f"; it has {names}." if names else ".")
            )
            raise DocumentRefused(Refusal.OPERATION, [GraphQLError(message)])
        return found


class DocumentCache:
    """Prepares documents against one schema, and remembers those used last."""

    def __init__(self, schema: GraphQLSchema, capacity: int = CACHE_BYTES, *, limits: QueryLimits = PUBLISHED) -> None:
        self._schema = schema
        self._limits = limits
        self._capacity = capacity
        self._size = 0
        self._prepared: OrderedDict[bytes, tuple[int, PreparedDocument]] = OrderedDict()

    def prepare(self, text: str, *, suggestions: bool = True) -> PreparedDocument:
        """Parse and validate a text, unless that was done already.

        Args:
            text: of the document.
            suggestions: whether what is wrong with it may name parts of the schema that it does not name.

        Raises:
            DocumentRefused: it is not GraphQL, or does not fit the schema.
        """
        # A lone surrogate is the parser's to refuse.
        raw = text.encode(errors="surrogatepass")
        key = hashlib.sha256(raw).digest()
        known = self._prepared.get(key)
        if known is not None:
            self._prepared.move_to_end(key)
            return known[1]
        prepared = prepare_document(self._schema, text, self._limits, suggestions=suggestions)
        self._remember(key, weight_of(prepared.document, raw), prepared)
        return prepared

    def knows(self, text: str) -> bool:
        """Whether a text was prepared already, and is remembered."""
        return hashlib.sha256(text.encode(errors="surrogatepass")).digest() in self._prepared

    def _remember(self, key: bytes, weight: int, prepared: PreparedDocument) -> None:
        if weight > self._capacity:
            return  # rather than forget everything else for it
        self._prepared[key] = (weight, prepared)
        self._size += weight
        while self._size > self._capacity:
            _, (least_used, _) = self._prepared.popitem(last=False)
            self._size -= least_used


def weight_of(document: DocumentNode, raw: bytes) -> int:
    """About how many bytes of memory a document takes, with the text that it was parsed from.

    Measured on CPython 3.11: 12 kB for the shortest, 18 kB for 21 tokens, 1.2 MB for 3,000; at most 400 bytes a token.
    """
    return 16_000 + 400 * document.token_count + len(raw)


def prepare_document(
    schema: GraphQLSchema, text: str, limits: QueryLimits = PUBLISHED, *, suggestions: bool = True
) -> PreparedDocument:
    """Parse and validate a text: whatever can be refused for less is refused first.

    Raises:
        DocumentRefused: it is not GraphQL, asks for too much, or does not fit the schema.
    """
    document = _parse(text, limits.tokens)
    try:
        excess = excess_of(document, limits)
    except RecursionError:  # a chain of fragments, each of which spreads the next
        raise DocumentRefused(Refusal.VALIDATION, [GraphQLError(_TOO_MUCH)]) from None
    if excess is not None:
        raise DocumentRefused(Refusal.LIMIT, [excess.error()])
    errors = validate(schema, document, _RULES, max_errors=MAX_ERRORS, hide_suggestions=not suggestions)
    if errors:
        if errors[-1].message == _ABORTED:
            errors[-1] = GraphQLError(_TOO_MUCH)
        raise DocumentRefused(Refusal.VALIDATION, errors)
    _check_depth(document)
    return _prepared(document)


class _MergedWithinReason(OverlappingFieldsCanBeMergedRule):
    """graphql-core's own rule (GraphQL specification, section 5.3.2), which would compare for most of a second."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self.rule_context.remaining_complexity_budget = MAX_COMPARISONS


_RULES = (
    *(_MergedWithinReason if rule is OverlappingFieldsCanBeMergedRule else rule for rule in specified_rules),
    IdempotentMutationsRule,
)


def _parse(text: str, max_tokens: int) -> DocumentNode:
    try:
        return parse(Source(text, "GraphQL request"), max_tokens=max_tokens)
    except GraphQLError as error:
        if not error.message.endswith(_TOO_MANY_TOKENS):
            raise DocumentRefused(Refusal.SYNTAX, [error]) from error
        excess = Excess("tokens", max_tokens + 1, max_tokens)
        raise DocumentRefused(Refusal.LIMIT, [excess.error(error.source, error.positions)]) from error


def load_document(text: str) -> PreparedDocument:
    """Parse a text that is known to be valid: `prepare_document` accepted it, on a schema that has not changed."""
    return _prepared(parse(Source(text, "GraphQL request"), max_tokens=MAX_TOKENS))


def _prepared(document: DocumentNode) -> PreparedDocument:
    return PreparedDocument(
        document,
        {
            node.name.value if node.name else None: node
            for node in document.definitions
            if isinstance(node, OperationDefinitionNode)
        },
        introspection_in(document),
    )


def _check_depth(document: DocumentNode) -> None:
    try:
        depth = depth_of(document)
    except RecursionError:  # a chain of fragments, each of which spreads the next
        raise DocumentRefused(Refusal.VALIDATION, [GraphQLError(_TOO_MUCH)]) from None
    if depth > MAX_DEPTH:
        message = f"The document nests {depth} selection sets in each other; there may be {MAX_DEPTH}."
        raise DocumentRefused(Refusal.VALIDATION, [GraphQLError(message)])


def depth_of(document: DocumentNode) -> int:
    """How many selection sets of fields stand inside each other at most, in any operation of a valid document.

    Each selection set is looked at once: a fragment is as deep wherever it is spread.
    """
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    known: dict[str, int] = {}

    def depth(selections: SelectionSetNode | None) -> int:
        return 0 if selections is None else max(map(of_selection, selections.selections), default=0)

    def of_selection(node: SelectionNode) -> int:
        match node:
            case FieldNode():
                return 1 + depth(node.selection_set) if node.selection_set else 0
            case InlineFragmentNode():
                return depth(node.selection_set)
            case FragmentSpreadNode():
                name = node.name.value
                if name not in known:
                    known[name] = depth(fragments[name].selection_set)
                return known[name]
        raise TypeError(f"{node.kind} is no selection")

    return max(
        (1 + depth(node.selection_set) for node in document.definitions if isinstance(node, OperationDefinitionNode)),
        default=0,
    )


def is_read_only(operation: OperationDefinitionNode) -> bool:
    """Whether an operation changes nothing, so that it may come by GET."""
    return operation.operation is not OperationType.MUTATION
