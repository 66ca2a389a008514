"""What the program brings with it: the client `rest`, whose named routes are an API for callers of plain HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from commands.clients import ensure_public_client
from commands.registering import Author
from commands.registry import Published, publish
from db.database import Database
from persisted_queries.compiling import Target
from persisted_queries.publications import Publication
from server.publishing import read_path

CLIENT: Final = "rest"
RELEASE: Final = "1.1.0"
"""Goes up with every change of the documents: a release never changes."""

AUTHOR: Final = Author("boxoffice")

_FOLDER: Final = Path(__file__).parent / CLIENT


def builtin() -> Publication:
    """The documents of the release, and their routes."""
    return read_path(_FOLDER)


async def publish_builtin(database: Database, target: Target, author: Author = AUTHOR) -> Published:
    """Publish the release, unless that was done; make the client, unless there is one.

    Raises:
        ClientExists: there is another client of this name, which is not public.
        OperationsRefused: another public client has one of the routes.
        ReleaseExists: a release of this name was published with other operations.
    """
    await ensure_public_client(database, CLIENT, author)
    return await publish(database, target, CLIENT, RELEASE, builtin().candidates(CLIENT), author)
