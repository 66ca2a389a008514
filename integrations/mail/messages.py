"""Letters as messages of the internet: RFC 5322 and MIME."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import format_datetime


class Undeliverable(Exception):
    """A letter that nobody will take, however often it is tried; the message says why, without the address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """To whom a letter goes, and by what it is known.

    Attributes:
        recipient: the address.
        recipient_name: whose it is; None where that is not known.
        key: the same for the same letter, however often it is sent: letters, digits, hyphens and dots.
        at: the moment that it carries.
    """

    recipient: str = field(repr=False)
    recipient_name: str | None = field(default=None, repr=False)
    key: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Image:
    """A picture that the HTML shows, by its name (`cid:<name>`)."""

    name: str
    png: bytes = field(repr=False)
    description: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that comes along."""

    name: str
    maintype: str
    subtype: str
    content: bytes = field(repr=False)
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is sent."""

    parts: Parts
    sender_name: str
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    images: Sequence[Image] = ()
    attachments: Sequence[Attachment] = ()


@dataclass(frozen=True, slots=True)
class Sender:
    """The address that letters come from."""

    address: str

    @property
    def domain(self) -> str:
        """What stands behind its sign."""
        return self.address.rpartition("@")[2]


def sender_of(address: str) -> Sender:
    """A sender.

    Raises:
        ValueError: it is no address.
    """
    try:
        _address(None, address)
    except Undeliverable:
        raise ValueError("expected an address such as tickets@example.org") from None
    return Sender(address)


def message_of(letter: Letter, sender: Sender) -> EmailMessage:
    """A letter as it is sent: the same `Message-ID` each time, so that one that comes twice is known for it.

    Its parts are `mixed(alternative(text, related(html, images)), attachments)`.

    Raises:
        Undeliverable: the recipient's address is none.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = _address(letter.sender_name, sender.address)
    message["To"] = _address(letter.parts.recipient_name, letter.parts.recipient)
    message["Subject"] = one_line(letter.subject)
    message["Date"] = format_datetime(letter.parts.at)
    message["Message-ID"] = f"<{letter.parts.key}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834, section 5: no holiday notice need answer it
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    html = message.get_payload()[-1]  # type: ignore[index]  # a list, after the line above
    assert isinstance(html, MIMEPart), "what was just added"
    for image in letter.images:
        html.add_related(image.png, "image", "png", cid=f"<{image.name}>", filename=image.name, disposition="inline")
    for each in letter.attachments:
        message.add_attachment(each.content, each.maintype, each.subtype, filename=each.name, params=each.parameters)
    return message


def one_line(text: str) -> str:
    """A text for a header: without line ends, which would begin another field, and other controls."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def _address(name: str | None, address: str) -> Address:
    try:
        return Address(one_line(name or ""), addr_spec=address)
    except (ValueError, IndexError, HeaderParseError):
        raise Undeliverable("the address is not one that mail goes to") from None
