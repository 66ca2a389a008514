"""Whether there is what a deployment is to show, looked for before it serves."""

from __future__ import annotations

import structlog

from db.database import Database
from db.deployment import Within
from db.failures import NOT_MIGRATED, UNAVAILABLE
from db.shown import Shown, look_for
from domain.errors import Refusal

_log = structlog.get_logger(__name__)


class NothingToShow(Refusal):
    """A deployment is to show something that was never there."""

    code = "NOTHING_TO_SHOW"


async def check_shown(database: Database, within: Within | None) -> None:
    """Refuse to serve what is not there: it would be an empty shop, for which somebody mistyped a key.

    What was deleted may be restored at any time, so that is told and served; and so is a database that cannot be asked.

    Raises:
        NothingToShow: there is no such function, or organisation, and never was.
    """
    if within is None:
        return
    try:
        shown = await look_for(database, within)
    except (*UNAVAILABLE, *NOT_MIGRATED) as error:
        _log.warning("not known whether what is to be shown is there", shown=str(within), reason=repr(error))
        return
    name = within.part.value
    if shown is Shown.NOWHERE:
        raise NothingToShow(
            f"{name.upper()}_ID is {within.key}, and this database holds no {name} of that key: "
            "set one that there is, or FILTER_TO=all"
        )
    if shown is Shown.DELETED:
        _log.error("what is to be shown was deleted: nothing is shown until it is restored", shown=str(within))
