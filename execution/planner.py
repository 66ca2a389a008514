"""Making plans: an operation walked once, down every selection set and every type that can stand there.

`@skip` and `@include` are decided when a plan is made: an operation whose conditions hang on variables has one plan for
each combination of their values (`Planner` keeps those used last).
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from inspect import iscoroutinefunction
from typing import Any

from graphql import (
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLSkipDirective,
    ListValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    Undefined,
    VariableNode,
    default_field_resolver,
    default_type_resolver,
    is_abstract_type,
    is_leaf_type,
)
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_fields, collect_subfields
from graphql.execution.executor import Executor
from graphql.execution.values import VariableValues, coerce_argument, get_argument_values
from graphql.language.visitor import Visitor, visit

from execution.leaves import CoerceAll, as_written, completer_of
from execution.plan import (
    ArgumentTemplate,
    Asks,
    Describe,
    Description,
    Plan,
    PlannedField,
    Reads,
    Rewrite,
    Scope,
    Shape,
    Source,
    Uses,
)

MAX_VARIANTS = 16
"""How many combinations of `@skip` and `@include` are kept for one operation."""


class Unplannable(Exception):
    """An operation that only graphql-core can execute; the message says why."""


class Planner:
    """Makes the plans of one operation: one for each combination of its `@skip` and `@include`."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, describe: Describe
    ) -> None:
        self._schema = schema
        self._document = document
        self._operation = operation
        self._describe = describe
        self._conditions = _condition_variables(document)
        self._variants: OrderedDict[tuple[Any, ...], Plan] = OrderedDict()

    def plan(self, variables: VariableValues) -> Plan:
        """The plan under these variables.

        Raises:
            Unplannable: graphql-core has to execute the operation.
            GraphQLError: what graphql-core would answer the whole operation with.
        """
        key = tuple(variables.coerced.get(name, Undefined) for name in self._conditions)
        plan = self._variants.get(key)
        if plan is None:
            plan = _make_plan(self._schema, self._document, self._operation, self._describe, variables)
            self._variants[key] = plan
            if len(self._variants) > MAX_VARIANTS:
                self._variants.popitem(last=False)
        else:
            self._variants.move_to_end(key)
        return plan


_CONDITIONS = frozenset((GraphQLSkipDirective.name, GraphQLIncludeDirective.name))


def _condition_variables(document: DocumentNode) -> tuple[str, ...]:
    names: dict[str, None] = {}

    class Conditions(Visitor):
        def enter_directive(self, node: DirectiveNode, *_args: object) -> None:
            if node.name.value not in _CONDITIONS:
                return
            for argument in node.arguments or ():
                if isinstance(argument.value, VariableNode):
                    names[argument.value.name.value] = None

    visit(document, Conditions())
    return tuple(names)


@dataclass(frozen=True, slots=True)
class _Maker:
    """Walks an operation once, down every selection set and every type that can stand there."""

    core: Executor[Any]
    describe: Describe
    variables: VariableValues
    scopes: dict[tuple[GraphQLObjectType, tuple[int, ...]], Scope] = field(default_factory=dict)
    uses: dict[str, frozenset[str] | None] = field(default_factory=dict)

    def root(self, root_type: GraphQLObjectType) -> Scope:
        core = self.core
        collected = collect_fields(core.schema, core.fragments, self.variables, root_type, core.operation)
        return self._scope(root_type, collected.grouped_field_set)

    def _scope(self, parent_type: GraphQLObjectType, grouped: Mapping[str, list[FieldDetails]]) -> Scope:
        names = Counter(details[0].node.name.value for details in grouped.values())
        shared = {name for name, number in names.items() if number > 1}
        planned = (self._field(parent_type, key, details, shared) for key, details in grouped.items())
        return Scope.of(parent_type, tuple(each for each in planned if each is not None))

    def _field(
        self, parent_type: GraphQLObjectType, key: str, details: list[FieldDetails], shared: set[str]
    ) -> PlannedField | None:
        nodes = tuple(each.node for each in details)
        name = nodes[0].name.value
        definition = self.core.schema.get_field(parent_type, name)
        if definition is None:
            return None
        described = Description(None) if name == "__typename" else self.describe(parent_type, name, definition)
        self._use(described.uses)
        shape = self._shape(definition.type, details, described.coerce_all)
        source = described.shortcut if described.shortcut and _keys_only(shape) else described.source
        if name not in shared:  # aliases that ask the same are answered by the same objects, each with what it shows
            source, shape = _written(described, source, shape, nodes[0])
        return PlannedField(
            key,
            name,
            nodes,
            parent_type,
            definition,
            source,
            described.guard,
            shape,
            _constant_arguments(source, definition, nodes[0]),
            described.is_key,
            _template(definition, nodes[0]),
            described.tally,
        )

    def _use(self, uses: Uses) -> None:
        for typename, columns in uses.items():
            known = self.uses.get(typename, frozenset())
            self.uses[typename] = None if columns is None or known is None else known | columns

    def _shape(self, output: GraphQLOutputType, details: list[FieldDetails], coerce_all: CoerceAll | None) -> Shape:
        non_null = isinstance(output, GraphQLNonNull)
        inner = output.of_type if isinstance(output, GraphQLNonNull) else output
        if isinstance(inner, GraphQLList):
            item = self._shape(inner.of_type, details, coerce_all)
            return Shape(non_null, item=item, sealed=item.sealed)
        if is_leaf_type(inner):
            if iscoroutinefunction(inner.coerce_output_value):
                raise Unplannable(f"values of {inner.name} are coerced asynchronously")
            return Shape(non_null, complete=completer_of(inner, non_null=non_null, coerce_all=coerce_all), sealed=True)
        if is_abstract_type(inner):
            return Shape(
                non_null,
                abstract=inner,
                scopes={each.name: self._below(each, details) for each in self.core.schema.get_possible_types(inner)},
            )
        assert isinstance(inner, GraphQLObjectType), "every other output type is an object"
        scope = self._below(inner, details)
        return Shape(non_null, object_type=inner, scopes={inner.name: scope}, sealed=_is_sealed(scope))

    def _below(self, object_type: GraphQLObjectType, details: list[FieldDetails]) -> Scope:
        # The same selections of the same type are one scope, wherever they stand: below interfaces there would be as
        # many as there are ways to come down through their types.
        key = (object_type, tuple(id(each.node) for each in details))
        scope = self.scopes.get(key)
        if scope is None:
            scope = self.scopes[key] = self._collect(object_type, details)
        return scope

    def _collect(self, object_type: GraphQLObjectType, details: list[FieldDetails]) -> Scope:
        core = self.core
        try:
            collected = collect_subfields(
                core.schema, core.fragments, self.variables, core.operation, object_type, details
            )
        except GraphQLError as error:
            # graphql-core collects fields when it has an object: without one, nothing fails.
            return Scope.of(object_type, (), error.with_traceback(None))
        return self._scope(object_type, collected.grouped_field_set)


def _executor(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> Executor[Any]:
    """What graphql-core would execute the operation with: without variables, since plans outlive requests."""
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    if any(each.variable_definitions for each in fragments.values()):
        raise Unplannable("a fragment has variables of its own")
    return Executor(
        schema,
        fragments,
        {name: FragmentDetails(each) for name, each in fragments.items()},
        None,
        None,
        operation,
        VariableValues({}, {}),
        default_field_resolver,
        default_type_resolver,
        default_field_resolver,
    )


def _keys_only(shape: Shape) -> bool:
    """Whether the objects of a shape are asked for nothing but their keys and the name of their type."""
    return shape.object_type is not None and all(each.is_key or each.is_typename for each in shape.scope.fields)


def _written(
    described: Description, source: Source | None, shape: Shape, node: FieldNode
) -> tuple[Source | None, Shape]:
    """The same, unless the object can come as JSON: then so that it does."""
    if described.writes is None or not isinstance(source, Asks) or shape.object_type is None:
        return source, shape
    rewrite = described.writes(shape.scope, frozenset(each.name.value for each in node.arguments or ()))
    if rewrite is None:
        return source, shape
    asks = Asks(source.resolve, _after(source.arguments, rewrite))
    return asks, replace(shape, complete=as_written(non_null=shape.non_null), sealed=True)


def _after(
    arguments: Callable[[dict[str, Any]], Mapping[str, Any]], rewrite: Rewrite
) -> Callable[[dict[str, Any]], Mapping[str, Any]]:
    return lambda given: rewrite(arguments(given))


def _constant_arguments(source: Source | None, definition: GraphQLField, node: FieldNode) -> Mapping[str, Any] | None:
    if not isinstance(source, Asks) or _has_variables(node.arguments):
        return None
    try:
        return source.arguments(get_argument_values(definition, node))
    except Exception:  # noqa: BLE001 - it fails again, as the error of its field, when it is executed
        return None


def _template(definition: GraphQLField, node: FieldNode) -> ArgumentTemplate | None:
    """The arguments of a field, if variables stand nowhere within their values, and nothing is wrong with them."""
    nodes = {each.name.value: each for each in node.arguments or ()}
    template: list[tuple[str, str | None, Any]] = []
    for name, argument in definition.args.items():
        given = nodes.get(name)
        if given is not None and isinstance(given.value, VariableNode):
            template.append((argument.out_name or name, given.value.name.value, None))
            continue
        if given is not None and _has_variables(given):
            return None
        values: dict[str, Any] = {}
        try:
            coerce_argument(values, node, name, argument, given, None, None)
        except Exception:  # noqa: BLE001 - it fails again, as the error of its field, when it is executed
            return None
        template += ((out_name, None, value) for out_name, value in values.items())
    return tuple(template)


def _is_sealed(scope: Scope) -> bool:
    checks = scope.type.is_type_of is not None or scope.refused is not None
    return not checks and all(
        each.source is None or (isinstance(each.source, Reads) and each.shape.sealed) for each in scope.fields
    )


def _has_variables(nodes: object) -> bool:
    """Whether a variable stands anywhere in argument nodes, or in the value of one."""
    match nodes:
        case VariableNode():
            return True
        case ArgumentNode() | ObjectFieldNode():
            return _has_variables(nodes.value)
        case ListValueNode():
            return _has_variables(nodes.values)
        case ObjectValueNode():
            return _has_variables(nodes.fields)
        case list() | tuple():
            return any(map(_has_variables, nodes))
        case _:
            return False


def _make_plan(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    describe: Describe,
    variables: VariableValues,
) -> Plan:
    root_type = schema.get_root_type(operation.operation)
    if root_type is None:
        message = f"Schema is not configured to execute {operation.operation.value} operation."
        raise GraphQLError(message, operation)
    maker = _Maker(_executor(schema, document, operation), describe, variables)
    root = maker.root(root_type)
    return Plan(schema, operation, maker.core, root, operation.operation is OperationType.MUTATION, maker.uses)
