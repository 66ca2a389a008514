"""Deleting what stands in the catalogue, with all that belongs to it; and bringing back exactly that."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Final

from commands.catalogue.rows import check_version, editing, own
from commands.catalogue.saving import called
from commands.writing import Write, Writer
from db.models import CapacityPool, Event, Function, Package, Ticket
from db.pricing_models import EligibilityRule, PriceRule, Tax, Voucher
from db.soft_delete import Model, OwnerDeleted, SlugTaken, restore, soft_delete
from domain.ids import decode_global_id
from domain.user_errors import InvalidInput, OwnerIsDeleted, Rejected, Taken

DELETABLE: Final[Mapping[str, Model]] = {
    each.__name__: each
    for each in (Function, Event, Ticket, Package, CapacityPool, PriceRule, Voucher, EligibilityRule, Tax)
}
"""What staff may delete, by type."""


async def delete_node(writer: Writer, *, global_id: str, version: int) -> str:
    """Delete something with what belongs to it (`db.soft_delete`).

    Args:
        writer: who does.
        global_id: of a row of `DELETABLE`.
        version: the one that was read.

    Returns:
        The id.

    Raises:
        Rejected: `InvalidInput`, `NotFound`, `NotPermitted`, `VersionConflict`.
    """
    model, key = _deletable(global_id)

    async def work(write: Write) -> str:
        check_version(await own(write, model, key, "id"), version)
        rows = await soft_delete(write.connection, model, [key], at=await editing(write).moment())
        write.note(f"delete {called(model)}", f"{called(model)} {key}", rows=dict(rows))
        return global_id

    return await writer.transact(work)


async def restore_node(writer: Writer, *, global_id: str) -> str:
    """Bring back something with what was deleted with it; what was deleted before stays so.

    Args:
        writer: who does.
        global_id: of a row of `DELETABLE`; where it is not deleted, nothing is done.

    Returns:
        The id.

    Raises:
        Rejected: `InvalidInput`, `NotFound`, `NotPermitted`; `OwnerIsDeleted`; `Taken`, where its slug was given to
            something else.
    """
    model, key = _deletable(global_id)

    async def work(write: Write) -> str:
        if (await own(write, model, key, "id", deleted=True))["deleted_at"] is None:
            return global_id
        try:
            rows = await restore(write.connection, model, [key], at=await editing(write).moment())
        except OwnerDeleted:
            raise Rejected(
                OwnerIsDeleted(("id",), "It belongs to what is deleted itself: restore that first.")
            ) from None
        except SlugTaken:
            message = "Something else has a slug, or the code, now that would come back: give that another one first."
            raise Rejected(Taken(("id",), message, None)) from None
        write.note(f"restore {called(model)}", f"{called(model)} {key}", rows=dict(rows))
        return global_id

    return await writer.transact(work)


def _deletable(global_id: str) -> tuple[Model, uuid.UUID]:
    try:
        typename, key = decode_global_id(global_id)
    except ValueError:
        raise Rejected(InvalidInput(("id",), "`id` is not an id; pass the `id` of a node unchanged.")) from None
    if typename not in DELETABLE:
        message = f"`id` is an id of type {typename}; what can be deleted is of type {', '.join(DELETABLE)}."
        raise Rejected(InvalidInput(("id",), message))
    return DELETABLE[typename], key
