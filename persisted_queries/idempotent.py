"""`@idempotent`: where it may stand, and the key that it gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from graphql import (
    DirectiveLocation,
    DirectiveNode,
    FieldNode,
    GraphQLArgument,
    GraphQLDirective,
    GraphQLError,
    GraphQLNonNull,
    GraphQLString,
    Node,
    OperationDefinitionNode,
    OperationType,
    ValidationRule,
)
from graphql.execution.values import VariableValues, get_directive_values

MAX_KEY_LENGTH: Final = 255
"""How many characters a key may have."""

IDEMPOTENT: Final = GraphQLDirective(
    "idempotent",
    [DirectiveLocation.FIELD],
    {
        "key": GraphQLArgument(
            GraphQLNonNull(GraphQLString),
            description=f"What you call the request: 1 to {MAX_KEY_LENGTH} characters, such as a UUID.",
        )
    },
    description=(
        "Lets a mutation have its effect once, however often it is sent: every repeat with the same key is answered as "
        "the first was. It means what `Idempotency-Key` in the head of the request does, and stands on the one field "
        "of a mutation."
    ),
)
"""The directive; executing pays no heed to it, whoever executes has read its key before."""

_MISPLACED: Final = (
    "`@idempotent` stands on the one field of a mutation, and nowhere else: send each mutation in an operation of its "
    "own."
)


class IdempotentMutationsRule(ValidationRule):
    """Refuses `@idempotent` where nobody would read it: below the root, in fragments, and beside other fields."""

    def enter_directive(
        self, node: DirectiveNode, _key: object, _parent: object, _path: object, ancestors: Sequence[Any]
    ) -> None:
        """Look at a directive; `ancestors` end with its field, before which stand the selections, and what has them."""
        if node.name.value != IDEMPOTENT.name or not isinstance(ancestors[-1], FieldNode):
            return
        selections, _, owner = ancestors[-2], ancestors[-3], ancestors[-4]
        if len(selections) != 1 or not _is_mutation(owner):
            self.report_error(GraphQLError(_MISPLACED, node))


def _is_mutation(owner: Node) -> bool:
    return isinstance(owner, OperationDefinitionNode) and owner.operation is OperationType.MUTATION


def stated_key(field: FieldNode, variables: VariableValues) -> str | None:
    """The key that `@idempotent` gives a field of a valid document; None where it does not stand there.

    Args:
        field: of the root of a mutation.
        variables: coerced.
    """
    if not field.directives:
        return None
    values = get_directive_values(IDEMPOTENT, field, variables)
    return None if values is None else values["key"]
