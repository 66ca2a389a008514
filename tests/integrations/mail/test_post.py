"""Messages handed to a mail server that listens on the loopback, and to a folder."""

import asyncio
import ssl
import stat
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from integrations.mail.confirmation import confirm
from integrations.mail.messages import Parts, Sender, Undeliverable, message_of
from integrations.mail.post import MailFolder, MailServer, NotHandedOver, open_post
from tests.integrations.mail.samples import CONFIRMED, PARTS, confirmation

MESSAGE = message_of(confirm(confirmation(), PARTS), Sender("tickets@example.org"))


@dataclass(slots=True)
class Handler:
    """What the server answers, and what it was given."""

    to_recipient: str = "250 OK"
    to_data: str = "250 OK"
    seconds: float = 0.0
    taken: list[Envelope] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.to_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.to_recipient

    async def handle_DATA(self, _server: Any, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the same
        await asyncio.sleep(self.seconds)
        if self.to_data.startswith("250"):
            self.taken.append(envelope)
        return self.to_data


@pytest.fixture
def handler() -> Handler:
    return Handler()


@asynccontextmanager
async def listening(handler: Handler, **options: Any) -> AsyncIterator[MailServer]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(handler, hostname="here", loop=loop, **options), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        opened = open_post(f"smtp://127.0.0.1:{port}", Path("unused"), timeout=5.0)
        assert isinstance(opened, MailServer)
        yield opened
    finally:
        server.close()
        await server.wait_closed()


@pytest.fixture
async def server(handler: Handler) -> AsyncIterator[MailServer]:
    async with listening(handler) as server:
        yield server


async def test_a_message_arrives_as_it_was_written(server: MailServer, handler: Handler) -> None:
    await server.send(MESSAGE)

    (envelope,) = handler.taken
    assert (envelope.mail_from, envelope.rcpt_tos) == ("tickets@example.org", ["ada@example.org"])
    assert isinstance(envelope.content, bytes)
    assert b"Message-ID: <0189.7@example.org>" in envelope.content
    assert b"7KQ2M9" in envelope.content


@pytest.mark.parametrize(
    ("answers", "refused"),
    [
        ({"to_recipient": "550 no such user <ada@example.org>"}, Undeliverable),
        ({"to_recipient": "450 come back later, ada@example.org"}, NotHandedOver),
        ({"to_data": "554 not wanted"}, Undeliverable),
        ({"to_data": "452 no room"}, NotHandedOver),
    ],
)
async def test_what_will_never_be_taken_is_told_from_what_may_be_later(
    server: MailServer, handler: Handler, answers: dict[str, str], refused: type[Exception]
) -> None:
    for name, value in answers.items():
        setattr(handler, name, value)

    with pytest.raises(refused, match=r"the mail server answered [45]\d\d: ") as error:
        await server.send(MESSAGE)
    assert "ada@" not in str(error.value)


async def test_a_server_that_is_slow_is_left_in_time(server: MailServer, handler: Handler) -> None:
    handler.seconds = 20.0
    started = time.monotonic()

    with pytest.raises(NotHandedOver, match="could not be asked"):
        await replace(server, timeout=0.2).send(MESSAGE)
    assert time.monotonic() - started < 10


async def test_a_server_that_is_not_there_is_tried_later(server: MailServer) -> None:
    listener = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    with pytest.raises(NotHandedOver):
        await replace(server, port=port).send(MESSAGE)
    listener.close()
    await listener.wait_closed()

    with pytest.raises(NotHandedOver):
        await replace(server, port=port).send(MESSAGE)


async def test_no_password_and_no_mail_goes_over_an_open_line(server: MailServer, handler: Handler) -> None:
    with pytest.raises(NotHandedOver):
        await replace(server, must_encrypt=True, user="shop", password="secret").send(MESSAGE)
    assert handler.taken == []


@dataclass(frozen=True, slots=True)
class Certificate:
    server: ssl.SSLContext
    client: ssl.SSLContext


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    folder = tmp_path_factory.mktemp("certificate")
    key, file = folder / "key.pem", folder / "certificate.pem"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*made, *names, "-keyout", key, "-out", file], check=True, capture_output=True, timeout=60)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(file, key)
    return Certificate(server, ssl.create_default_context(cafile=str(file)))


def _authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (b"shop", b"pass/word"), handled=False)


@pytest.fixture
async def guarded(handler: Handler, certificate: Certificate) -> AsyncIterator[MailServer]:
    """A server that asks for STARTTLS and a password."""
    demands = {"require_starttls": True, "auth_required": True, "authenticator": _authenticate}
    async with listening(handler, tls_context=certificate.server, **demands) as server:
        url = f"smtp://shop:pass%2Fword@127.0.0.1:{server.port}"
        opened = open_post(url, Path("unused"), timeout=5.0)
        assert isinstance(opened, MailServer)
        yield replace(opened, must_encrypt=True, trust=certificate.client)


async def test_a_user_is_known_by_a_password_behind_tls(guarded: MailServer, handler: Handler) -> None:
    await guarded.send(MESSAGE)

    assert len(handler.taken) == 1


async def test_a_wrong_password_is_an_operators_to_mend(guarded: MailServer, handler: Handler) -> None:
    with pytest.raises(NotHandedOver, match="answered 535"):
        await replace(guarded, password="wrong").send(MESSAGE)
    assert handler.taken == []


async def test_a_server_with_another_certificate_gets_nothing(guarded: MailServer, handler: Handler) -> None:
    with pytest.raises(NotHandedOver, match=r"(?i)certificate"):
        await replace(guarded, trust=ssl.create_default_context()).send(MESSAGE)
    assert handler.taken == []


async def test_in_a_folder_the_same_letter_is_one_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    folder = MailFolder(tmp_path / "mail")
    other = Parts(recipient="ada@example.org", key="another/../letter", at=CONFIRMED)
    await folder.send(MESSAGE)
    await folder.send(MESSAGE)
    await folder.send(message_of(confirm(confirmation(), other), Sender("tickets@example.org")))

    files = sorted((tmp_path / "mail").iterdir())
    assert len(files) == 2
    assert {file.suffix for file in files} == {".eml"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert MESSAGE.as_bytes() in {file.read_bytes() for file in files}


async def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(NotHandedOver, match="folder for mail cannot be written"):
        await MailFolder(tmp_path / "file" / "mail").send(MESSAGE)


def test_addresses_of_mail_servers() -> None:
    def server(url: str) -> MailServer:
        opened = open_post(url, Path("unused"), 20.0)
        assert isinstance(opened, MailServer)
        return opened

    plain = server("smtp://mail.example.org")
    assert (plain.port, plain.start_tls, plain.implicit_tls, plain.user) == (587, True, False, None)
    wrapped = server("smtps://u%40example.org:p%3Aw@mail.example.org")
    assert (wrapped.port, wrapped.start_tls, wrapped.implicit_tls) == (465, False, True)
    assert (wrapped.user, wrapped.password) == ("u@example.org", "p:w")
    assert server("smtp://localhost:25").start_tls is server("smtp://[::1]:25").start_tls is None
    assert isinstance(open_post(None, Path("there"), 20.0), MailFolder)
    assert "p:w" not in repr(wrapped)


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.org",
        "https://u:hunter2@mail.example.org",
        "smtp://u:hunter2@",
        "smtp://u@h",
        "smtp://u:hunter2@h/x",
        "smtp://u:hunter2@h?x=1",
        "smtp://u:hunter2@h:x",
    ],
)
def test_other_addresses_are_refused_without_being_shown(url: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - its text is what is looked at
        open_post(url, Path("unused"), 20.0)
    assert "hunter2" not in str(refused.value)
