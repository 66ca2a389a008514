"""Facts are read as they were written, by programs that are older and newer than the writer."""

import dataclasses
import datetime as dt
import json
import typing
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.facts import FACTS, AttendeeCheckedIn, Fact, RegistrationConfirmed, UnknownFact, fact_of, payload_of

ORDER, PERSON, EVENT = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
MOMENT = dt.datetime(2027, 5, 1, 12, 30, tzinfo=dt.timezone(dt.timedelta(hours=2)))

moments = st.datetimes(
    dt.datetime(1970, 1, 1),  # noqa: DTZ001 - the zone is drawn apart
    dt.datetime(2200, 1, 1),  # noqa: DTZ001 - the same
    timezones=st.sampled_from([dt.UTC, dt.timezone(dt.timedelta(hours=-9, minutes=-30))]),
)


def of_its_shape(kind: type[Fact]) -> st.SearchStrategy[Fact]:
    given = {name: moments for name, hint in typing.get_type_hints(kind).items() if hint is dt.datetime}
    return st.builds(kind, **given)


@given(st.one_of(of_its_shape(kind) for kind in FACTS.values()))
def test_a_fact_is_read_as_it_was_written(fact: Fact) -> None:
    assert fact_of(fact.topic, json.loads(json.dumps(payload_of(fact)))) == fact


def test_what_is_written_is_plain_json() -> None:
    fact = AttendeeCheckedIn(registration_id=ORDER, attendee_id=PERSON, event_id=EVENT, at=MOMENT, place="North")

    assert payload_of(fact) == {
        "version": 1,
        "data": {
            "registration_id": str(ORDER),
            "attendee_id": str(PERSON),
            "event_id": str(EVENT),
            "at": "2027-05-01T10:30:00+00:00",
            "place": "North",
            "was_first": True,
        },
    }


def test_what_a_newer_program_adds_is_passed_over_and_what_an_older_one_left_out_has_its_default() -> None:
    fact = AttendeeCheckedIn(registration_id=ORDER, attendee_id=PERSON, event_id=EVENT, at=MOMENT)
    data = payload_of(fact)["data"]
    del data["place"], data["was_first"]

    assert fact_of(fact.topic, {"version": 1, "data": {**data, "weather": "rain"}}) == fact


GOOD = {"registration_id": str(ORDER), "confirmation_number": "ABC234"}


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("registration.painted", {"version": 1, "data": GOOD}),
        (RegistrationConfirmed.topic, {"version": 2, "data": GOOD}),
        (RegistrationConfirmed.topic, {"version": "1", "data": GOOD}),
        (RegistrationConfirmed.topic, {"data": GOOD}),
        (RegistrationConfirmed.topic, {"version": 1, "data": [1]}),
        (RegistrationConfirmed.topic, {"version": 1, "data": {"confirmation_number": "ABC234"}}),
        (RegistrationConfirmed.topic, {"version": 1, "data": {**GOOD, "confirmation_number": 7}}),
        (RegistrationConfirmed.topic, {"version": 1, "data": {**GOOD, "registration_id": "seven"}}),
        (RegistrationConfirmed.topic, {"version": 1, "data": {**GOOD, "registration_id": None}}),
    ],
)
def test_what_cannot_be_read_is_said_to_be_unknown(topic: str, payload: dict[str, Any]) -> None:
    with pytest.raises(UnknownFact):
        fact_of(topic, payload)


def test_every_fact_is_a_value_and_says_whose_it_is() -> None:
    for kind in FACTS.values():
        assert dataclasses.is_dataclass(kind)
        assert "registration_id" in {each.name for each in dataclasses.fields(kind)}
        assert kind.__doc__
