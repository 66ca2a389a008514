"""`boxoffice import`: every file is found and read before anything is written; then source after source is imported."""

from __future__ import annotations

import asyncio
import os
import stat
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from commands.import_schedules import ImportCounts, Source, Tally, import_source, rehearse_imports, source_of
from db import migrate
from db.database import Database, open_database
from integrations.schedules.limits import MAX_BYTES
from integrations.schedules.model import BrokenSchedule, Gatherings
from integrations.schedules.read import read_schedule
from server.console import Advance, CommandError, progress, say
from server.neighbours import database_options, neighbours
from server.settings import Settings

ENDINGS = (".xml", ".xml.gz", ".json", ".json.gz")
"""What a file in a folder ends in, to be taken for a schedule; a file that is named itself may be called anything."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What the operator asks for.

    Attributes:
        paths: files, and folders that stand for all schedules below them.
        organisation: its name or slug.
        timezone: IANA name of the zone for files that name none, and for an organisation that is made.
        source: a name for all the paths together; without it, each path is a source of its own.
        dry_run: show what would be done, and do nothing.
    """

    paths: Sequence[Path]
    organisation: str
    timezone: str | None = None
    source: str | None = None
    dry_run: bool = False


async def import_files(settings: Settings, options: ImportOptions) -> None:
    """Read everything, import it, and say what was done.

    Raises:
        CommandError: a file or folder cannot be read, or a schedule is broken: all that is wrong with all of them.
    """
    with progress() as advance:
        sources = await _read(_sources(options), options.timezone, advance)
    done: list[ImportCounts] = []
    async with neighbours(settings, share=True) as complete:
        await _be_migrated(complete, own=settings.database_url is None)
        async with open_database(database_options(complete)) as database:
            try:
                await _import(database, sources, options, done)
            finally:
                say(*_table(done))
    if options.dry_run:
        say("This was a dry run: nothing was changed.")


async def _import(
    database: Database, sources: Sequence[Source], options: ImportOptions, done: list[ImportCounts]
) -> None:
    organisation, timezone = options.organisation, options.timezone
    with progress() as advance:
        if options.dry_run:
            done += await rehearse_imports(
                database, sources, organisation=organisation, timezone=timezone, progress=advance
            )
            return
        for number, source in enumerate(sources, start=1):
            done.append(
                await import_source(database, source, organisation=organisation, timezone=timezone, progress=advance)
            )
            advance("sources", number, len(sources))


async def _be_migrated(settings: Settings, *, own: bool) -> None:
    """A database of this program's own is migrated by the way; anybody else's is left to its operator."""
    url = database_options(settings).url
    if own:
        await asyncio.to_thread(migrate.upgrade, url)
    elif await asyncio.to_thread(migrate.current, url) != migrate.head():
        raise CommandError("the database is not at the schema that this program knows; run `boxoffice migrate` first")


def _sources(options: ImportOptions) -> dict[str, list[Path]]:
    """The paths of each source, by its name."""
    if options.source is not None:
        return {options.source: list(options.paths)}
    names = [source_name(path) for path in options.paths]
    doubled = [name for name, count in Counter(names).items() if count > 1]
    if doubled:
        raise CommandError(
            f"several paths would be the source {doubled[0]}; "
            "import them one by one with a --source each, or all together under one --source"
        )
    return {name: [path] for name, path in zip(names, options.paths, strict=True)}


def source_name(path: Path) -> str:
    """The last two parts of a path, wherever it is looked at from: `2024/python.json` is not `2025/python.json`."""
    parts = Path(os.path.abspath(path)).parts  # noqa: PTH100 - without following links, which name the same otherwise
    return _shown("/".join(part for part in parts[-2:] if part != os.sep) or os.sep)


async def _read(sources: Mapping[str, Sequence[Path]], timezone: str | None, advance: Advance) -> list[Source]:
    faults: list[str] = []
    files: list[tuple[str, Path]] = []
    for name, paths in sources.items():
        for path in paths:
            try:
                files += [(name, file) for file in schedule_files(path)]
            except OSError as error:
                faults.append(_unreadable(error.filename or path, error))
    found: dict[str, list[Gatherings]] = {name: [] for name in sources}
    for number, (name, path) in enumerate(files, start=1):
        try:
            found[name].append(await asyncio.to_thread(_read_file, path, timezone))
        except BrokenSchedule as broken:
            faults += _lines(broken)
        except OSError as error:
            faults.append(_unreadable(path, error))
        advance("files", number, len(files))
    if faults:
        raise CommandError("\n".join(["nothing was imported; what is wrong with the schedules:", *faults]))
    return [source_of(name, read) for name, read in found.items()]


def schedule_files(path: Path) -> list[Path]:
    """The path, if it is a file; the schedules below it, in the order of their names, if it is a folder.

    What begins with a dot is left out, and links to folders are not followed.

    Raises:
        OSError: there is no such path, or a folder cannot be read, or holds no schedule.
    """
    if not stat.S_ISDIR(path.stat().st_mode):
        return [path]

    def refuse(error: OSError) -> None:
        raise error

    found = [
        Path(folder, name)
        for folder, _, names in os.walk(path, onerror=refuse)
        for name in names
        if name.lower().endswith(ENDINGS)
        and not any(_hidden(part) for part in Path(folder, name).relative_to(path).parts)
    ]
    if not found:
        raise FileNotFoundError(0, f"no schedules below it ({', '.join(ENDINGS)})", str(path))
    return sorted(found)


def _hidden(part: str) -> bool:
    return part.startswith(".")


def _read_file(path: Path, timezone: str | None) -> Gatherings:
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(0, "not a regular file", str(path))
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)  # the reader refuses what is longer
    return read_schedule(_shown(path), data, default_zone=timezone)


def _lines(broken: BrokenSchedule) -> list[str]:
    """One for each fault, with the name of its file."""
    lines = [f"{broken.name}: {fault.where}: {fault.what}" for fault in broken.faults]
    if broken.untold:
        lines.append(f"{broken.name}: … and {broken.untold:,} more")
    return lines


def _unreadable(path: str | Path, error: OSError) -> str:
    return f"{_shown(path)}: cannot be read: {error.strerror or error}"


def _shown(path: str | Path) -> str:
    """A path as text, also where a name on the disk is no UTF-8."""
    return os.fsencode(path).decode(errors="replace")


def _table(done: Sequence[ImportCounts]) -> list[str]:
    """What was done, by source and in all."""
    if not done:
        return []
    columns = [field.name for field in fields(Tally)]
    lines = [" " * 12 + "".join(f"{column:>11}" for column in columns)]
    if len(done) > 1:
        functions, events = (sum((getattr(each, kind) for each in done), Tally()) for kind in ("functions", "events"))
        done = [*done, ImportCounts("in all", functions, events)]
    for counts in done:
        lines.append(counts.source)
        for kind, tally in (("functions", counts.functions), ("events", counts.events)):
            numbers = "".join(f"{getattr(tally, column):>11,}" for column in columns)
            lines.append(f"  {kind:<10}{numbers}")
    return lines
