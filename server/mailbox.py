"""The pages at `/mail`: the mail of a demonstration, which goes into a folder instead of to anyone.

A mail is shown as a mail program shows it: its HTML in a frame that may run nothing and load nothing but its own parts.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import email
import email.policy
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from functools import lru_cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from integrations.mail.post import SUFFIX

_MOST: Final = 200
"""How many mails the list shows."""

_NAME: Final = re.compile(r"[0-9a-f]{32}")

_HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_STYLES: Final = "style-src 'unsafe-inline'"  # a mail has no other; nothing but styles is let in by it
_POLICY: Final = f"default-src 'none'; {_STYLES}; frame-src 'self'; base-uri 'none'; frame-ancestors 'none'"
_BODY_POLICY: Final = f"default-src 'none'; {_STYLES}; img-src 'self'; frame-ancestors 'self'; sandbox"


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail of the folder, with the name of its file."""

    name: str
    message: EmailMessage

    def header(self, field: str) -> str:
        """A field of its head; empty where it has none."""
        return str(self.message.get(field, ""))

    @property
    def at(self) -> dt.datetime:
        """When it was written; long ago, where it does not say."""
        date = self.message["Date"]
        return date.datetime if date is not None and date.datetime else dt.datetime.min.replace(tzinfo=dt.UTC)

    @property
    def when(self) -> str:
        """The same for people."""
        return f"{self.at.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"

    @property
    def text(self) -> str:
        """What it says in plain text."""
        body = self.message.get_body(("plain",))
        return "" if body is None else str(body.get_content())

    @property
    def attachments(self) -> Sequence[str]:
        """The names of the files that came along."""
        return [each.get_filename() or "file" for each in self.message.iter_attachments()]


@dataclass(frozen=True, slots=True)
class Mailbox:
    """The pages over a folder."""

    folder: Path

    def routes(self) -> list[Route]:
        """The routes below `/mail`."""
        return [
            Route("/mail", self.show_list),
            Route("/mail/{name}", self.show_mail),
            Route("/mail/{name}/body", self.show_body),
            Route("/mail/{name}/images/{image}", self.give_image),
            Route("/mail/{name}/files/{number:int}", self.give_file),
        ]

    async def show_list(self, _request: Request) -> Response:
        """The mails, the newest first."""
        mails = await asyncio.to_thread(self._newest)
        return _page("mailbox.html.j2", mails=mails, folder=self.folder)

    async def show_mail(self, request: Request) -> Response:
        """One mail, with what its head says."""
        return _page("mail.html.j2", mail=await self._mail(request))

    async def show_body(self, request: Request) -> Response:
        """The HTML of a mail, whose pictures come from here."""
        mail = await self._mail(request)
        body = mail.message.get_body(("html",))
        if body is None:
            raise HTTPException(404)
        html = str(body.get_content()).replace('src="cid:', f'src="/mail/{mail.name}/images/')
        return HTMLResponse(html, headers={**_HEADERS, "Content-Security-Policy": _BODY_POLICY})

    async def give_image(self, request: Request) -> Response:
        """A picture that a mail shows."""
        mail = await self._mail(request)
        wanted = f"<{request.path_params['image']}>"
        for part in mail.message.walk():
            if part["Content-ID"] == wanted and part.get_content_type() == "image/png":
                # The sandbox makes the frame that shows it a stranger here, as far as this policy is concerned.
                headers = {**_HEADERS, "Cross-Origin-Resource-Policy": "cross-origin"}
                return Response(part.get_content(), media_type="image/png", headers=headers)
        raise HTTPException(404)

    async def give_file(self, request: Request) -> Response:
        """A file that came along, to be kept."""
        mail = await self._mail(request)
        number = request.path_params["number"]
        files = list(mail.message.iter_attachments())
        if number >= len(files):
            raise HTTPException(404)
        content = files[number].get_payload(decode=True)
        headers = {**_HEADERS, "Content-Disposition": f'attachment; filename="{_plain(mail.attachments[number])}"'}
        return Response(content, media_type=files[number].get_content_type(), headers=headers)

    async def _mail(self, request: Request) -> Mail:
        name = str(request.path_params["name"])
        mail = await asyncio.to_thread(self._read, name) if _NAME.fullmatch(name) else None
        if mail is None:
            raise HTTPException(404)
        return mail

    def _newest(self) -> list[Mail]:
        files = sorted(self.folder.glob(f"*{SUFFIX}"), key=lambda file: file.stat().st_mtime, reverse=True)[:_MOST]
        mails = [mail for file in files if (mail := self._read(file.stem)) is not None]
        return sorted(mails, key=lambda mail: mail.at, reverse=True)

    def _read(self, name: str) -> Mail | None:
        try:
            content = (self.folder / f"{name}{SUFFIX}").read_bytes()
        except FileNotFoundError:
            return None
        message = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(message, EmailMessage), "the policy's own class"
        return Mail(name, message)


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "_", name)


def _page(template: str, **values: object) -> Response:
    html = _environment().get_template(template).render(values)
    return HTMLResponse(html, headers={**_HEADERS, "Content-Security-Policy": _POLICY})


@lru_cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("server"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
