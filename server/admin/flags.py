"""Feature flags."""

from __future__ import annotations

import datetime as dt
from typing import Any

from starlette.requests import Request
from starlette_admin.exceptions import FormValidationError

from commands.flags import Read, update_feature_flag
from db.flags import changed_flags
from domain.flags import EVERYONE, KNOWN, SEGMENTS, Flag
from server.admin.desk import told_beside
from server.admin.fields import Switch, json_field, number_field, reason, shown, version
from server.admin.view import DeskView, Item, Stretch


class FlagView(DeskView):
    """Every flag, and for whom it is on."""

    key = "flags"
    display_name = "Flag"
    menu_label = "Feature flags"
    icon = "fa-solid fa-toggle-on"
    about = "What is on, for whom, and since when. A change is everywhere within a second."
    finds = "Name"
    fields = (
        version(),
        shown("title", "Flag"),
        shown("description", "What it decides"),
        Switch("enabled", label="On", help_text="Off for everyone, where it is not."),
        number_field(
            "percentage",
            "Share, %",
            required=True,
            help_text=f"Per cent of all who are in no segment: 0 to {EVERYONE}. Raising it takes the flag from nobody.",
        ),
        json_field(
            "segments",
            "Segments",
            exclude_from_list=True,
            help_text=f"For whom it is on whatever the share: an object with lists by {', '.join(SEGMENTS)}.",
        ),
        shown("updated_at", "Changed"),
        reason(),
    )

    async def stretch(self, request: Request, q: str | None, sort: tuple[str, str], size: int) -> Stretch:  # noqa: ARG002 - there are few
        """All of them; or those whose name has a word in it."""
        flags = await self._flags()
        return Stretch([_item(flag) for key, flag in flags.items() if not q or q.lower() in key.lower()])

    async def find(self, request: Request, pk: str) -> Item | None:  # noqa: ARG002 - all administrators see the same
        """One of them, as the database has it: what this process knows by heart may be half a second old."""
        flag = (await self._flags()).get(pk)
        return None if flag is None else _item(flag)

    async def _flags(self) -> dict[str, Flag]:
        graphql = self.desk.graphql
        changed = await changed_flags(graphql.database)
        return {key: changed.get(key) or graphql.flags.defaults[key] for key in KNOWN}

    async def edit(self, request: Request, pk: str, data: dict[str, Any]) -> Item:
        """Change one, if it still is what was read."""
        given = {name: data[name] for name in ("enabled", "percentage")}
        given["segments"] = data["segments"] or {}
        with told_beside({field.name for field in self.fields}):
            read = Read(_moment(data["version"]))
            await update_feature_flag(self.desk.writer(request), key=pk, given=given, reason=data["reason"], read=read)
        found = await self.find(request, pk)
        assert found is not None, "it was there, and no flag is ever deleted"
        return found


def _moment(text: str | None) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(text) if text else None
    except ValueError:
        raise FormValidationError({"version": "This form is not one of these pages: load it again."}) from None


def _item(flag: Flag) -> Item:
    at = flag.updated_at
    return Item(
        id=flag.key,
        title=flag.key,
        description=KNOWN[flag.key],
        enabled=flag.enabled,
        percentage=flag.percentage,
        segments={kind: list(members) for kind, members in flag.segments.items()},
        updated_at=None if at is None else f"{at:%Y-%m-%d %H:%M} UTC",
        version="" if at is None else at.isoformat(),
    )
