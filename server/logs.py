"""Logs: one line an event, for programs or for people, whoever writes it."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import Processor

from domain.secrets import redacted
from server.settings import Settings

_SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def configure_logs(settings: Settings, stream: TextIO = sys.stderr) -> None:
    """Send structlog's events and everything of the standard library's `logging` to one stream, in one shape."""
    people = settings.log_format == "console" or (settings.log_format == "auto" and stream.isatty())
    renderer: Processor
    exceptions: tuple[Processor, ...] = ()
    if people:
        # The richer formatters print local variables, which may be anybody's.
        renderer = structlog.dev.ConsoleRenderer(
            colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    else:
        renderer = structlog.processors.JSONRenderer(serializer=_dump)
        exceptions = (structlog.processors.format_exc_info,)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *exceptions, _redacting(renderer)],
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    for name in ("uvicorn", "uvicorn.error", "alembic"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
    # Start-up and every request are told by this program's own lines.
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # This program's own events are one a request and more: they take the short way, not the one through `logging`.
    structlog.configure(
        processors=[*_SHARED, *exceptions, _redacting(renderer)],
        logger_factory=structlog.WriteLoggerFactory(stream),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[settings.log_level.upper()]),
        cache_logger_on_first_use=False,
    )


def _redacting(renderer: Processor) -> Processor:
    """The last resort: whatever another library puts into a message, no secret of a known form is written."""

    def render(logger: Any, method: str, event: MutableMapping[str, Any]) -> str:  # noqa: ANN401 - structlog's signature
        return redacted(str(renderer(logger, method, event)))

    return render


def _dump(event: dict[str, Any], **_options: Any) -> str:  # noqa: ANN401 - structlog's signature
    # What happened comes first, where a person who reads JSON looks for it.
    return orjson.dumps({"event": event.pop("event", None), **event}, default=repr).decode()
