"""Ending releases for good: who would break is told first, and force is needed, and noted, where anyone would."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from commands.registering import Author, Turn, change
from commands.registry import require_transition
from db.database import Database
from db.usage import EVER, Usage, usage_by_operation
from domain.errors import Refusal
from domain.registry import IN_USE, ReleaseState, objections


class StillServed(Refusal):
    """Retiring the release now may break whoever calls it."""

    code = "STILL_SERVED"


class Pinned(Refusal):
    """The release is pinned."""

    code = "PINNED"


@dataclass(frozen=True, slots=True)
class InUse:
    """An operation whose calls would break.

    Attributes:
        public_id: its id.
        calls: that would have broken, within `IN_USE`.
        last_seen: when the last call of it came, as far back as usage is kept.
    """

    public_id: str
    calls: int
    last_seen: dt.datetime


@dataclass(frozen=True, slots=True)
class Retirement:
    """What retiring a release comes to.

    Attributes:
        state: the one that it was in.
        sunset: when its deprecation said that it would end.
        pinned: whether it cannot be retired at all.
        objections: why it needs force; none, where it does not.
        lost: the ids that no other release of the client serves.
        kept: the ids that another one serves; only calls that name this release in the id break.
        in_use: what would break, most called first.
        client_calls: all that the client called within `IN_USE`.
        all_calls: all that anyone called within `IN_USE`.
    """

    state: ReleaseState
    sunset: dt.datetime | None
    pinned: bool
    objections: tuple[str, ...]
    lost: tuple[str, ...]
    kept: tuple[str, ...]
    in_use: tuple[InUse, ...] = ()
    client_calls: int = 0
    all_calls: int = 0

    @property
    def calls(self) -> int:
        """How many calls within `IN_USE` would have broken."""
        return sum(each.calls for each in self.in_use)

    @property
    def calls_per_day(self) -> float:
        """The same, a day."""
        return round(self.calls / IN_USE.days, 2)

    @property
    def last_seen(self) -> dt.datetime | None:
        """When the last call came that would break; None where none is known."""
        return max((each.last_seen for each in self.in_use), default=None)

    @property
    def share_of_client(self) -> float:
        """How much of what the client calls would break, from 0 to 1."""
        return self.calls / self.client_calls if self.client_calls else 0.0

    @property
    def share_of_all(self) -> float:
        """How much of all calls would break, from 0 to 1."""
        return self.calls / self.all_calls if self.all_calls else 0.0

    def to_log(self) -> dict[str, object]:
        """The figures that the registry's log keeps."""
        return {
            "calls": self.calls,
            "calls_per_day": self.calls_per_day,
            "share_of_client": round(self.share_of_client, 4),
            "share_of_all": round(self.share_of_all, 4),
            "last_seen": None if self.last_seen is None else self.last_seen.isoformat(timespec="seconds"),
        }


async def retire(
    database: Database, client: str, release: str, author: Author, *, force: bool = False, dry_run: bool = False
) -> Retirement:
    """End a release for good: its ids are answered with 410 Gone from now on.

    Args:
        database: migrated.
        client: its name.
        release: its name.
        author: who ends it.
        force: although `domain.registry.objections` finds some; the log has them, with the figures of its use.
        dry_run: only say what it would come to.

    Raises:
        InvalidTransition: it is retired already.
        Pinned: it is pinned.
        StillServed: it needs force.
        UnknownClient: there is no such client.
        UnknownRelease: it has no such release.
    """

    async def work(turn: Turn) -> Retirement:
        owner = await turn.client(client)
        row = await turn.release(owner, release)
        require_transition(row, ReleaseState.RETIRED)
        retirement = await _retirement(database, turn, owner, row)
        if dry_run:
            return retirement
        if row["pinned"]:
            raise Pinned(f"{client} {release} is pinned; `boxoffice operations unpin` lets it go.")
        if retirement.objections and not force:
            why = "; ".join(retirement.objections)
            raise StillServed(
                f"{client} {release} is {row['state']}, and {why}. `--dry-run` tells who would break, "
                "`boxoffice operations deprecate` announces its end, --force ends it all the same."
            )
        await turn.writes.change_release(row["release_id"], {"state": "retired", "retired_at": turn.at})
        told = {"before": row["state"], "forced": list(retirement.objections) or None, "lost": len(retirement.lost)}
        await turn.note("retire", owner, row, **told, **retirement.to_log())
        return retirement

    return await change(database, author, work)


async def _retirement(database: Database, turn: Turn, owner: Mapping[str, Any], row: Mapping[str, Any]) -> Retirement:
    mine = await turn.writes.ids_of(row["release_id"])
    others = await turn.writes.served_ids(owner["client_id"], besides=row["release_id"])
    client, release, since = owner["name"], row["name"], turn.at - IN_USE
    recent = await usage_by_operation(database, since)
    ever = await usage_by_operation(database, EVER, client=client, release=release)
    of_release = {key.public_id: each for key, each in recent.items() if (key.client, key.release) == (client, release)}
    in_use = _in_use(of_release, {key.public_id: each for key, each in ever.items()}, mine - others)
    state, sunset = ReleaseState(row["state"]), row["sunset_at"]
    calls = sum(each.calls for each in in_use)
    return Retirement(
        state=state,
        sunset=sunset,
        pinned=row["pinned"],
        objections=tuple(objections(state, row["published_at"], sunset, calls, turn.at)),
        lost=tuple(sorted(mine - others)),
        kept=tuple(sorted(mine & others)),
        in_use=in_use,
        client_calls=sum(each.calls for key, each in recent.items() if key.client == client),
        all_calls=sum(each.calls for each in recent.values()),
    )


def _in_use(recent: Mapping[str, Usage], ever: Mapping[str, Usage], lost: Collection[str]) -> tuple[InUse, ...]:
    found = []
    for public_id, usage in ever.items():
        of_late = recent.get(public_id)
        # What another release serves too breaks only for those who name this one.
        if usage.calls if public_id in lost else usage.calls_by_release:
            calls = 0 if of_late is None else of_late.calls if public_id in lost else of_late.calls_by_release
            found.append(InUse(public_id, calls, usage.last_seen))
    return tuple(sorted(found, key=lambda each: (-each.calls, each.public_id)))
