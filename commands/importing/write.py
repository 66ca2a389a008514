"""Carrying out a plan: delete first, which frees slugs; restore and change; then add."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from commands.importing.changes import Changes, Wanted
from commands.importing.counts import Tally
from commands.importing.plan import Home, Plan
from commands.importing.slugs import Proposal, free_slugs
from db.imports import Imports, Known, Model, Values, chunks
from db.models import Event, Function, Organisation
from db.soft_delete import restore, soft_delete

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


async def write(imports: Imports, home: Home, plan: Plan, at: dt.datetime, progress: Progress) -> tuple[Tally, Tally]:
    """Write all that a plan says.

    Args:
        imports: in the transaction in which it was planned.
        home: the organisation.
        plan: what to do.
        at: the moment that is noted.
        progress: told how many functions and events are written.

    Returns:
        What was done to functions and to events. Events that were deleted or restored together with their function
        are among them, whoever made them.
    """
    gone = await _delete(imports, plan, at)
    back = await _restore(imports, plan, at)
    await _hold_owners(imports, home, plan)
    shown = {Function: {"is_active": True}, Event: {"is_published": True}}
    for model, changes in ((Function, plan.functions), (Event, plan.events)):
        await _change_and_add(imports, model, changes, at, progress, {"organisation_id": home.key, **shown[model]})
    return _tally("functions", plan.functions, gone, back), _tally("events", plan.events, gone, back)


async def _delete(imports: Imports, plan: Plan, at: dt.datetime) -> Counter[str]:
    gone: Counter[str] = Counter()
    for model, changes in ((Function, plan.functions), (Event, plan.events)):
        for keys in chunks(changes.vanished):
            gone.update(await soft_delete(imports.connection, model, keys, at=at))
    return gone


async def _restore(imports: Imports, plan: Plan, at: dt.datetime) -> Counter[str]:
    """Bring back what is deleted, with slugs of which some may have been taken since."""
    await _free(imports, Function, plan.functions.restored)
    await _free(imports, Event, plan.returning)
    back: Counter[str] = Counter()
    for model, changes in ((Function, plan.functions), (Event, plan.events)):
        for rows in chunks(changes.restored):
            back.update(await restore(imports.connection, model, [row.key for row in rows], at=at))
    for keys in chunks(plan.unlisted):
        back.subtract(await soft_delete(imports.connection, Event, keys, at=at))
    return back


async def _free(imports: Imports, model: Model, rows: Sequence[Known]) -> None:
    proposals = [Proposal(row.slug, row.external_id or row.key.hex, row.owner) for row in rows]
    slugs = await free_slugs(imports, model, proposals)
    changed = {row.key: slug for row, slug in zip(rows, slugs, strict=True) if row.slug != slug}
    await imports.change_slugs(model, changed)


async def _hold_owners(imports: Imports, home: Home, plan: Plan) -> None:
    """Nobody deletes the owner of what is about to be added: it would stay behind."""
    if plan.functions.created:
        await imports.hold(Organisation, [home.key])
    new = {wanted.key for wanted in plan.functions.created}
    await imports.hold(Function, {wanted.owner for wanted in plan.events.created} - new)


async def _change_and_add(
    imports: Imports,
    model: type[Function | Event],
    changes: Changes,
    at: dt.datetime,
    progress: Progress,
    shared: Values,
) -> None:
    what, total = model.__tablename__, len(changes.changed) + len(changes.created)
    if total:
        progress(what, 0, total)
    for rows in chunks(changes.changed, lambda done: progress(what, done, total)):
        await imports.change(model, rows, at=at)
    proposals = [Proposal(wanted.slug, wanted.external_id, wanted.owner) for wanted in changes.created]
    slugs = await free_slugs(imports, model, proposals)
    made = list(zip(changes.created, slugs, strict=True))
    for portion in chunks(made, lambda done: progress(what, len(changes.changed) + done, total)):
        await imports.add(model, [{**_row(model, wanted, slug), **shared} for wanted, slug in portion])


def _row(model: type[Function | Event], wanted: Wanted, slug: str) -> dict[str, Any]:
    keys = {"function_id": wanted.key} if model is Function else {"event_id": wanted.key, "function_id": wanted.owner}
    return {**keys, "external_id": wanted.external_id, "slug": slug, **wanted.values}


def _tally(table: str, changes: Changes, gone: Counter[str], back: Counter[str]) -> Tally:
    return Tally(
        created=len(changes.created),
        updated=changes.updated,
        unchanged=changes.unchanged,
        deleted=gone[table],
        restored=back[table],
    )
