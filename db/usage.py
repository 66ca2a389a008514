"""Who called what how often: written in batches, read over a span.

`usage_by_operation` makes a table, `usage_over_time` a chart; both merge the histograms of all processes, so that their
quantiles are exact to `domain.durations.ACCURACY`, whatever span they are asked for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import orjson
from sqlalchemy import text

from db.database import Database
from db.rows import Row
from db.statements.usage import BY_OPERATION, OVER_TIME
from domain.durations import quantile

CHUNK: Final = 1000
"""Rows that one statement writes."""


EVER: Final = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""Before any usage: since then means as far back as usage is kept."""


@dataclass(frozen=True, slots=True)
class UsageRow:
    """What was called within an hour, as one process counted it.

    Attributes:
        client: its name; empty for callers without a key.
        release: its name; empty for documents that no release has.
        public_id: of the operation; empty for documents that no release has.
        by_release: whether the release was named in the id (`web~1.4.2~FunctionPage`).
        hour: its beginning.
        calls: how many were answered, errors included.
        errors: how many of them failed, or had errors.
        refused: how many more were refused before anything ran.
        cost: of all of them together.
        durations: in seconds, counts by bucket (`domain.durations`).
        last_seen: when the last one came.
        deprecated: how many of the calls asked for a deprecated field.
    """

    client: str
    release: str
    public_id: str
    by_release: bool
    hour: dt.datetime
    calls: int
    errors: int
    refused: int
    cost: int
    durations: Mapping[int, int]
    last_seen: dt.datetime
    deprecated: int = 0

    def to_json(self) -> dict[str, object]:
        """As the statement that writes it takes it."""
        return {
            "client": self.client,
            "release": self.release,
            "public_id": self.public_id,
            "by_release": self.by_release,
            "hour": self.hour.isoformat(),
            "calls": self.calls,
            "errors": self.errors,
            "refused": self.refused,
            "cost": self.cost,
            "durations": {str(bucket): count for bucket, count in self.durations.items()},
            "last_seen": self.last_seen.isoformat(),
            "deprecated": self.deprecated,
        }


_ADD: Final = text(
    """
    INSERT INTO operation_usage AS kept
    SELECT * FROM jsonb_populate_recordset(NULL::operation_usage, CAST(:rows AS jsonb))
    ORDER BY client, release, public_id, by_release, hour
    ON CONFLICT (client, release, public_id, by_release, hour) DO UPDATE SET
        calls = kept.calls + excluded.calls,
        errors = kept.errors + excluded.errors,
        refused = kept.refused + excluded.refused,
        cost = kept.cost + excluded.cost,
        deprecated = kept.deprecated + excluded.deprecated,
        last_seen = greatest(kept.last_seen, excluded.last_seen),
        durations = (
            SELECT coalesce(jsonb_object_agg(key, count), '{}')
            FROM (
                SELECT key, sum(value::bigint) AS count
                FROM (
                    SELECT * FROM jsonb_each_text(kept.durations)
                    UNION ALL SELECT * FROM jsonb_each_text(excluded.durations)
                ) AS both_of_them
                GROUP BY key
            ) AS summed
        )
    """
)
"""All rows by one statement, in one order, so that processes which write at the same time wait instead of blocking."""

_FORGET: Final = text("DELETE FROM operation_usage WHERE hour < :before")


async def add_usage(database: Database, rows: Sequence[UsageRow]) -> None:
    """Add what a process counted to what is known, all or nothing."""
    async with database.write() as connection:
        for start in range(0, len(rows), CHUNK):
            portion = [each.to_json() for each in rows[start : start + CHUNK]]
            await connection.execute(_ADD, {"rows": orjson.dumps(portion).decode()})


async def forget_usage(database: Database, before: dt.datetime) -> None:
    """Delete what is older."""
    async with database.write() as connection:
        await connection.execute(_FORGET, {"before": before})


@dataclass(frozen=True, slots=True)
class Usage:
    """What was called over a span.

    Attributes:
        calls: how many were answered, errors included.
        errors: how many of them failed, or had errors.
        refused: how many more were refused before anything ran: retired, not granted, forbidden by the policy.
        cost: of all of them together.
        calls_by_release: how many of the calls named the release in the id; these break when it is retired, though
            another release has the id too.
        last_seen: when the last one came, answered or refused.
        p50: the median of how long they took, in seconds; None where none was answered.
        p95: the 95th percentile, likewise.
        deprecated: how many of the calls asked for a deprecated field.
    """

    calls: int
    errors: int
    refused: int
    cost: int
    calls_by_release: int
    last_seen: dt.datetime
    p50: float | None
    p95: float | None
    deprecated: int


@dataclass(frozen=True, slots=True)
class OperationKey:
    """Whose usage it is; `release` and `public_id` are empty for documents that no release has."""

    client: str
    release: str
    public_id: str


async def usage_by_operation(
    database: Database,
    since: dt.datetime,
    *,
    client: str | None = None,
    release: str | None = None,
    public_id: str | None = None,
) -> dict[OperationKey, Usage]:
    """What was called since the hour of a moment, by client, release and operation; what was not called is not there.

    Args:
        database: to read from.
        since: with a time zone; its whole hour counts.
        client: of this one alone; the empty string for callers without a key.
        release: of this one alone; the empty string for documents that no release has.
        public_id: of this operation alone.

    Raises:
        OSError, TimeoutError, …: the database is away (`db.failures.UNAVAILABLE`).
    """
    values = {"since": _hour(since), "client": client, "release": release, "public_id": public_id}
    rows = await database.fetch(BY_OPERATION, values)
    return {OperationKey(row["client"], row["release"], row["public_id"]): _usage(row) for row in rows}


async def usage_over_time(
    database: Database,
    since: dt.datetime,
    *,
    step: Literal["hour", "day"] = "hour",
    client: str | None = None,
    release: str | None = None,
    public_id: str | None = None,
) -> dict[dt.datetime, Usage]:
    """What was called since the hour of a moment, by the beginning of each hour, or day (UTC), oldest first.

    Those in which nothing was called are left out.

    Args:
        database: to read from.
        since: with a time zone; its whole hour counts.
        step: how long each is.
        client: of this one alone; the empty string for callers without a key.
        release: of this one alone; the empty string for documents that no release has.
        public_id: of this operation alone.

    Raises:
        OSError, TimeoutError, …: the database is away (`db.failures.UNAVAILABLE`).
    """
    values = {"since": _hour(since), "client": client, "release": release, "public_id": public_id, "step": step}
    return {row["moment"]: _usage(row) for row in await database.fetch(OVER_TIME, values)}


def _hour(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0)


def _usage(row: Row) -> Usage:
    durations = {int(bucket): count for bucket, count in (row["durations"] or {}).items()}
    return Usage(
        row["calls"],
        row["errors"],
        row["refused"],
        row["cost"],
        row["calls_by_release"],
        row["last_seen"],
        quantile(durations, 0.5),
        quantile(durations, 0.95),
        row["deprecated"],
    )
