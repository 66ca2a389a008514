"""Who called what how often, over any span of whole hours."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.sql.selectable import CTE

from db.rows import Row
from db.statement import compile_statement
from db.usage_models import OperationUsage

_SINCE = cast(bindparam("since"), DateTime(timezone=True))
_KEY = ("client", "release", "public_id")


def _chosen() -> CTE:
    """The rows of a span, of one client, release or operation, or of all."""
    conditions = [OperationUsage.hour >= _SINCE]
    for name in _KEY:
        wanted = cast(bindparam(name), Text)
        conditions.append(or_(wanted.is_(None), getattr(OperationUsage, name) == wanted))
    return select(OperationUsage).where(*conditions).cte("chosen")


def _summed(chosen: CTE, *key: ColumnElement[object]) -> Select[tuple[object, ...]]:
    """What was counted, with the histograms merged, by a key."""
    each = func.jsonb_each_text(chosen.c.durations).table_valued("key", "value").lateral("each")
    counted = (
        select(*key, each.c.key, func.sum(cast(each.c.value, BigInteger)).label("count"))
        .join_from(chosen, each, true())
        .group_by(*key, each.c.key)
        .cte("counted")
    )
    names = [column.name for column in key]
    histograms = (
        select(
            *(counted.c[name] for name in names), func.jsonb_object_agg(counted.c.key, counted.c["count"]).label("all")
        )
        .group_by(*(counted.c[name] for name in names))
        .cte("histograms")
    )
    totals = (
        select(
            *key,
            *(
                cast(func.sum(chosen.c[name]), BigInteger).label(name)
                for name in ("calls", "errors", "refused", "cost", "deprecated")
            ),
            cast(func.sum(case((chosen.c.by_release, chosen.c.calls), else_=0)), BigInteger).label("calls_by_release"),
            func.max(chosen.c.last_seen).label("last_seen"),
        )
        .group_by(*key)
        .cte("totals")
    )
    same = and_(*(totals.c[name] == histograms.c[name] for name in names))
    counts = [column for column in totals.c if column.name not in names]
    return (
        select(*(totals.c[name] for name in names), *counts, histograms.c["all"].label("durations"))
        .outerjoin(histograms, same)
        .order_by(*(totals.c[name] for name in names))
    )


_operations = _chosen()

BY_OPERATION = compile_statement(
    "usage.by_operation",
    _summed(_operations, *(_operations.c[name] for name in _KEY)),
    Row,
)
"""What was called since an hour, by client, release and operation."""

_moments = _chosen()

OVER_TIME = compile_statement(
    "usage.over_time",
    _summed(_moments, func.date_trunc(cast(bindparam("step"), Text), _moments.c.hour, "UTC").label("moment")),
    Row,
)
"""What was called since an hour, by hour or by day (UTC)."""
