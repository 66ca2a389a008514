"""Entities that can be fetched again by their id."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

import strawberry

from auth.permissions import Permission
from db.statements.written import Value
from domain.ids import encode_global_ids
from schema.fields import column, derived


@strawberry.interface(description="Anything that has an id of its own, by which `node` finds it again.")
class Node:
    """Relay's Global Object Identification."""

    id: strawberry.ID = column("Opaque, and unique among all types.")


def global_id(typename: str, key: str, permission: Permission | None = None) -> Any:  # noqa: ANN401 - stands for a value of the annotated type
    """The `id` of an entity whose key is the column `key`."""
    keys = itemgetter(key)

    def ids(rows: Sequence[Any]) -> list[str]:
        return encode_global_ids(typename, map(keys, rows))

    written = f'"{typename}_', Value("key", (key,)), '"'
    return derived(ids, "Opaque, and unique among all types.", is_key=True, permission=permission, written=written)
