"""Facts: what has happened, as values that are written down where it became true and told afterwards.

A fact names what it is about, and holds what cannot be looked up later. People's names and addresses are looked up: a
fact is kept for weeks. Its shape is written down with a version. A field that is added, with a default, leaves the
version as it is; for any other change the class is kept under its old version for as long as such facts may wait, and
a new one is declared beside it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import types
import typing
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Final, Protocol


class Fact(Protocol):
    """Something that has happened; a frozen dataclass of texts, numbers, truths, UUIDs and moments.

    Attributes:
        topic: what has happened, as `subject.happened`.
        version: of the shape.
        registration_id: whose facts it stands in order with; None for one that stands by itself.
    """

    topic: ClassVar[str]
    version: ClassVar[int]
    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]

    @property
    def registration_id(self) -> uuid.UUID | None:
        """The registration that it is about."""


class UnknownFact(Exception):
    """A fact that this program cannot read: a newer one has written it, or it is broken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationHeld:
    """Somebody has ordered; the places are held for a while."""

    topic: ClassVar[str] = "registration.held"
    version: ClassVar[int] = 1

    registration_id: uuid.UUID
    hold_expires_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOffered:
    """Somebody on the waiting list has places held for them: the registration, until it expires."""

    topic: ClassVar[str] = "waiting_list.offered"
    version: ClassVar[int] = 1

    registration_id: uuid.UUID
    offer_expires_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationExpired:
    """A hold is over, and its places were given back."""

    topic: ClassVar[str] = "registration.expired"
    version: ClassVar[int] = 1

    registration_id: uuid.UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationCancelled:
    """An order was cancelled, and its places were given back; why, where that was said."""

    topic: ClassVar[str] = "registration.cancelled"
    version: ClassVar[int] = 1

    registration_id: uuid.UUID
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationRefunded:
    """All of an order was paid back, and its places were given back."""

    topic: ClassVar[str] = "registration.refunded"
    version: ClassVar[int] = 1

    registration_id: uuid.UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendeesChanged:
    """Other people come than was known, or more is known of them."""

    topic: ClassVar[str] = "registration.attendees_changed"
    version: ClassVar[int] = 1

    registration_id: uuid.UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationConfirmed:
    """Somebody's places are theirs: paid, or free and completed."""

    topic: ClassVar[str] = "registration.confirmed"
    version: ClassVar[int] = 1

    registration_id: uuid.UUID
    confirmation_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendeeCheckedIn:
    """Somebody came in at a door.

    Attributes:
        registration_id: by which order.
        attendee_id: who.
        event_id: at which event.
        at: when, by the door's clock.
        place: at which door; None where it has no name.
        was_first: whether it is the earliest that is known.
    """

    topic: ClassVar[str] = "attendee.checked_in"
    version: ClassVar[int] = 1

    registration_id: uuid.UUID
    attendee_id: uuid.UUID
    event_id: uuid.UUID
    at: dt.datetime
    place: str | None = None
    was_first: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentSucceeded:
    """Money came.

    Attributes:
        registration_id: for which order.
        payment_id: by which payment.
        problem: why it is not kept, and is given back; None where it is.
    """

    topic: ClassVar[str] = "payment.succeeded"
    version: ClassVar[int] = 1

    registration_id: uuid.UUID
    payment_id: uuid.UUID
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFailed:
    """An attempt to pay came to nothing; `reason` is the provider's word for why."""

    topic: ClassVar[str] = "payment.failed"
    version: ClassVar[int] = 1

    registration_id: uuid.UUID
    payment_id: uuid.UUID
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequested:
    """Money is to be given back."""

    topic: ClassVar[str] = "refund.requested"
    version: ClassVar[int] = 1

    registration_id: uuid.UUID
    payment_id: uuid.UUID
    refund_id: uuid.UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundSucceeded:
    """Money was given back."""

    topic: ClassVar[str] = "refund.succeeded"
    version: ClassVar[int] = 1

    registration_id: uuid.UUID
    payment_id: uuid.UUID
    refund_id: uuid.UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFailed:
    """Money could not be given back, and somebody has to look at it; `reason` is the provider's word for why."""

    topic: ClassVar[str] = "refund.failed"
    version: ClassVar[int] = 1

    registration_id: uuid.UUID
    payment_id: uuid.UUID
    refund_id: uuid.UUID
    reason: str | None = None


FACTS: Final[Mapping[tuple[str, int], type[Fact]]] = {
    (fact.topic, fact.version): fact
    for fact in (
        RegistrationHeld,
        PlaceOffered,
        RegistrationExpired,
        RegistrationCancelled,
        RegistrationRefunded,
        AttendeesChanged,
        RegistrationConfirmed,
        AttendeeCheckedIn,
        PaymentSucceeded,
        PaymentFailed,
        RefundRequested,
        RefundSucceeded,
        RefundFailed,
    )
}
"""Every fact that can be read, by its topic and version."""

Payload = dict[str, Any]
"""A fact as JSON: `{"version": 1, "data": {…}}`."""


def payload_of(fact: Fact) -> Payload:
    """A fact as it is written down."""
    data = {each.name: _written(getattr(fact, each.name)) for each in dataclasses.fields(fact)}
    return {"version": fact.version, "data": data}


def fact_of(topic: str, payload: Mapping[str, Any]) -> Fact:
    """Read what `payload_of` made. A field that the class does not know is passed over.

    Raises:
        UnknownFact: there is no such fact, or it is not of its shape.
    """
    version, data = payload.get("version"), payload.get("data")
    kind = FACTS.get((topic, version)) if isinstance(version, int) else None
    if kind is None or not isinstance(data, Mapping):
        raise UnknownFact(f"{topic} of version {version!r} is not known here")
    try:
        return kind(**{name: _read(data[name], hint) for name, hint in _hints(kind).items() if name in data})
    except (TypeError, ValueError) as error:
        raise UnknownFact(f"{topic} of version {version} is not of its shape: {error}") from None


def _written(value: object) -> object:
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    assert value is None or isinstance(value, str | int), "a text, a number or a truth"
    return value


def _read(value: object, hint: Any) -> object:  # noqa: ANN401 - a type, or a union of such
    accepted = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    if value is None and type(None) in accepted:
        return None
    if isinstance(value, str) and uuid.UUID in accepted:
        return uuid.UUID(value)
    if isinstance(value, str) and dt.datetime in accepted:
        return dt.datetime.fromisoformat(value)
    if type(value) not in accepted:
        raise TypeError(f"{type(value).__name__} where {hint} belongs")
    return value


@lru_cache
def _hints(kind: type[Fact]) -> Mapping[str, Any]:
    hints = typing.get_type_hints(kind)
    return {each.name: hints[each.name] for each in dataclasses.fields(kind)}
