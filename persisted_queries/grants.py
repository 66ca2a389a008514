"""What partners were granted: an operation of theirs may touch a field that is not public only by a grant.

A grant is the name of a permission (`STAFF`), which stands for every field that needs it, or of one field
(`Function.capacity`). Public fields need none. A client that is no partner has no grants to speak of: what its
operations may see is decided by who runs them. A grant opens what may be seen: mutations are for people, and none that
needs a permission can be granted.
"""

from __future__ import annotations

from collections.abc import Collection

from graphql import FieldNode, GraphQLError, GraphQLSchema, TypeInfo, TypeInfoVisitor, Visitor, parse, visit
from graphql.type import is_abstract_type, is_object_type

from persisted_queries.analysis import Analysis
from persisted_queries.compiling import Fault, Target


def grantable(target: Target, for_people: Collection[str] = ()) -> dict[str, tuple[str, ...]]:
    """What can be granted on a schema, and the fields that each grant opens.

    Args:
        target: the schema.
        for_people: permissions that no partner may be granted.
    """
    fields: dict[str, list[str]] = {}
    for kind in target.schema.type_map.values():
        if not is_object_type(kind) or kind.name.startswith("__") or kind is target.schema.mutation_type:
            continue
        for name, definition in kind.fields.items():
            permission = target.facts_of(kind, name, definition).permission
            if permission is not None and permission not in for_people:
                fields.setdefault(permission, []).append(f"{kind.name}.{name}")
    groups = {permission: tuple(sorted(members)) for permission, members in sorted(fields.items())}
    return groups | {each: (each,) for members in groups.values() for each in members}


def ungranted(analysis: Analysis, grants: Collection[str]) -> dict[str, str]:
    """The fields of an operation that these grants do not open, each with the permission that it needs."""
    return {
        each: permission
        for permission, fields in analysis.permissions.items()
        for each in fields
        if _changes(each) or (permission not in grants and each not in grants)
    }


def _changes(field: str) -> bool:
    return field.startswith("Mutation.")


def grant_faults(
    target: Target,
    text: str,
    missing: dict[str, str],
    *,
    called: str,
    file: str | None = None,
    for_people: Collection[str] = (),
) -> list[Fault]:
    """Where a document touches fields that are not granted.

    Args:
        target: what the document fits.
        text: of the document.
        missing: the fields, as `ungranted` gives them.
        called: what the operation is called, for messages.
        file: where it was read from.
        for_people: permissions that no partner may be granted.
    """
    finder = _Finder(target.schema, missing)
    visit(parse(text), TypeInfoVisitor(finder.types, finder))
    return [
        Fault(
            f"`{each}` is for people, and cannot be granted to a partner."
            if _changes(each) or missing[each] in for_people
            else f"`{each}` is not granted to this partner; `{each}` or `{missing[each]}` would have to be.",
            called,
            file,
            place.line,
            place.column,
        )
        for each, node in finder.found
        for place in GraphQLError("", node).locations or ()
    ]


class _Finder(Visitor):
    """Collects the nodes of fields; one of an interface stands for those of all its types."""

    def __init__(self, schema: GraphQLSchema, wanted: Collection[str]) -> None:
        super().__init__()
        self.types = TypeInfo(schema)
        self.found: list[tuple[str, FieldNode]] = []
        self._schema = schema
        self._wanted = wanted

    def enter_field(self, node: FieldNode, *_: object) -> None:
        """Called for each field of the document."""
        parent = self.types.get_parent_type()
        if parent is None:
            return
        kinds = self._schema.get_possible_types(parent) if is_abstract_type(parent) else [parent]
        names = (f"{each.name}.{node.name.value}" for each in kinds)
        self.found += [(each, node) for each in names if each in self._wanted]
