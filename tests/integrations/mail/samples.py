"""A confirmation to render and to send."""

import datetime as dt
import uuid

from auth.check_in_codes import CheckInKeys
from domain.money import Money
from integrations.mail.confirmation import Admission, Confirmation, Happening, Line, Tax
from integrations.mail.messages import Parts

KEYS = CheckInKeys.of([b"k" * 32])
CONFIRMED = dt.datetime(2027, 4, 1, 9, tzinfo=dt.UTC)
PARTS = Parts(recipient="ada@example.org", recipient_name="Ada Lovelace", key="0189.7", at=CONFIRMED)


def happening(number: int = 0, **given: object) -> Happening:
    values: dict[str, object] = {
        "event_id": uuid.UUID(int=number + 1),
        "title": "Opening <day> & night",
        "start": dt.datetime(2027, 5, 1 + number, 8, tzinfo=dt.UTC),
        "end": dt.datetime(2027, 5, 1 + number, 16, tzinfo=dt.UTC),
        "timezone": "Europe/Brussels",
        "location": "Hall 4",
    }
    return Happening(**{**values, **given})  # type: ignore[arg-type]  # of its shape, as the tests say


def admission(number: int, where: Happening, name: str | None = "Ada Lovelace") -> Admission:
    key = uuid.UUID(int=100 + number)
    return Admission(attendee_id=key, name=name, ticket="Day ticket", happening=where, code=KEYS.issue(key))


def confirmation(**given: object) -> Confirmation:
    where = happening()
    values: dict[str, object] = {
        "organisation": "Harbour Lights",
        "function": "Winter Lights Weekend",
        "function_when": "1 to 2 May 2027",
        "function_location": "Ghent",
        "confirmation_number": "7KQ2M9",
        "confirmed_at": CONFIRMED,
        "lines": [Line(2, "Weekend package", Money(125_000, "EUR"))],
        "discount": Money(0, "EUR"),
        "taxes": [Tax("VAT 6%", Money(7_075, "EUR"), is_included=True)],
        "total": Money(125_000, "EUR"),
        "admissions": [admission(0, where), admission(1, where, None)],
    }
    return Confirmation(**{**values, **given})  # type: ignore[arg-type]  # of its shape, as the tests say
