"""Answers in memory: bounded, dropped by what they show."""

from domain.changes import with_whole
from server.caching.counters import Counters
from server.caching.store import Entry, Store
from server.http.caching import Content


def entry(*tags: str, size: int = 0) -> Entry:
    return Entry(Content(b"x" * size), with_whole(tags), 0.0, 60)


def key(name: str) -> tuple[bytes, bytes]:
    return name.encode(), b"{}"


def store(capacity: int = 100_000) -> Store:
    return Store(capacity, Counters())


def test_an_answer_is_found_under_its_key() -> None:
    kept, answer = store(), entry("events")
    kept.put(key("a"), answer)

    assert kept.get(key("a")) is answer
    assert kept.get(key("b")) is None


def test_those_used_last_stay_when_room_is_made() -> None:
    kept = store(capacity=3 * entry("events", size=10_000).weight)
    for name in ("a", "b", "c"):
        kept.put(key(name), entry("events", size=10_000))
    kept.get(key("a"))

    kept.put(key("d"), entry("events", size=10_000))

    assert [name for name in ("a", "b", "c", "d") if kept.get(key(name))] == ["a", "c", "d"]
    assert kept.counters.evicted == 1
    assert kept.size <= kept.capacity


def test_what_is_larger_than_all_room_is_not_kept_and_drives_nothing_out() -> None:
    kept = store(capacity=10_000)
    kept.put(key("a"), entry("events"))

    kept.put(key("b"), entry("events", size=20_000))

    assert kept.get(key("a"))
    assert not kept.get(key("b"))


def test_a_change_drops_what_shows_it_and_nothing_else() -> None:
    kept = store()
    kept.put(key("row"), entry("events:1"))
    kept.put(key("list"), entry("events@9"))
    kept.put(key("tickets"), entry("event_tickets:1"))

    kept.drop(["events", "events:1", "events@8"])
    assert [name for name in ("row", "list", "tickets") if kept.get(key(name))] == ["list", "tickets"]

    kept.drop(["events*"])
    assert [name for name in ("row", "list", "tickets") if kept.get(key(name))] == ["tickets"]
    assert kept.counters.invalidated == 2


def test_what_was_dropped_takes_no_room() -> None:
    kept = store()
    for name in ("a", "b", "a"):
        kept.put(key(name), entry("events", "functions:1"))
    kept.drop(["events"])

    assert (len(kept), kept.size) == (0, 0)
    assert not kept._by_tag
