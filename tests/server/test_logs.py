"""Logs: one line an event, whoever writes it."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from server.logs import configure_logs
from server.settings import load_settings


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def test_structlog_and_the_standard_library_write_the_same_shape_with_the_request_id() -> None:
    stream = io.StringIO()
    configure_logs(load_settings(log_format="json"), stream)

    with structlog.contextvars.bound_contextvars(request_id="r-12345678"):
        structlog.get_logger("a").info("first", rows=3)
        logging.getLogger("b").warning("second %s", "thing")

    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert first["event"] == "first"
    assert first["rows"] == 3
    assert second["event"] == "second thing"
    assert second["level"] == "warning"
    assert {first["request_id"], second["request_id"]} == {"r-12345678"}
    assert first["timestamp"].endswith("Z")


def test_a_traceback_is_part_of_its_line() -> None:
    stream = io.StringIO()
    configure_logs(load_settings(log_format="json"), stream)

    try:
        int("inside")
    except ValueError:
        structlog.get_logger("a").exception("failed")

    (line,) = stream.getvalue().splitlines()
    assert "ValueError: invalid literal" in json.loads(line)["exception"]


def test_people_get_lines_without_json() -> None:
    stream = io.StringIO()
    configure_logs(load_settings(log_format="console"), stream)

    structlog.get_logger("a").info("hello", name="world")

    assert "hello" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_what_is_below_the_level_is_not_written() -> None:
    stream = io.StringIO()
    configure_logs(load_settings(log_format="json", log_level="warning"), stream)

    structlog.get_logger("a").info("quiet")

    assert stream.getvalue() == ""
