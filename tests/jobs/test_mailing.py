"""A registration that is confirmed is told by mail, once for each fact."""

import datetime as dt
import email
import email.policy
import uuid
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from auth.check_in_codes import CheckInKeys
from auth.guests import guest_key, verify_guest_token
from db import outbox
from db.database import Database, DatabaseOptions, open_database
from db.outbox import Entry
from domain.facts import Fact, PlaceOffered, RefundSucceeded, RegistrationCancelled, RegistrationConfirmed
from domain.ids import encode_global_id
from integrations.mail.messages import Sender
from integrations.mail.post import MailFolder
from jobs.mailing import Mailing, OfferPage, days
from jobs.relay import GivenUp
from tests.plugins.graph import Graph

KEYS = CheckInKeys.of([b"k" * 32])


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with open_database(DatabaseOptions(database_url, pool_size=3, under_roles=True)) as database:
        yield database


@pytest.fixture
def mailing(database: Database, tmp_path: Path) -> Mailing:
    return Mailing(database=database, post=MailFolder(tmp_path), sender=Sender("shop@example.org"), keys=KEYS)


def order(graph: Graph, **columns: object) -> tuple[uuid.UUID, list[uuid.UUID]]:
    """A confirmed order of two places at one event, and its attendees; a third was cancelled."""
    function = graph.function(
        name="Winterfest", start_date=dt.date(2027, 5, 1), end_date=dt.date(2027, 5, 3), location="Ghent"
    )
    event = graph.event(
        function,
        title="Opening",
        event_start=dt.datetime(2027, 5, 1, 8, tzinfo=dt.UTC),
        event_end=dt.datetime(2027, 5, 1, 16, tzinfo=dt.UTC),
    )
    ticket = graph.ticket(event, name="Day ticket")
    confirmed = {
        "state": "CONFIRMED",
        "confirmation_number": "7KQ2M9",
        "confirmed_at": dt.datetime(2027, 4, 1, tzinfo=dt.UTC),
        "function_id": function,
        "email": "ada@example.org",
        "subtotal_amount": 2500,
        "discount_amount": 500,
        "total_amount": 2000,
    }
    registration = graph.registration(**confirmed | columns)
    line = graph.line(registration, ticket, quantity=2, total_amount=2500)
    graph.registration_tax(registration)
    people = [
        graph.attendee(registration, line, ticket, event, person=person, name=name, state=state)
        for person, (name, state) in enumerate([("Ada", "VALID"), ("Grace", "VALID"), ("Eve", "CANCELLED")])
    ]
    return registration, people


async def entry_of(
    graph: Graph, database: Database, registration: uuid.UUID, fact: Fact | None = None
) -> tuple[Entry, Fact]:
    await graph.flush()
    fact = fact or RegistrationConfirmed(registration_id=registration, confirmation_number="7KQ2M9")
    async with database.write(sells=True) as transaction:
        await outbox.record(transaction, fact)
    async with database.write(sells=True) as transaction:
        (entry,) = await outbox.take(transaction, at_most=1, lease=dt.timedelta(minutes=1))
    return entry, fact


def mails(folder: Path) -> list[EmailMessage]:
    return [
        email.message_from_bytes(file.read_bytes(), policy=email.policy.default)  # type: ignore[misc]  # the policy's
        for file in sorted(folder.glob("*.eml"))
    ]


async def test_whoever_ordered_is_told_what_when_where_and_how_to_come_in(
    graph: Graph, database: Database, mailing: Mailing, tmp_path: Path
) -> None:
    registration, (ada, grace, _) = order(graph)
    await mailing.confirm(*await entry_of(graph, database, registration))

    (mail,) = mails(tmp_path)
    body = mail.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert (mail["To"], mail["From"]) == ("ada@example.org", "Home <shop@example.org>")
    assert mail["Subject"] == "Winterfest: your registration 7KQ2M9 is confirmed"
    for words in (
        "1 to 3 May 2027",
        "Saturday 1 May 2027, 10:00 to 18:00 (Europe/Brussels)",
        "2 x Day ticket: EUR 25.00",
        "Discount: -EUR 5.00",
        "Total: EUR 20.00",
        "of which VAT: EUR 2.17",
        "Ada, Day ticket",
        "Grace, Day ticket",
    ):
        assert words in text
    assert "Eve" not in text, "her place was cancelled"
    codes = [line.removeprefix("  Code for the door: ") for line in text.splitlines() if "Code for" in line]
    assert [KEYS.read(code) for code in codes] == [ada, grace]
    (calendar,) = mail.iter_attachments()
    assert len(Calendar.from_ical(calendar.get_content()).walk("VEVENT")) == 1


async def test_the_same_fact_told_twice_is_one_mail(
    graph: Graph, database: Database, mailing: Mailing, tmp_path: Path
) -> None:
    entry, fact = await entry_of(graph, database, order(graph)[0])
    await mailing.confirm(entry, fact)
    await mailing.confirm(entry, fact)

    assert len(mails(tmp_path)) == 1


async def test_a_customer_without_an_address_in_the_order_is_told_at_their_own(
    graph: Graph, database: Database, mailing: Mailing, tmp_path: Path
) -> None:
    customer = graph.customer(name="Ada Lovelace", email="own@example.org")
    await mailing.confirm(*await entry_of(graph, database, order(graph, customer_id=customer, email=None)[0]))

    assert mails(tmp_path)[0]["To"] == "Ada Lovelace <own@example.org>"


async def test_where_nobody_can_be_told_it_is_given_up(
    graph: Graph, database: Database, mailing: Mailing, tmp_path: Path
) -> None:
    customer = graph.customer(email=None)
    entry, fact = await entry_of(graph, database, order(graph, customer_id=customer, email=None)[0])

    with pytest.raises(GivenUp, match="neither the registration nor its customer"):
        await mailing.confirm(entry, fact)
    assert mails(tmp_path) == []


async def test_an_order_that_was_refunded_meanwhile_is_not_confirmed(
    graph: Graph, database: Database, mailing: Mailing, tmp_path: Path
) -> None:
    await mailing.confirm(*await entry_of(graph, database, order(graph, state="REFUNDED")[0]))

    assert mails(tmp_path) == []


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).split())


SOON = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
HELD = {"state": "HELD", "confirmation_number": None, "confirmed_at": None, "hold_expires_at": SOON}


@pytest.mark.parametrize("has_account", [False, True])
async def test_an_offer_is_told_with_its_deadline_and_a_link_that_lets_a_guest_in(
    graph: Graph, database: Database, tmp_path: Path, *, has_account: bool
) -> None:
    page = OfferPage("https://tickets.example.org/offer", b"s" * 32)
    mailing = Mailing(
        database=database, post=MailFolder(tmp_path), sender=Sender("shop@example.org"), keys=KEYS, offers=page
    )
    customer = graph.customer() if has_account else None
    registration, _ = order(graph, **HELD, customer_id=customer)
    fact = PlaceOffered(registration_id=registration, offer_expires_at=SOON)
    await mailing.tell_of_offer(*await entry_of(graph, database, registration, fact))

    (mail,) = mails(tmp_path)
    text = text_of(mail)
    there = SOON.astimezone(ZoneInfo("Europe/Brussels"))
    assert mail["Subject"] == "Winterfest: a place has come free for you"
    assert f"{there:%H:%M} (Europe/Brussels)" in text
    assert "2 x Day ticket: EUR 25.00" in text
    link = text.partition("Accept the offer: ")[2].split()[0]
    said = parse_qs(urlsplit(link).fragment)
    assert said["id"] == [encode_global_id("WaitingListEntry", registration)]
    if has_account:
        assert "token" not in said
    else:
        _, viewer = verify_guest_token(guest_key(b"s" * 32), said["token"][0])
        assert viewer.registration_id == registration


async def test_without_a_page_for_it_an_offer_says_where_to_go(
    graph: Graph, database: Database, mailing: Mailing, tmp_path: Path
) -> None:
    registration, _ = order(graph, **HELD)
    fact = PlaceOffered(registration_id=registration, offer_expires_at=SOON)
    await mailing.tell_of_offer(*await entry_of(graph, database, registration, fact))

    assert "where you joined the waiting list" in text_of(mails(tmp_path)[0])


@pytest.mark.parametrize(("state", "hours"), [("HELD", -2), ("EXPIRED", 0), ("CANCELLED", 0), ("CONFIRMED", 0)])
async def test_of_an_offer_that_is_over_nothing_is_told(
    graph: Graph, database: Database, mailing: Mailing, tmp_path: Path, state: str, hours: int
) -> None:
    registration, _ = order(graph, state=state, hold_expires_at=SOON)
    fact = PlaceOffered(registration_id=registration, offer_expires_at=SOON + dt.timedelta(hours=hours))
    await mailing.tell_of_offer(*await entry_of(graph, database, registration, fact))

    assert mails(tmp_path) == []


async def test_a_cancellation_is_told_to_whoever_had_places_for_sure(
    graph: Graph, database: Database, mailing: Mailing, tmp_path: Path
) -> None:
    for sure in ({}, {"confirmed_at": None, "confirmation_number": None}):
        registration, _ = order(graph, state="CANCELLED", **{"confirmation_number": "7KQ2M9", **sure})
        fact = RegistrationCancelled(registration_id=registration, reason="The hall <burnt> down.")
        await mailing.tell_of_cancellation(*await entry_of(graph, database, registration, fact))

    (mail,) = mails(tmp_path)
    assert mail["Subject"] == "Winterfest: your registration is cancelled (7KQ2M9)"
    assert "let nobody in any more" in text_of(mail)
    assert "The reason that was given: The hall <burnt> down." in text_of(mail)


@pytest.mark.parametrize(
    ("state", "problem", "words"),
    [
        ("REFUNDED", None, "All of your order was refunded"),
        ("PARTIALLY_REFUNDED", None, "the places that you keep stay yours"),
        ("EXPIRED", "HOLD_EXPIRED", "others have the places"),
    ],
)
async def test_a_refund_is_told_with_how_much_and_why(
    graph: Graph,
    database: Database,
    mailing: Mailing,
    tmp_path: Path,
    state: str,
    problem: str | None,
    words: str,
) -> None:
    registration, _ = order(graph, state=state)
    came = {"problem": problem, "received_amount": 1250, "received_currency": "EUR"} if problem else {}
    payment = graph.payment(registration, **came)
    refund = graph.refund(payment, amount=1250)
    fact = RefundSucceeded(registration_id=registration, payment_id=payment, refund_id=refund)
    await mailing.tell_of_refund(*await entry_of(graph, database, registration, fact))

    (mail,) = mails(tmp_path)
    assert mail["Subject"] == "Winterfest: your refund (7KQ2M9)"
    assert "EUR 12.50 is on its way back" in text_of(mail)
    assert words in text_of(mail)


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (None, None, None),
        (dt.date(2027, 5, 1), None, "1 May 2027"),
        (dt.date(2027, 5, 1), dt.date(2027, 5, 1), "1 May 2027"),
        (dt.date(2027, 5, 1), dt.date(2027, 5, 3), "1 to 3 May 2027"),
        (dt.date(2027, 5, 30), dt.date(2027, 6, 1), "30 May to 1 June 2027"),
        (dt.date(2027, 12, 31), dt.date(2028, 1, 1), "31 December 2027 to 1 January 2028"),
    ],
)
def test_days_in_words(first: dt.date | None, last: dt.date | None, words: str | None) -> None:
    assert days(first, last) == words
