"""Events: entering and changing them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from commands.catalogue.rows import changed, check, check_version, key_of, only_function, own
from commands.catalogue.saving import alter, enter
from commands.writing import Write, Writer
from db.editing import OWNER, Values
from db.models import Event, Function, Organisation
from domain.catalogue import EVENT, event_faults
from domain.inputs import missing, read
from domain.user_errors import InvalidInput, Rejected


async def create_event(writer: Writer, *, given: Mapping[str, Any]) -> uuid.UUID:
    """Enter an event: of a function, whose organisation and zone it has, or of an organisation alone.

    Where one function is all that is shown, it is that one's.

    Args:
        writer: who does.
        given: its values by the names of `domain.catalogue.EVENT`.

    Returns:
        Its key.

    Raises:
        Rejected: `InvalidInput`; `NotFound` and `NotPermitted` of its function or organisation; `Taken` of the slug.
    """
    only = only_function(writer)
    values = {**({} if only is None else {"function_id": only}), **read(EVENT, given, is_new=True)}
    check(event_faults(values))
    _check_place(values, only)

    async def work(write: Write) -> uuid.UUID:
        row = {**values, **await _placed(write, values)}
        check(missing(row, "timezone"))
        return await enter(write, Event, row, heading=row["title"])

    return await writer.transact(work)


def _check_place(values: Values, only: uuid.UUID | None) -> None:
    """Refuse to put an event where it would be shown no longer."""
    if only is not None and "function_id" in values and values["function_id"] is None:
        message = "This server shows one function alone: `functionId` may not be null."
        raise Rejected(InvalidInput(("input", "functionId"), message))


async def _placed(write: Write, values: Values) -> dict[str, Any]:
    """The organisation of a new event, and the zone that it has by its function."""
    function = await _function(write, values)
    organisation = values.get("organisation_id")
    if function is None or function[OWNER] is None:
        check(missing(values, "organisation_id"))
        await own(write, Organisation, values["organisation_id"], "input", "organisationId", share=True)
        return {} if function is None else {"timezone": values.get("timezone", function["timezone"])}
    if organisation not in {None, function[OWNER]}:
        message = "The function is of another organisation: leave `organisationId` out, and it is the event's too."
        raise Rejected(InvalidInput(("input", "organisationId"), message))
    return {"organisation_id": function[OWNER], "timezone": values.get("timezone", function["timezone"])}


async def _function(write: Write, values: Values) -> Values | None:
    """The function that an event is to have, held; None for none."""
    key = values.get("function_id")
    return None if key is None else await own(write, Function, key, "input", "functionId", share=True)


async def update_event(writer: Writer, *, global_id: str, version: int, given: Mapping[str, Any]) -> uuid.UUID:
    """Change an event; it may go to another function of its organisation, or to none.

    Args:
        writer: who does.
        global_id: of the event.
        version: the one that was read; it is changed only if it is still that.
        given: what is to change, by the names of `domain.catalogue.EVENT`.

    Returns:
        Its key.

    Raises:
        Rejected: `InvalidInput`, `NotFound`, `NotPermitted`, `VersionConflict`, `Taken`.
    """
    key = key_of(global_id, "Event", "id")
    values = read(EVENT, given, is_new=False)
    _check_place(values, only_function(writer))

    async def work(write: Write) -> uuid.UUID:
        function = await _function(write, values)  # before the event, as whoever deletes it does
        row = await own(write, Event, key, "id")
        check_version(row, version)
        news = changed(row, values)
        if "organisation_id" in news:
            message = "An event stays with its organisation: `organisationId` cannot be changed."
            raise Rejected(InvalidInput(("input", "organisationId"), message))
        if function is not None and "function_id" in news and function[OWNER] not in {None, row[OWNER]}:
            message = "`functionId`: the function is of another organisation than the event."
            raise Rejected(InvalidInput(("input", "functionId"), message))
        check(event_faults({**row, **news}))
        await alter(write, Event, row, news)
        return key

    return await writer.transact(work)
