"""What the command line says, and how it ends."""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
import signal
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import typer
import uvloop
from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from db.failures import UNAVAILABLE
from domain.errors import Refusal
from server.embedded.errors import EmbeddedServerError
from server.listening import AddressInUseError
from server.logs import configure_logs
from server.settings import Settings, SettingsError, load_settings

FAILED, WRONG_SETTINGS, UNREACHABLE, STOPPED = 1, 3, 4, 130

EXIT_CODES = {
    0: "done",
    FAILED: "refused or failed; one line says why",
    2: "wrong usage",
    WRONG_SETTINGS: "the settings cannot be used; each fault is told",
    UNREACHABLE: "the database or the cache cannot be reached",
    STOPPED: "stopped by Ctrl-C or SIGTERM before it was done",
}
"""What the program ends with; 2 is the command line library's own."""

_out = Console(highlight=False, soft_wrap=True)
_err = Console(stderr=True, highlight=False, soft_wrap=True)


MOMENT = "%Y-%m-%d %H:%M"
"""How commands show moments, which are in UTC."""


class CommandError(Exception):
    """A command that cannot be carried out; its lines are told as they are."""


def say(*lines: str) -> None:
    """Tell the user something."""
    for line in lines:
        _out.print(line, markup=False)


def table(heads: Sequence[str], rows: Sequence[Sequence[object]], nothing: str) -> None:
    """Tell the user rows in columns; where there are none, say that there is nothing."""
    if not rows:
        say(nothing)
        return
    cells = [list(map(str, row)) for row in rows]
    widths = [max(len(row[column]) for row in (heads, *cells)) for column in range(len(heads))]
    for row in (list(heads), *cells):
        say("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())


def moment(at: dt.datetime | None) -> str:
    """A moment as commands show it: in UTC, to the minute; nothing for None."""
    return at.astimezone(dt.UTC).strftime(MOMENT) if at else ""


def counted(number: int, what: str) -> str:
    """A number of things: `1 operation`, `2 operations`."""
    return f"{number} {what}" + ("" if number == 1 else "s")


def show(what: RenderableType) -> None:
    """Show the user a tree or a table."""
    _out.print(what)


def fail(*lines: str, code: int = FAILED) -> typer.Exit:
    """Tell the user why it cannot be done; raise what this returns."""
    for number, line in enumerate(lines):
        _err.print(f"boxoffice: {line}" if number == 0 else line, markup=False)
    return typer.Exit(code)


def settings_or_exit(**given: object) -> Settings:
    """The settings; where they cannot be used, every fault is told and the program ends."""
    try:
        return load_settings(**{name: value for name, value in given.items() if value is not None})
    except SettingsError as error:
        raise fail(
            "the settings cannot be used:", *(f"  {fault}" for fault in error.faults), code=WRONG_SETTINGS
        ) from None


Advance = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


@contextmanager
def progress() -> Iterator[Advance]:
    """A bar for each thing that is done, on a terminal; nothing where nobody watches."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=_err, disable=not _err.is_terminal) as bars:
        tasks: dict[str, Any] = {}

        def advance(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done, total=total)

        yield advance


def run_to_end(work: Coroutine[Any, Any, None], settings: Settings) -> None:
    """Run a command; a failure becomes one line and an exit code, Ctrl-C and SIGTERM an orderly end."""
    configure_logs(settings)
    gc.freeze()
    gc.enable()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_interruptible(work))
    except (CommandError, Refusal, EmbeddedServerError, AddressInUseError) as error:
        raise fail(*str(error).splitlines()) from None
    except UNAVAILABLE as error:
        reason = str(error) or type(error).__name__
        raise fail(f"the database or the cache cannot be reached: {reason}", code=UNREACHABLE) from None
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise fail("stopped", code=STOPPED) from None


async def _interruptible(work: Coroutine[Any, Any, None]) -> None:
    """End a command by Ctrl-C or SIGTERM: cancel it once, so that it closes what it opened, however often one asks."""
    task = asyncio.current_task()
    assert task is not None, "run by a Runner"
    loop = asyncio.get_running_loop()

    def stop() -> None:
        if not task.cancelling():
            task.cancel()

    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, stop)
    await work
