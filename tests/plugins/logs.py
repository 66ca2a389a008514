"""No secret reaches a log: all that is logged while the tests run is looked through, test by test.

A test fails whose logs hold what looks like an API key, a token, credentials in a URL or an e-mail address
(`domain.secrets`), or a value that was planted. Logs are told from other output by their form: a program may well show
a key on purpose, this once, but never in its log.
"""

import logging
import re
from collections.abc import Generator, Iterable, Iterator

import pytest
import structlog

from domain.secrets import holds_secret

overheard: list[str] = []
"""What programs that tests ran have written, since the last report."""

_planted: set[str] = set()
_LINE = re.compile(
    r'^(\{"event":|\d{4}-\d\d-\d\d[T ][\d:.]+Z? \[(debug|info|warning|error|critical)\s*\]|\w+\s+\S+:\S+\.py:\d+ )'
)
_TROUBLE = re.compile(r"\[(warning|error|critical)|^(WARNING|ERROR|CRITICAL)")


def plant(*secrets: str) -> None:
    """Have secrets that nobody would recognise looked for, from now on."""
    _planted.update(secrets)


def logged(text: str) -> Iterator[str]:
    """The lines of a text that a log wrote, with what follows on the line of a warning or an error: its traceback."""
    is_in_trouble = False
    for line in text.splitlines():
        if _LINE.match(line):
            is_in_trouble = _TROUBLE.search(line) is not None
            yield line
        elif is_in_trouble:
            yield line


def leaks(texts: Iterable[str]) -> list[str]:
    """The logged lines that hold a secret."""
    return [
        line
        for text in texts
        for line in logged(text)
        if holds_secret(line) or any(secret in line for secret in _planted)
    ]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    # Sections add up over the phases of a test.
    texts = [text for _, text in report.sections] if report.when == "teardown" else []
    texts += overheard
    overheard.clear()
    found = leaks(texts)
    if found and not report.failed:
        report.outcome = "failed"
        report.longrepr = "\n".join(["A secret, or an e-mail address, stands in the log:", *found])
    return report


@pytest.fixture
def console_logs() -> Iterator[None]:
    """For a test that runs a command in its own process: what that does to the logs is undone."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
