"""What is left of an operation when all is gone that a difference does not need."""

from collections.abc import Awaitable, Callable
from typing import Any

from graphql import (
    REMOVE,
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    Node,
    ObjectFieldNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

REMOVABLE = (FieldNode, InlineFragmentNode, FragmentSpreadNode, DirectiveNode, ArgumentNode, ObjectFieldNode)


async def shrink(text: str, differs: Callable[[str], Awaitable[bool]]) -> str:
    """Take away one node after the other, as long as the executors differ."""
    number = 0
    while True:
        candidate = _without(parse(text), number)
        if candidate is None:
            return text
        if candidate != text and await differs(candidate):
            text = candidate
        else:
            number += 1


def _without(document: DocumentNode, number: int) -> str | None:
    """The document without its n-th removable node; None when there are not so many."""
    seen = -1

    class Remove(Visitor):
        def enter(self, node: Node, *_args: Any) -> Any:
            nonlocal seen
            if not isinstance(node, REMOVABLE):
                return None
            seen += 1
            return REMOVE if seen == number else None

    changed = visit(document, Remove())
    return None if seen < number else print_ast(_pruned(_pruned(changed)))


def _pruned(document: DocumentNode) -> DocumentNode:
    """Without what nothing refers to any more."""
    used: set[str] = set()

    class Uses(Visitor):
        def enter_fragment_spread(self, node: FragmentSpreadNode, *_args: Any) -> None:
            used.add(node.name.value)

        def enter_variable(self, node: VariableNode, _key: Any, parent: Any, *_args: Any) -> None:
            if not isinstance(parent, VariableDefinitionNode):
                used.add(f"${node.name.value}")

    class Prune(Visitor):
        def enter_fragment_definition(self, node: FragmentDefinitionNode, *_args: Any) -> Any:
            return None if node.name.value in used else REMOVE

        def enter_variable_definition(self, node: VariableDefinitionNode, *_args: Any) -> Any:
            return None if f"${node.variable.name.value}" in used else REMOVE

    visit(document, Uses())
    pruned: DocumentNode = visit(document, Prune())
    return pruned
