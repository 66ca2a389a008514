"""Import schedules of other houses: a gathering becomes a function, a talk an event.

Who a row is never changes: a function is known by its external id among those of the organisation, an event by its own
among those of the function. So importing again finds the rows, writes those alone that say something else, deletes
what has vanished and restores what is back. Rows are compared themselves, whatever the source said last time, so that
what was edited by hand meanwhile is as the source has it again; where several sources name one function, it stays as
it is until one of them says something new (`importing.plan`).

What schedules do not speak of is left to the organisation: slugs once they stand in addresses, what is shown and
featured, tickets and packages. What an import makes is shown at once; what was hidden since stays hidden.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from commands.importing.counts import ImportCounts, Tally
from commands.importing.plan import Home, plan_of
from commands.importing.slugs import Proposal, free_slugs
from commands.importing.source import Source, source_of
from commands.importing.write import Progress, write
from db.contention import transact
from db.database import Database
from db.imports import Imports, chunks
from db.models import ImportedFunction, ImportSource, Organisation
from domain.errors import InvalidArgument, Refusal
from domain.ids import uuid7
from domain.slugs import slugify

__all__ = [
    "AmbiguousOrganisation",
    "ImportCounts",
    "Source",
    "Tally",
    "import_source",
    "rehearse_imports",
    "source_of",
]

PATIENCE: Final = 120.0
"""Seconds to wait for the end of another import into the same organisation."""

LONGEST_NAME: Final = 500
"""Characters of an organisation's name, as the database's CHECK constraint has it."""


class AmbiguousOrganisation(Refusal):
    """Several organisations have the name."""

    code = "AMBIGUOUS_ORGANISATION"


def _quietly(_what: str, _done: int, _total: int) -> None:
    """Nobody watches."""


async def import_source(
    database: Database, source: Source, *, organisation: str, timezone: str | None = None, progress: Progress = _quietly
) -> ImportCounts:
    """Make the rows of a source as it has them, in one transaction: all of it lands, or nothing.

    Imports into one organisation wait for each other.

    Args:
        database: migrated.
        source: what it says.
        organisation: its name, or its slug where no organisation has such a name; made where there is neither.
        timezone: IANA name of the zone of an organisation that is made; UTC, when left out.
        progress: told how many rows are written; from the beginning again, if another transaction was in the way.

    Raises:
        AmbiguousOrganisation: several organisations have the name.
        InUse: others kept what was to be written, for longer than `PATIENCE`.
        InvalidArgument: the name is none.
        RowRefused: the database refused a row.
    """
    (counts,) = await _import(database, [source], organisation, timezone, progress, keep=True)
    return counts


async def rehearse_imports(
    database: Database,
    sources: Sequence[Source],
    *,
    organisation: str,
    timezone: str | None = None,
    progress: Progress = _quietly,
) -> list[ImportCounts]:
    """What importing these sources one after the other would do: it is done, and all of it undone.

    Arguments and errors are those of `import_source`.
    """
    return await _import(database, sources, organisation, timezone, progress, keep=False)


async def _import(
    database: Database,
    sources: Sequence[Source],
    organisation: str,
    timezone: str | None,
    progress: Progress,
    *,
    keep: bool,
) -> list[ImportCounts]:
    if not organisation.strip() or len(organisation) > LONGEST_NAME:
        raise InvalidArgument(f"An organisation needs a name of 1 to {LONGEST_NAME} characters.")

    async def work(imports: Imports) -> list[ImportCounts]:
        home = await _home(imports, organisation, timezone)
        return [await _take_in(imports, home, source, progress) for source in sources]

    return await transact(database, lambda connection: work(Imports(connection)), patience=PATIENCE, keep=keep)


async def _home(imports: Imports, called: str, timezone: str | None) -> Home:
    """The organisation, found or made, and kept from other imports.

    Of two that make the same one at once, one is refused its slug, begins again, and finds what the other made.
    """
    found = await imports.organisations_called(called)
    if len(found) > 1:
        slugs = ", ".join(row["slug"] for row in found)
        raise AmbiguousOrganisation(
            f"{len(found)} organisations are called {called!r}; say which by its slug: {slugs}."
        )
    if found:
        home = Home(found[0]["organisation_id"], found[0]["timezone"])
    else:
        home = Home(uuid7(), timezone or "UTC")
        proposal = Proposal(slugify(called, fallback="organisation"), called)
        (slug,) = await free_slugs(imports, Organisation, [proposal])
        row = {"organisation_id": home.key, "name": called, "slug": slug, "timezone": home.zone}
        await imports.add(Organisation, [row])
    await imports.take_turn(f"the organisation {home.key}")
    return home


async def _take_in(imports: Imports, home: Home, source: Source, progress: Progress) -> ImportCounts:
    before = await imports.source_called(home.key, source.name)
    source_id = before["source_id"] if before else uuid7()
    same = before is not None and before["content_sha256"] == source.content_sha256
    plan = await plan_of(imports, home, source, source_id, same=same)
    at = await imports.moment()
    functions, events = await write(imports, home, plan, at, progress)
    if before is None:
        row = {"source_id": source_id, "organisation_id": home.key, "name": source.name}
        await imports.add(ImportSource, [row | {"content_sha256": source.content_sha256, "imported_at": at}])
    elif not (same and plan.is_empty):
        await imports.note_content(source_id, source.content_sha256, at=at)
    await imports.unlink(source_id, plan.unlinked)
    for keys in chunks(plan.linked):
        await imports.add(ImportedFunction, [{"source_id": source_id, "function_id": key} for key in keys])
    return ImportCounts(source.name, functions, events)
