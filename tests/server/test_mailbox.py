"""The pages at `/mail`."""

from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from integrations.mail.confirmation import confirm
from integrations.mail.messages import Parts, Sender, message_of
from integrations.mail.post import MailFolder, file_name
from server.mailbox import Mailbox
from tests.integrations.mail.samples import CONFIRMED, PARTS, confirmation

SENDER = Sender("tickets@example.org")
NAME = Path(file_name("<0189.7@example.org>")).stem


async def get(folder: Path, path: str) -> httpx.Response:
    app = Starlette(routes=Mailbox(folder).routes())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        return await client.get(path)


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    await MailFolder(tmp_path).send(message_of(confirm(confirmation(function="<b>Fest</b>"), PARTS), SENDER))
    return tmp_path


async def test_without_mail_the_list_says_so(tmp_path: Path) -> None:
    answer = await get(tmp_path / "not made yet", "/mail")

    assert answer.status_code == 200
    assert "There is none yet" in answer.text


async def test_the_list_names_each_mail_as_text(folder: Path) -> None:
    other = Parts(recipient="eve@example.org", key="other", at=CONFIRMED)
    await MailFolder(folder).send(message_of(confirm(confirmation(), other), SENDER))
    answer = await get(folder, "/mail")

    assert "&lt;b&gt;Fest&lt;/b&gt;: your registration" in answer.text
    assert f'href="/mail/{NAME}"' in answer.text
    assert answer.text.count("<tr>") == 3


async def test_a_mail_is_shown_with_its_head_its_text_and_its_files(folder: Path) -> None:
    page = await get(folder, f"/mail/{NAME}")
    calendar = await get(folder, f"/mail/{NAME}/files/0")

    assert "Ada Lovelace &lt;ada@example.org&gt;" in page.text
    assert "Confirmation number: 7KQ2M9" in page.text
    assert calendar.text.startswith("BEGIN:VCALENDAR")
    assert calendar.headers["content-disposition"] == 'attachment; filename="events.ics"'


async def test_its_html_runs_nothing_and_shows_its_own_pictures(folder: Path) -> None:
    body = await get(folder, f"/mail/{NAME}/body")
    start = body.text.index("/mail/")
    image = await get(folder, body.text[start : body.text.index('"', start)])

    policy = body.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert policy.endswith("sandbox")
    assert "cid:" not in body.text
    assert (image.status_code, image.headers["content-type"]) == (200, "image/png")


@pytest.mark.parametrize(
    "path", ["0" * 32, "..%2f..%2fetc%2fpasswd", "x", f"{NAME}/files/9", f"{NAME}/images/none.png", f"{NAME}.eml"]
)
async def test_what_is_not_there_is_not_found(folder: Path, path: str) -> None:
    assert (await get(folder, f"/mail/{path}")).status_code == 404
