"""What the import of one source has to do, from what it says and what stands."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from commands.importing.changes import Changes, Wanted, compare
from commands.importing.rows import event_values, function_values, gathering_of
from commands.importing.source import Source
from db.imports import Imports, Known, KnownFunction
from domain.ids import uuid7
from integrations.schedules.merge import merge
from integrations.schedules.model import Gathering


@dataclass(frozen=True, slots=True)
class Home:
    """The organisation that a source is imported into, and the zone of what names none."""

    key: uuid.UUID
    zone: str


@dataclass(slots=True)
class Plan:
    """What to do.

    Attributes:
        functions: what to write of functions.
        events: what to write of events.
        linked: functions that the source names for the first time.
        unlinked: functions that it names no more.
        returning: events that are deleted and may come back: those that are listed again, and whatever went with a
            function that is restored.
        unlisted: events among `returning` that no schedule lists any more: they come with their function and go again.
    """

    functions: Changes = field(default_factory=Changes)
    events: Changes = field(default_factory=Changes)
    linked: list[uuid.UUID] = field(default_factory=list)
    unlinked: list[uuid.UUID] = field(default_factory=list)
    returning: list[Known] = field(default_factory=list)
    unlisted: list[uuid.UUID] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether everything is as the source has it."""
        return not (self.functions.rows or self.events.rows or self.linked or self.unlinked)


async def plan_of(imports: Imports, home: Home, source: Source, source_id: uuid.UUID, *, same: bool) -> Plan:
    """Decide what to do, by looking at every row that the source names or named.

    A function that other sources name too is what all of them make of it: what changed last stands where it says
    anything, and topics are united. Since such a row no longer tells who said what, a source that has not changed
    since it was last imported leaves it as it is: its part is in there already.

    Args:
        imports: in a transaction.
        home: the organisation.
        source: what it says.
        source_id: its key, new or known.
        same: whether it says what it said when it was last imported.
    """
    plan = Plan()
    external_ids = [gathering.external_id for gathering in source.gatherings]
    known = {row.external_id: row for row in await imports.functions_of(home.key, external_ids, source_id)}
    listed: list[tuple[Wanted, Gathering]] = []
    settled = 0
    for gathering in source.gatherings:
        row = known.pop(gathering.external_id, None)
        if row and same and row.mine and row.shared and not row.deleted:
            plan.functions.unchanged += 1
            settled += len(gathering.talks)
            continue
        function = _function(gathering, row, home)
        plan.functions.want(function, row)
        if row is None or not row.mine:
            plan.linked.append(function.key)
        if gathering.external_id in source.listings and (gathering.talks or not (row and row.shared)):
            listed.append((function, gathering))
    plan.unlinked = [row.key for row in known.values()]
    plan.functions.vanished = [row.key for row in known.values() if not row.shared and not row.deleted]
    await _plan_events(imports, plan, listed)
    plan.events.unchanged += settled
    return plan


def _function(gathering: Gathering, row: KnownFunction | None, home: Home) -> Wanted:
    said = merge((gathering_of(row), gathering))[0] if row and row.shared else gathering
    key = row.key if row else uuid7()
    return Wanted(key, home.key, gathering.external_id, gathering.slug, function_values(said, home.zone))


async def _plan_events(imports: Imports, plan: Plan, listed: Sequence[tuple[Wanted, Gathering]]) -> None:
    owners = {function.key for function, _ in listed}
    restored = {row.key for row in plan.functions.restored}
    standing = await imports.events_of(owners | restored)
    keys = {(row.owner, row.external_id): row.key for row in standing}
    wanted = [
        Wanted(
            keys.get((function.key, talk.external_id)) or uuid7(),
            function.key,
            talk.external_id,
            talk.slug,
            event_values(talk, function.values["timezone"]),
        )
        for function, gathering in listed
        for talk in gathering.talks
    ]
    plan.events = compare(wanted, [row for row in standing if row.owner in owners])
    again = {row.key for row in plan.events.restored}
    plan.returning = [row for row in standing if row.deleted and (row.key in again or row.owner in restored)]
    plan.unlisted = [
        row.key for row in plan.returning if row.key not in again and row.owner in owners and row.external_id
    ]
