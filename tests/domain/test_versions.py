"""What clients are told of versions follows from what is deprecated and what was broken."""

import datetime as dt

from domain.versions import Break, Deprecation, Notice, Version, api_versions, breaks_after, notice_of

OLD = Deprecation(dt.date(2030, 1, 1), dt.date(2031, 1, 1), "1", "Use `new`.", "new-ways")
OLDER = Deprecation(dt.date(2029, 1, 1), dt.date(2031, 6, 1), "2", "Use `newer`.", "newer-ways")
RENAMED = Break("Field A.b was removed.", "It had to be.", "names")
VERSIONS = (Version("1", "First."), Version("2", "Second."), Version("3", "Third.", (RENAMED,)))


def test_the_latest_comes_first_and_nothing_of_it_ends() -> None:
    latest, *others = api_versions(VERSIONS, {"A.old": OLD})

    assert (latest.name, latest.is_latest, latest.is_deprecated) == ("3", True, False)
    assert (latest.sunset_at, latest.migration_guide, latest.breaking_changes) == (None, None, ())
    assert [(each.name, each.is_latest, each.is_deprecated) for each in others] == [
        ("2", False, True),
        ("1", False, True),
    ]


def test_a_version_ends_with_the_first_of_what_it_has() -> None:
    later = Deprecation(OLD.since, dt.date(2032, 1, 1), "1", "Use `that`.", "new-ways")
    _, second, first = api_versions(VERSIONS, {"A.later": later, "A.old": OLD, "A.older": OLDER})

    assert (first.sunset_at, first.migration_guide) == (OLD.ends, "/guides/new-ways")
    assert first.breaking_changes == (
        "Field A.b was removed.",
        "`A.later` works until 2032-01-01. Use `that`.",
        "`A.old` works until 2031-01-01. Use `new`.",
    )
    assert (second.sunset_at, second.migration_guide) == (OLDER.ends, "/guides/newer-ways")


def test_what_was_broken_counts_for_every_version_before() -> None:
    assert breaks_after(1, VERSIONS) == breaks_after(2, VERSIONS) == [RENAMED]
    assert breaks_after(3, VERSIONS) == []
    assert api_versions(VERSIONS, {})[1].migration_guide == "/guides/names"


def test_an_operation_is_told_of_the_first_to_end_and_of_every_guide() -> None:
    deprecations = {"A.old": OLD, "A.older": OLDER}

    assert notice_of(["A.new", "A.older", "A.old"], deprecations) == Notice(
        dt.datetime(2029, 1, 1, tzinfo=dt.UTC),
        dt.datetime(2031, 1, 1, tzinfo=dt.UTC),
        ("/guides/new-ways", "/guides/newer-ways"),
    )
    assert notice_of(["A.new"], deprecations) is None
