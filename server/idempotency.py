"""The idempotency key of a request: whose it is, what it is for, and what is answered to a repeat.

It stands in the header `Idempotency-Key`, or in `@idempotent` on the field, and means the same in both. The header is
that of the IETF's draft (draft-ietf-httpapi-idempotency-key-header), with its statuses: 400 for a key
that is none, 409 while the first request is under way, 422 for a key that was used for something else.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Final

import orjson
import structlog
from graphql import FieldNode, OperationDefinitionNode, OperationType, SelectionNode
from graphql.execution.values import VariableValues

from auth.viewer import Role
from db.database import Database
from db.failures import is_unavailable
from db.once import InFlight, Mismatch, Once
from domain.errors import Refusal
from persisted_queries.idempotent import MAX_KEY_LENGTH, stated_key
from server.caching.store import Key
from server.calling import Caller
from server.errors import is_lasting, unavailable
from server.http.answer import Executed, Kept, content_of
from server.http.caching import Content, Freshness
from server.http.refusals import Refused

_NOT_KEPT: Final = Freshness(0, shared=False)

_log = structlog.get_logger(__name__)


def once_of(
    caller: Caller, node: OperationDefinitionNode, variables: VariableValues, request: Key, now: dt.datetime
) -> Once | None:
    """By what a repeat of a mutation is known; None where it has no key.

    Args:
        caller: who asks, with the key of the header.
        node: the operation.
        variables: coerced.
        request: the identity of the operation, and its variables in canonical form.
        now: when.

    Raises:
        Refused: 400: the key is none, there are two, or the operation holds more than one mutation.
    """
    if node.operation is not OperationType.MUTATION:
        return None
    fields = node.selection_set.selections
    key = _key(caller.idempotency_key, fields[0], variables)
    if key is None:
        return None
    if not key.strip() or len(key) > MAX_KEY_LENGTH or not key.isprintable():
        raise _no_key(f"An idempotency key must be a text of 1 to {MAX_KEY_LENGTH} characters, such as a UUID.")
    if len(fields) != 1 or not isinstance(fields[0], FieldNode):
        raise _no_key("An idempotency key is for one mutation: send each in an operation of its own.")
    digest = hashlib.sha256(orjson.dumps(request, default=str)).hexdigest()
    return Once(_principal(caller), key, fields[0].name.value, digest, now)


def _key(in_head: str | None, first: SelectionNode, variables: VariableValues) -> str | None:
    """The key, wherever it stands; with `@idempotent`, the first field is the only one."""
    stated = stated_key(first, variables) if isinstance(first, FieldNode) else None
    if None not in {in_head, stated} and in_head != stated:
        raise _no_key("`Idempotency-Key` in the head has another key than `@idempotent`: give one, or the same twice.")
    return in_head if stated is None else stated


def _no_key(message: str) -> Refused:
    return Refused(400, "INVALID_IDEMPOTENCY_KEY", message)


def _principal(caller: Caller) -> str:
    """Whose keys are apart from those of others: a customer's, a guest's, a partner's; else those of the program."""
    viewer = caller.viewer
    client = "-" if caller.client is None else str(caller.client.client_id)
    if viewer.registration_id is not None:
        return f"guest {viewer.registration_id} {client}"
    if viewer.customer_id is not None:
        return f"customer {viewer.customer_id} {client}"
    return f"{'partner' if viewer.role is Role.PARTNER else 'anonymous'} {client}"


async def answer_once(database: Database, once: Once, executed: Executed) -> Executed | Kept:
    """What is answered to a request with a key: the first answer, which is written down before it is sent.

    What failed without having had an effect is not kept: a repeat tries again. Nor is what will not fail the next time:
    a repeat is then answered from what the effect came to.

    Raises:
        Refused: 409, 422; 503 where it could not be written down, and is not answered therefore.
    """
    if once.refusal is not None:
        raise _refused(once.refusal)
    if once.answer is not None:
        return Kept(Content(once.answer), _NOT_KEPT, executed.headers)
    if executed.errors and not (once.is_recorded and is_lasting(executed.errors)):
        return executed
    plain = content_of(Executed(executed.data, executed.errors)).body
    try:
        kept = await once.answered(database, plain)
    except (InFlight, Mismatch) as refusal:
        raise _refused(refusal) from None
    except Exception as error:
        if not is_unavailable(error):
            raise
        _log.warning("database unavailable", reason=repr(error))
        raise unavailable() from None
    return executed if kept == plain and executed.extensions else Kept(Content(kept), _NOT_KEPT, executed.headers)


def _refused(refusal: Refusal) -> Refused:
    if isinstance(refusal, Mismatch):
        return Refused(422, refusal.code, str(refusal))
    return Refused(409, refusal.code, str(refusal), headers={"Retry-After": "1"})
