"""Checking in, as those who stand at doors see it."""

from __future__ import annotations

import datetime as dt

import strawberry

from auth.permissions import Permission
from resolvers.check_ins import attendees_checked_in, firsts_of, overtaken_by, were_there_before
from schema.fields import column, derived, edge
from schema.registration import Attendee
from schema.user_error import UserError

PUBLIC = Permission.PUBLIC


@strawberry.type(description="A code that was shown at a door.")
class CheckIn:
    """`domain.check_in.CheckIn`, shown."""

    at: dt.datetime = column("When, by the door's clock.", permission=PUBLIC)
    place: str | None = column("At which door; null where it has no name.", permission=PUBLIC)
    recorded_at: dt.datetime = column("When this server was told.", permission=PUBLIC)


@strawberry.type(description="Whether somebody may come in.")
class CheckInPayload:
    """`resolvers.payloads.Payload` of a check-in, shown."""

    attendee: Attendee | None = edge(attendees_checked_in, "Whose code it is; null where nobody comes in by it.")
    already_checked_in: bool | None = derived(
        were_there_before,
        "Whether the code was shown before this: let nobody in. Null where nobody comes in by it.",
        reads=["result"],
    )
    first_check_in: CheckIn | None = derived(
        firsts_of, "The check-in that counts: the earliest that is known.", reads=["result"]
    )
    overtaken_check_in: CheckIn | None = derived(
        overtaken_by,
        "The check-in that counted until this one was told, which was earlier: somebody came in twice.",
        reads=["result"],
    )
    user_errors: list[UserError] = column("Why nobody comes in by this code; none where somebody does.")
