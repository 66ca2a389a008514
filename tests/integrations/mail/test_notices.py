"""Short mails about an order, as readers get them."""

import datetime as dt

from domain.money import Money
from integrations.mail.confirmation import Line
from integrations.mail.notices import About, Notice, cancellation, letter_of, offer, refund
from tests.integrations.mail.samples import PARTS

ABOUT = About(
    organisation="Harbour Lights",
    what="Winter <Lights> & Weekend",
    timezone="Europe/Brussels",
    confirmation_number=None,
    lines=[Line(2, "Day <ticket>", Money(2500, "EUR"))],
    total=Money(2500, "EUR"),
)
UNTIL = dt.datetime(2027, 5, 1, 8, tzinfo=dt.UTC)


def notices() -> list[Notice]:
    return [
        offer(ABOUT, UNTIL, "https://tickets.example.org/#id=1&token=2"),
        cancellation(ABOUT),
        refund(ABOUT, Money(2500, "EUR"), None, is_whole=True),
    ]


def test_html_shows_names_as_they_are_written_and_runs_none_of_them() -> None:
    for notice in notices():
        letter = letter_of(notice, PARTS)

        assert "Winter <Lights>" not in letter.html
        assert "Winter &lt;Lights&gt; &amp; Weekend" in letter.html
        assert "Day &lt;ticket&gt;" in letter.html
        assert "2 x Day <ticket>: EUR 25.00" in letter.text
        assert letter.sender_name == "Harbour Lights"


def test_the_link_of_an_offer_is_whole_in_both() -> None:
    letter = letter_of(notices()[0], PARTS)

    assert "Accept the offer: https://tickets.example.org/#id=1&token=2\n" in letter.text
    assert 'href="https://tickets.example.org/#id=1&amp;token=2"' in letter.html


def test_the_deadline_is_told_in_the_zone_of_the_place() -> None:
    assert "Saturday 1 May 2027, 10:00 (Europe/Brussels)" in letter_of(notices()[0], PARTS).html


def test_nothing_is_loaded_from_anywhere() -> None:
    for notice in notices()[1:]:
        assert "http" not in letter_of(notice, PARTS).html
