"""What the response cache did, in numbers that only grow."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Counters:
    """Since the process began.

    Attributes:
        hits: answers that were at hand in this process.
        shared_hits: answers that another process had made.
        misses: answers that were made.
        collapsed: requests that waited for an answer that was being made already.
        stale: answers from before the database went away, given since nothing newer can be had.
        stored: answers that were kept.
        invalidated: answers that were dropped because something they show changed.
        evicted: answers that were dropped to make room.
    """

    hits: int = 0
    shared_hits: int = 0
    misses: int = 0
    collapsed: int = 0
    stale: int = 0
    stored: int = 0
    invalidated: int = 0
    evicted: int = 0
