"""Handing messages over: to a mail server, or to a folder where people look at them."""

from __future__ import annotations

import asyncio
import hashlib
import os
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib

from domain.secrets import redacted
from integrations.mail.messages import Undeliverable

SUFFIX: Final = ".eml"
_PORTS: Final = {"smtp": 587, "smtps": 465}
_PERMANENT: Final = range(500, 600)
"""Replies that say: not now, and not later (RFC 5321, section 4.2.1)."""


class NotHandedOver(Exception):
    """A message was not taken, and may be if it is tried again; the message says why, without addresses."""


class Post(Protocol):
    """Whoever takes messages."""

    async def send(self, message: EmailMessage) -> None:
        """Hand a message over; it may have been taken even where this raises.

        Raises:
            Undeliverable: it will never be taken.
            NotHandedOver: it was not taken now.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """A mail server that takes messages (RFC 6409), each over a connection of its own.

    Attributes:
        host: its name or address.
        port: where it listens.
        implicit_tls: whether TLS begins with the connection (RFC 8314); else it begins by STARTTLS.
        must_encrypt: whether a server without STARTTLS is refused.
        user: who sends; None where nobody has to say.
        password: theirs.
        timeout: the longest that each step may take, in seconds.
        trust: by which certificates it is known; the system's, where None.
    """

    host: str
    port: int
    implicit_tls: bool
    must_encrypt: bool
    user: str | None
    password: str | None = field(repr=False)
    timeout: float
    trust: ssl.SSLContext | None = None

    @property
    def start_tls(self) -> bool | None:
        """Whether STARTTLS is asked for; None for where it is offered."""
        if self.implicit_tls:
            return False
        return True if self.must_encrypt else None

    async def send(self, message: EmailMessage) -> None:
        """See `Post`."""
        try:
            async with asyncio.timeout(4 * self.timeout):
                await aiosmtplib.send(
                    message,
                    hostname=self.host,
                    port=self.port,
                    username=self.user,
                    password=self.password,
                    timeout=self.timeout,
                    use_tls=self.implicit_tls,
                    start_tls=self.start_tls,
                    tls_context=self.trust,
                )
        except aiosmtplib.SMTPRecipientsRefused as error:
            reply = error.recipients[0]
            raise _refusal(reply.code, reply.message) from None
        except aiosmtplib.SMTPDataError as error:
            raise _refusal(error.code, error.message) from None
        except aiosmtplib.SMTPResponseException as error:
            # What it says of the sender or of the password, an operator can mend: the message itself is not at fault.
            raise NotHandedOver(f"the mail server answered {error.code}: {redacted(error.message)}") from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            reason = redacted(str(error)) or type(error).__name__
            raise NotHandedOver(f"the mail server could not be asked: {reason}") from None


def _refusal(code: int, message: str) -> Exception:
    text = f"the mail server answered {code}: {redacted(message)}"
    return Undeliverable(text) if code in _PERMANENT else NotHandedOver(text)


@dataclass(frozen=True, slots=True)
class MailFolder:
    """A folder that messages are put into, each a file that only its owner reads; one that comes again is one still."""

    path: Path

    async def send(self, message: EmailMessage) -> None:
        """See `Post`."""
        try:
            await asyncio.to_thread(self._put, message)
        except OSError as error:
            raise NotHandedOver(f"the folder for mail cannot be written: {error.strerror or error}") from None

    def _put(self, message: EmailMessage) -> None:
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = self.path / file_name(str(message["Message-ID"]))
        new = file.with_suffix(f".{os.getpid()}.new")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            stream.write(message.as_bytes())
        new.replace(file)


def file_name(message_id: str) -> str:
    """The name of the file of a message."""
    return hashlib.sha256(message_id.encode()).hexdigest()[:32] + SUFFIX


def open_post(url: str | None, folder: Path, timeout: float) -> Post:
    """Whoever takes messages at an address.

    Args:
        url: `smtp://user:password@host:587`, where TLS begins by STARTTLS, or `smtps://…:465`, where it begins at once;
            None for a folder. A server on this machine (a loopback address) may do without TLS.
        folder: which folder.
        timeout: the longest that each step may take, in seconds.

    Raises:
        ValueError: the address is none of these; the message does not hold it.
    """
    if url is None:
        return MailFolder(folder)
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname or parts.path not in {"", "/"} or parts.query:
        raise ValueError("expected smtp://user:password@host:587 or smtps://user:password@host:465")
    if (parts.username is None) != (parts.password is None):
        raise ValueError("give a user and a password, or neither")
    return MailServer(
        host=parts.hostname,
        port=parts.port or _PORTS[parts.scheme],
        implicit_tls=parts.scheme == "smtps",
        must_encrypt=parts.scheme == "smtps" or not _is_here(parts.hostname),
        user=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else unquote(parts.password),
        timeout=timeout,
    )


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
