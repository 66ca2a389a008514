"""What the pages read from and write through, on behalf of the administrator who asks."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette_admin.exceptions import ActionFailed, FormValidationError

from commands.announcing import announced
from commands.registering import Author
from commands.writing import Writer
from db.once import Mismatch, Once
from domain.errors import InvalidCursor, Refusal
from domain.user_errors import Rejected, UserError
from persisted_queries.live import LiveRegistry
from resolvers.context import Context
from schema.mutating import writer_of
from server.calling import Caller, actor_of
from server.graphql import GraphQLServer

REASON: Final = "asked for on the administrators' pages"

IN_GENERAL: Final = "version"
"""The field of a form beside which that is told which is no other field's fault."""

ONCE: Final = "once"
"""The same of a form for something new: by what the form is known, should it be sent twice."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The same server as the API's, for administrators.

    Attributes:
        graphql: reads and writes.
        registry: holds clients and their releases.
    """

    graphql: GraphQLServer
    registry: LiveRegistry

    def context(self, request: Request) -> Context:
        """What reads on behalf of whoever asks."""
        caller: Caller = request.state.caller
        return self.graphql.context_for(caller)

    def writer(self, request: Request) -> Writer:
        """What writes on their behalf."""
        return replace(writer_of(self.context(request)), reason=REASON)

    def once(self, request: Request, form: str, made: str, given: Mapping[str, Any]) -> Once:
        """By what it is known that a form for something new is sent a second time.

        Args:
            request: asks for it.
            form: by what the form is known.
            made: the type of what it makes.
            given: what was typed.
        """
        digest = hashlib.sha256(orjson.dumps(given, default=str, option=orjson.OPT_SORT_KEYS)).hexdigest()
        caller: Caller = request.state.caller
        principal = f"administrator {caller.viewer.subject}"
        return Once(principal, form, f"create {made}", digest, self.context(request).now)

    @asynccontextmanager
    async def changing_registry(self, request: Request, reason: str) -> AsyncIterator[Author]:
        """Change the registry within the block; it ends when every process serves what was changed.

        Raises:
            Refusal: the reason is none, or the change does not reach every process.
        """
        author = Author(actor_of(request.state.caller).name, reason=reason)
        async with announced(self.graphql.database, self.registry.cache):
            yield author
            await self.registry.ask_database()


@contextmanager
def told_beside(fields: Collection[str], general: str = IN_GENERAL) -> Iterator[None]:
    """Tell beside the fields of a form why it is refused.

    Args:
        fields: of the form, by their names.
        general: beside which of them that is told which is no other's fault.
    """
    try:
        yield
    except Rejected as rejected:
        told: dict[str | int, str] = {}
        for error in rejected.errors:
            name = _field_of(error, fields) or general
            told[name] = f"{told[name]} {error.message}" if name in told else error.message
        raise FormValidationError(told) from None
    except Mismatch:
        message = "This form was sent before, with other values: what it made is there. Begin anew to make another."
        raise FormValidationError({general: message}) from None
    except Refusal as refusal:
        raise FormValidationError({general: str(refusal)}) from None


@contextmanager
def told_above() -> Iterator[None]:
    """Tell above the page why an action is refused."""
    try:
        yield
    except Rejected as rejected:
        raise ActionFailed(" ".join(error.message for error in rejected.errors)) from None
    except Refusal as refusal:
        raise ActionFailed(str(refusal)) from None


@contextmanager
def well_asked() -> Iterator[None]:
    """Refuse an address that no link of these pages has."""
    try:
        yield
    except InvalidCursor:
        raise HTTPException(400, "This page of the list is of another order: begin again.") from None
    except Refusal as refusal:
        raise HTTPException(400, str(refusal)) from None


def _field_of(error: UserError, fields: Collection[str]) -> str | None:
    name = "" if not error.field else error.field[min(1, len(error.field) - 1)]
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    return snake if snake in fields else None
