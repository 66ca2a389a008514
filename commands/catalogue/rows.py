"""What all changes of the catalogue begin with: whose row it is, and which version of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from auth.permissions import Permission, organisations_of
from auth.viewer import Role, Viewer
from commands.writing import Write, Writer
from db.deployment import Part
from db.editing import OWNER, Editing, Values
from db.soft_delete import Model
from domain.inputs import id_of
from domain.user_errors import ErrorCode, InvalidInput, NotFound, NotPermitted, Rejected, VersionConflict


def key_of(global_id: str, typename: str, *at: str) -> uuid.UUID:
    """The key behind the id of a thing of one type.

    Raises:
        Rejected: it is no such id.
    """
    try:
        key: uuid.UUID = id_of(typename)(global_id)
    except ValueError as error:
        raise Rejected(InvalidInput(at, f"`{at[-1]}` {error}.")) from None
    return key


def editing(write: Write) -> Editing:
    """The rows that the writer may write."""
    return Editing(write.connection, write.reach)


async def own(
    write: Write, model: Model, key: uuid.UUID, *at: str, share: bool = False, deleted: bool = False
) -> Values:
    """A row that the viewer may change, locked; or (`share`) one to put something below.

    Args:
        write: the transaction.
        model: its table.
        key: its own.
        at: the argument that named it.
        share: whether something is put below it.
        deleted: whether it may be deleted.

    Raises:
        Rejected: there is none that the viewer may see, or it is not for them to change.
    """
    row = await editing(write).find(model, key, share=share, deleted=deleted)
    if row is None:
        raise Rejected(NotFound(at, f"`{at[-1]}`: there is no {model.__name__} of yours with this id."))
    if not manages(write.writer.viewer, row[OWNER]):
        raise Rejected(
            NotPermitted(at, f"`{at[-1]}`: an `OWNER` or a `MANAGER` of its organisation may change it; you may not.")
        )
    return row


def only_function(writer: Writer) -> uuid.UUID | None:
    """The function that is all that the deployment shows; None where it shows more."""
    within = writer.within
    return within.key if within is not None and within.part is Part.FUNCTION else None


def manages(viewer: Viewer, organisation: uuid.UUID | None) -> bool:
    """Whether a viewer may change the rows of an organisation; those of none are the administrators'."""
    return viewer.role is Role.ADMIN or organisation in organisations_of(viewer, Permission.MANAGER)


def check_version(row: Values, version: int | None) -> None:
    """Refuse to change another version of a row than the one that was read.

    Raises:
        Rejected: it was changed since; or nobody says which was read.
    """
    if version is None:
        message = "`version` is missing: say which version you have read."
        raise Rejected(InvalidInput(("version",), message, ErrorCode.REQUIRED))
    current = row["version"]
    if current != version:
        message = f"It was changed meanwhile: it has version {current}, and you have {version}. Read it and try again."
        raise Rejected(VersionConflict(("version",), message, current))


def check(faults: Iterable[InvalidInput]) -> None:
    """Refuse a row with anything wrong with it.

    Raises:
        Rejected: there is.
    """
    found = tuple(faults)
    if found:
        raise Rejected(*found)


def changed(row: Values, values: Mapping[str, Any]) -> dict[str, Any]:
    """What of some values a row does not have yet."""
    return {name: value for name, value in values.items() if row[name] != value}
