"""Short mails about an order: places that were offered, money that goes back, an order that was cancelled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.money import Money
from domain.payments import Problem
from integrations.mail.confirmation import Line
from integrations.mail.messages import Letter, Parts, one_line
from integrations.mail.rendering import moment, money, rendered


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The order that a notice is about.

    Attributes:
        organisation: who sells.
        what: what it is for: the function, or the organisation's name.
        timezone: the IANA zone in which people there count time.
        confirmation_number: by what people name it; None where it was never confirmed.
        lines: what was ordered.
        total: what it comes to.
    """

    organisation: str
    what: str
    timezone: str
    confirmation_number: str | None
    lines: Sequence[Line]
    total: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What such a mail says.

    Attributes:
        about: which order.
        title: what has happened, in a few words.
        paragraphs: the same at more length, and what there is to do.
        link: where to do it; None where there is no such page.
        link_text: what stands on the link.
    """

    about: About
    title: str
    paragraphs: Sequence[str]
    link: str | None = field(default=None, repr=False)
    link_text: str = ""


_WHY = {
    Problem.AMOUNT_DIFFERS: "Another amount came than your order costs.",
    Problem.CURRENCY_DIFFERS: "It came in another currency than your order is in.",
    Problem.HOLD_EXPIRED: "It came after the time for paying was over, and others have the places.",
    Problem.ORDER_CANCELLED: "Your order was cancelled before it came.",
    Problem.PAID_TWICE: "Your order was paid before.",
}


def offer(about: About, until: dt.datetime, link: str | None) -> Notice:
    """Places are held for somebody who waited.

    Args:
        about: the registration that holds them.
        until: how long.
        link: the page where the offer is taken up.
    """
    where = "on the page below" if link else "where you joined the waiting list"
    return Notice(
        about=about,
        title="A place has come free for you",
        paragraphs=(
            (
                f"You waited for {about.what}, and it is your turn. What you waited for is held for you until "
                f"{moment(until, about.timezone)}."
            ),
            (
                f"Accept the offer {where} by then; after that it goes to the next. If you do not want it any more, "
                "leave the waiting list there: somebody else will be glad."
            ),
        ),
        link=link,
        link_text="Accept the offer",
    )


def cancellation(about: About, reason: str | None = None) -> Notice:
    """An order that was confirmed has been cancelled; why, where that was said."""
    cancelled = (
        f"Your registration {about.confirmation_number} was cancelled, and its places were given back. The codes that "
        "you were sent let nobody in any more."
    )
    why = () if reason is None else (f"The reason that was given: {reason}",)
    return Notice(about=about, title="Your registration is cancelled", paragraphs=(cancelled, *why))


def refund(about: About, amount: Money, problem: Problem | None, *, is_whole: bool) -> Notice:
    """Money is on its way back.

    Args:
        about: the order that it was paid for.
        amount: how much.
        problem: why it was not kept, where it was none that could be.
        is_whole: whether nothing of the order is left.
    """
    paragraphs = [f"{money(amount)} is on its way back to you, by the way you paid. It may take some days to arrive."]
    if problem is not None:
        paragraphs.append(_WHY[problem])
    elif is_whole:
        paragraphs.append("All of your order was refunded: its codes let nobody in any more.")
    else:
        paragraphs.append("A part of your order was refunded; the places that you keep stay yours.")
    return Notice(about=about, title="Your refund", paragraphs=paragraphs)


def letter_of(notice: Notice, parts: Parts) -> Letter:
    """The mail.

    Args:
        notice: what it says.
        parts: to whom it goes, and by what it is known.
    """
    text, html = rendered("notice", {"it": notice, "about": notice.about, "money": money})
    number = notice.about.confirmation_number
    named = f"{notice.about.what}: {notice.title[0].lower()}{notice.title[1:]}"
    return Letter(
        parts=parts,
        sender_name=notice.about.organisation,
        subject=one_line(named if number is None else f"{named} ({number})"),
        text=text,
        html=html,
    )
