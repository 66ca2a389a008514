"""What the mail of a confirmed registration says, and how it looks to programs."""

import datetime as dt
import email
import email.policy
import re
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest
from icalendar import Calendar

from domain.money import Money
from integrations.mail.confirmation import Line, Tax, confirm, money
from integrations.mail.messages import Letter, Parts, Sender, Undeliverable, message_of
from tests.integrations.mail.samples import CONFIRMED, KEYS, PARTS, admission, confirmation, happening

SENDER = Sender("tickets@example.org")


def written(letter: Letter) -> EmailMessage:
    """As a reader gets it."""
    message = email.message_from_bytes(message_of(letter, SENDER).as_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


class Page(HTMLParser):
    """What of a page is to be checked."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.images: list[dict[str, str | None]] = []
        self.tags: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "img":
            self.images.append(dict(attrs))


def test_the_parts_are_those_that_mail_programs_expect() -> None:
    message = written(confirm(confirmation(), PARTS))

    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "image/png",
        "text/calendar",
    ]
    assert message.defects == []


def test_the_head_says_from_whom_to_whom_and_which_letter_it_is() -> None:
    message = written(confirm(confirmation(), PARTS))

    assert message["From"] == "Harbour Lights <tickets@example.org>"
    assert message["To"] == "Ada Lovelace <ada@example.org>"
    assert message["Subject"] == "Winter Lights Weekend: your registration 7KQ2M9 is confirmed"
    assert message["Message-ID"] == "<0189.7@example.org>"
    assert message["Date"].datetime == CONFIRMED
    assert message["Auto-Submitted"] == "auto-generated"


def test_every_attendee_has_a_code_as_a_picture_with_words_and_as_text() -> None:
    it = confirmation()
    message = written(confirm(it, PARTS))
    html, text = (message.get_body((kind,)) for kind in ("html", "plain"))
    assert html is not None
    assert text is not None
    pictures = {part["Content-ID"]: part for part in message.walk() if part.get_content_type() == "image/png"}
    page = Page(html.get_content())

    assert len(page.images) == len(pictures) == 2
    for each, image in zip(it.admissions, page.images, strict=True):
        assert KEYS.read(each.grouped_code) == each.attendee_id
        assert each.grouped_code in text.get_content()
        assert each.grouped_code in str(image["alt"])
        assert f"<{str(image['src']).removeprefix('cid:')}>" in pictures
    assert "(no name yet)" in text.get_content()


def test_a_picture_is_a_square_of_whole_modules_with_a_margin() -> None:
    message = written(confirm(confirmation(), PARTS))
    png = next(part.get_content() for part in message.walk() if part.get_content_type() == "image/png")

    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert int.from_bytes(png[16:20]) == int.from_bytes(png[20:24]) == 6 * (29 + 2 * 4)


def test_names_are_text_in_html_and_as_they_are_in_plain_text() -> None:
    message = written(confirm(confirmation(organisation="<script>alert(1)</script>"), PARTS))
    html, text = (message.get_body((kind,)) for kind in ("html", "plain"))
    assert html is not None
    assert text is not None

    assert "script" not in Page(html.get_content()).tags
    assert "Opening &lt;day&gt; &amp; night" in html.get_content()
    assert "Opening <day> & night" in text.get_content()


def test_nothing_is_fetched_from_anywhere() -> None:
    html = confirm(confirmation(), PARTS).html

    assert not re.search(r"https?:|//|url\(", html)


def test_a_line_end_in_a_name_begins_no_other_field() -> None:
    parts = Parts(recipient="ada@example.org", recipient_name="Ada\r\nBcc: eve@example.org", key="1", at=CONFIRMED)
    message = written(confirm(confirmation(function="Winter\nBcc: eve@example.org"), parts))

    assert message["Bcc"] is None
    assert message["Subject"].startswith("Winter Bcc: eve@example.org: your")


@pytest.mark.parametrize(
    "address", ["", "ada", "ada@example.org, eve@example.org", "ada@exa mple.org", "@", "a@b\r\nc"]
)
def test_what_is_no_address_is_told_and_not_tried(address: str) -> None:
    letter = confirm(confirmation(), Parts(recipient=address, key="1", at=CONFIRMED))

    with pytest.raises(Undeliverable):
        message_of(letter, SENDER)


def test_the_calendar_holds_each_event_once_at_its_moment() -> None:
    first, last = happening(), happening(1, end=None, location=None)
    it = confirmation(admissions=[admission(0, last), admission(1, first), admission(2, first)])
    message = written(confirm(it, PARTS))
    (part,) = message.iter_attachments()
    calendar = Calendar.from_ical(part.get_content())
    events = calendar.walk("VEVENT")

    assert part.get_filename() == "events.ics"
    assert part["Content-Type"].params == {"charset": "utf-8", "method": "PUBLISH"}
    assert [event.decoded("dtstart") for event in events] == [first.start, last.start]
    assert [event.get("dtend") and event.decoded("dtend") for event in events] == [first.end, None]
    assert [str(event["location"]) for event in events] == ["Hall 4", "Ghent"]
    assert [str(event["summary"]) for event in events] == [first.title, last.title]
    assert len({str(event["uid"]) for event in events}) == 2
    assert {event.decoded("dtstamp") for event in events} == {CONFIRMED}


def test_the_same_registration_gives_the_same_calendar() -> None:
    assert confirm(confirmation(), PARTS).attachments == confirm(confirmation(), PARTS).attachments


def test_what_was_ordered_adds_up_before_the_readers_eyes() -> None:
    text = confirm(
        confirmation(
            discount=Money(500, "EUR"),
            taxes=[
                Tax("VAT 6%", Money(70, "EUR"), is_included=True),
                Tax("City", Money(200, "EUR"), is_included=False),
            ],
            total=Money(124_700, "EUR"),
        ),
        PARTS,
    ).text

    order = text[text.index("2 x") : text.index("\n\n", text.index("2 x"))]
    assert order.splitlines() == [
        "2 x Weekend package: EUR 1,250.00",
        "Discount: -EUR 5.00",
        "City: EUR 2.00",
        "Total: EUR 1,247.00",
        "of which VAT 6%: EUR 0.70",
    ]


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (Money(125_000, "EUR"), "EUR 1,250.00"),
        (Money(125_000, "JPY"), "JPY 125,000"),
        (Money(125_000, "KWD"), "KWD 125.000"),
        (Money(0, "EUR"), "EUR 0.00"),
    ],
)
def test_money_has_the_decimals_of_its_currency(amount: Money, words: str) -> None:
    assert money(amount) == words


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "Saturday 1 May 2027, 10:00 to 18:00 (Europe/Brussels)"),
        ({"timezone": "Asia/Kolkata"}, "Saturday 1 May 2027, 13:30 to 21:30 (Asia/Kolkata)"),
        ({"end": None}, "Saturday 1 May 2027, 10:00 (Europe/Brussels)"),
        (
            {"end": dt.datetime(2027, 5, 2, 1, tzinfo=dt.UTC)},
            "Saturday 1 May 2027, 10:00 to Sunday 2 May 2027, 03:00 (Europe/Brussels)",
        ),
    ],
)
def test_times_are_those_of_the_place(given: dict[str, object], words: str) -> None:
    assert happening(**given).when == words


def test_an_order_without_a_function_is_named_by_its_only_event_or_by_who_sells() -> None:
    one = confirmation(function=None)
    two = confirmation(function=None, admissions=[admission(0, happening()), admission(1, happening(1))])
    none = confirmation(function=None, admissions=[], lines=[Line(1, "Gift", Money(1, "EUR"))])

    assert [each.what for each in (one, two, none)] == ["Opening <day> & night", "Harbour Lights", "Harbour Lights"]
    assert confirm(none, PARTS).attachments == ()


def test_codes_and_addresses_are_not_shown_in_logs() -> None:
    it = confirmation()
    shown = repr(it) + repr(confirm(it, PARTS))

    assert it.admissions[0].code not in shown
    assert "ada@example.org" not in shown
