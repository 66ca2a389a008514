"""Feature flags through the OpenFeature SDK: a provider over PostgreSQL, which every process knows by heart.

Every process asks for all flags that were changed twice a second, so a change is everywhere within a second, and nobody
waits for the database to know what a flag says. While the database is away, what was known holds on; of what nobody has
changed, the settings say what it is.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

import structlog
from openfeature import api
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import FlagNotFoundError, TypeMismatchError
from openfeature.flag_evaluation import FlagResolutionDetails
from openfeature.provider import AbstractProvider, Metadata
from openfeature.provider.no_op_provider import NoOpProvider

from db.database import Database
from db.failures import NOT_MIGRATED, UNAVAILABLE
from db.flags import changed_flags
from domain.flags import KNOWN, SEGMENTS, Flag, Subject

POLL_SECONDS: Final = 0.5
"""How often PostgreSQL is asked what was changed."""

DEFAULTS: Final[Mapping[str, Flag]] = {key: Flag(key) for key in KNOWN}
"""What flags are where neither the settings nor anybody says anything."""

_REMEMBERED: Final = 10_000
"""Answers of the SDK that a process remembers, at most."""

_domains = itertools.count(1)
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class FlagCounters:
    """What was decided since the process began.

    Attributes:
        evaluations: by flag, what it came to, and why.
        fallbacks: events whose hierarchy was read from the one that the flag does not say, since the other had nothing.
    """

    evaluations: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    fallbacks: int = 0


@dataclass(slots=True)
class Flags:
    """The flags, as one process knows them; kept up to date by `open_flags`.

    Attributes:
        defaults: what they are where nobody has changed them.
        changed: those that somebody has.
        counters: what was decided.
        domain: by which the SDK tells this provider from others of the same process.

    Whoever asks again before anything was changed is answered from memory: an answer hangs on nothing but the flags and
    on who asks, and to ask the SDK takes as long as a part of a small request.
    """

    defaults: Mapping[str, Flag] = field(default_factory=lambda: DEFAULTS)
    changed: Mapping[str, Flag] = field(default_factory=dict)
    counters: FlagCounters = field(default_factory=FlagCounters)
    domain: str = field(default_factory=lambda: f"boxoffice-{next(_domains)}")
    _answers: dict[tuple[str, Subject], tuple[bool, str]] = field(default_factory=dict)
    _answered_with: Mapping[str, Flag] | None = None

    def flag(self, key: str) -> Flag:
        """A flag as it stands.

        Raises:
            KeyError: there is none.
        """
        return self.changed.get(key) or self.defaults[key]

    def evaluate(self, key: str, subject: Subject) -> tuple[bool, str]:
        """Whether a flag is on for somebody, and why, as the SDK says.

        Args:
            key: one of `domain.flags.KNOWN`.
            subject: who asks.
        """
        if self._answered_with is not self.changed or len(self._answers) >= _REMEMBERED:
            self._answers.clear()
            self._answered_with = self.changed
        known = self._answers.get((key, subject))
        if known is not None:
            return known
        default, _ = self.defaults[key].evaluate(subject)
        details = api.get_client(self.domain).get_boolean_details(key, default, _context_of(subject))
        answer = details.value, str(details.reason)
        if details.error_code is None:
            self._answers[key, subject] = answer
        return answer

    def of(self, subject: Subject) -> Evaluations:
        """What the flags come to for somebody, within one request."""
        return Evaluations(self, subject)


@dataclass(slots=True, eq=False)
class Evaluations:
    """What flags come to for somebody: each is evaluated once, so that a request says the same from end to end."""

    flags: Flags
    subject: Subject = field(default_factory=Subject)
    _known: dict[str, bool] = field(default_factory=dict)

    def is_on(self, key: str) -> bool:
        """Whether a flag is on.

        Args:
            key: one of `domain.flags.KNOWN`.
        """
        if key not in self._known:
            self._known[key], reason = self.flags.evaluate(key, self.subject)
            self.flags.counters.evaluations[key, str(self._known[key]).lower(), reason] += 1
        return self._known[key]

    def fell_back(self, events: int) -> None:
        """Note of how many events the hierarchy was read from the one that the flag does not say."""
        self.flags.counters.fallbacks += events


def _context_of(subject: Subject) -> EvaluationContext:
    attributes: dict[str, Any] = {kind: sorted(subject.values(kind)) for kind in SEGMENTS}
    return EvaluationContext(subject.key, attributes)


def _subject_of(context: EvaluationContext | None) -> Subject:
    if context is None:
        return Subject()

    def named(kind: str) -> Sequence[str]:
        values = context.attributes.get(kind)
        return [str(each) for each in values] if isinstance(values, list) else []

    return Subject(
        context.targeting_key or None,
        frozenset(named("organisations")),
        frozenset(named("roles")),
        next(iter(named("clients")), None),
        next(iter(named("customers")), None),
    )


class PostgresProvider(AbstractProvider):
    """The flags of this process, as the SDK asks for them: all of them are boolean."""

    def __init__(self, flags: Flags) -> None:
        """Answer from what is known."""
        super().__init__()
        self._flags = flags

    def get_metadata(self) -> Metadata:
        """What the provider is called."""
        return Metadata("boxoffice-postgresql")

    def resolve_boolean_details(
        self,
        flag_key: str,
        default_value: bool,  # noqa: ARG002, FBT001 - the SDK's
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[bool]:
        """Whether a flag is on.

        Raises:
            FlagNotFoundError: there is no such flag.
        """
        try:
            flag = self._flags.flag(flag_key)
        except KeyError:
            raise FlagNotFoundError(f"there is no flag {flag_key!r}") from None
        value, reason = flag.evaluate(_subject_of(evaluation_context))
        return FlagResolutionDetails(value=value, reason=reason.value, variant="on" if value else "off")

    def resolve_string_details(self, flag_key: str, *_: object, **__: object) -> NoReturn:
        """Refuse: no flag is a text."""
        raise _boolean(flag_key)

    def resolve_integer_details(self, flag_key: str, *_: object, **__: object) -> NoReturn:
        """Refuse: no flag is a number."""
        raise _boolean(flag_key)

    def resolve_float_details(self, flag_key: str, *_: object, **__: object) -> NoReturn:
        """Refuse: no flag is a number."""
        raise _boolean(flag_key)

    def resolve_object_details(self, flag_key: str, *_: object, **__: object) -> NoReturn:
        """Refuse: no flag is an object."""
        raise _boolean(flag_key)


def _boolean(flag: str) -> TypeMismatchError:
    return TypeMismatchError(f"{flag} is boolean")


@asynccontextmanager
async def open_flags(
    database: Database, defaults: Mapping[str, Flag] = DEFAULTS, seconds: float = POLL_SECONDS
) -> AsyncIterator[Flags]:
    """Know the flags, and keep them as new as the database until the block ends.

    Args:
        database: has those that were changed.
        defaults: what they are where nobody has changed them, for every key of `domain.flags.KNOWN`.
        seconds: how often is asked.
    """
    flags = Flags(defaults)
    with suppress(*UNAVAILABLE, *NOT_MIGRATED):
        flags.changed = await changed_flags(database)
    api.set_provider_and_wait(PostgresProvider(flags), flags.domain)
    task = asyncio.create_task(_follow(flags, database, seconds), name="flags")
    try:
        yield flags
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        api.set_provider_and_wait(NoOpProvider(), flags.domain)


async def _follow(flags: Flags, database: Database, seconds: float) -> None:
    away = False
    while True:
        await asyncio.sleep(seconds)
        try:
            found = await changed_flags(database)
            if found != flags.changed:  # else what was answered holds on
                flags.changed = found
        except Exception as error:  # noqa: BLE001 - what is known must be kept, whatever a look at the database fails on
            if not away:
                _log.warning("flags not followed; those known hold on", reason=repr(error))
            away = True
        else:
            away = False
