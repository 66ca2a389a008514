"""Answers as they are kept for all processes: with what tells another process whether they still hold."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass

import orjson

from domain import leases
from domain.changes import Snapshot, read_snapshot
from server.caching.store import Entry, Key
from server.http.caching import Content


@dataclass(frozen=True, slots=True)
class SharedEntry:
    """An answer that another process made.

    Attributes:
        entry: the answer.
        snapshot: what was known of changes before its making began: whoever knows of a later one that touches it must
            not use it.
    """

    entry: Entry
    snapshot: Snapshot


def shared_key(prefix: str, server: str, key: Key) -> str:
    """Where it is kept: apart from the answers of other schemas, and of other databases."""
    operation, variables = key
    digest = hashlib.sha256(operation + b"\0" + variables).hexdigest()
    return f"boxoffice:answer:{prefix}:{server}:{digest}"


def write_entry(entry: Entry, snapshot: Snapshot) -> bytes:
    """As it is kept: a line that describes it, and its bytes."""
    made_at = time.time() - (leases.now() - entry.made_at)
    head = {"snapshot": str(snapshot), "made_at": made_at, "max_age": entry.max_age, "tags": list(entry.tags)}
    return orjson.dumps(head) + b"\n" + entry.content.body


def read_entry(value: bytes) -> SharedEntry | None:
    """Read what `write_entry` wrote; None if it is nothing of the kind."""
    line, newline, body = value.partition(b"\n")
    try:
        head = orjson.loads(line)
        age = max(0.0, time.time() - head["made_at"])
        entry = Entry(Content(body), frozenset(head["tags"]), leases.now() - age, int(head["max_age"]))
        snapshot = read_snapshot(head["snapshot"])
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return SharedEntry(entry, snapshot) if newline else None
