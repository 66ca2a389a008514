"""What selling has under way, counted: by indexes that hold nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text

from db.contention import Transaction
from domain.registrations import SWEPT

_STATES: Final = ", ".join(f"'{state.value}'" for state in sorted(SWEPT, key=lambda state: state.value))
_HOLDS: Final = text(f"""
    SELECT count(*), count(*) FILTER (WHERE hold_expires_at <= now()),
        (SELECT count(*) FROM refunds WHERE state = 'PENDING')
    FROM registrations WHERE state IN ({_STATES})
""")  # noqa: S608 - states of this program
_PAYMENTS: Final = text("SELECT state, count(*) FROM payments WHERE closed_at IS NULL GROUP BY state")


@dataclass(frozen=True, slots=True)
class UnderWay:
    """What is to end by itself.

    Attributes:
        holds: orders that hold places.
        over: those of them whose time is over, and that no sweep has ended yet.
        payments: of which the provider has not said its last word, by their state.
        refunds: that are not made yet.
    """

    holds: int
    over: int
    payments: Mapping[str, int]
    refunds: int


async def under_way(transaction: Transaction) -> UnderWay:
    """Count it, in a transaction that sells."""
    holds, over, refunds = (await transaction.execute(_HOLDS)).one()
    payments = {state: count for state, count in await transaction.execute(_PAYMENTS)}  # noqa: C416 - rows are no pairs to mypy
    return UnderWay(holds, over, payments, refunds)
