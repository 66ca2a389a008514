"""The mail of a demonstration, in a real browser."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.types import ASGIApp

from integrations.mail.confirmation import confirm
from integrations.mail.messages import Sender, message_of
from integrations.mail.post import MailFolder
from server.mailbox import Mailbox
from tests.e2e.chromium import Page
from tests.integrations.mail.samples import PARTS, confirmation

pytestmark = pytest.mark.browser

Serve = Callable[[ASGIApp], Awaitable[str]]


async def test_a_mail_is_found_in_the_list_and_shows_its_codes(page: Page, serve: Serve, tmp_path: Path) -> None:
    await MailFolder(tmp_path).send(message_of(confirm(confirmation(), PARTS), Sender("tickets@example.org")))
    origin = await serve(Starlette(routes=Mailbox(tmp_path).routes()))

    await page.open(f"{origin}/mail")
    await page.wait_for("document.querySelector('tbody a')")
    await page.open(await page.evaluate("document.querySelector('tbody a').href"))
    await page.wait_for("document.querySelector('iframe')?.src.endsWith('/body')")
    (tmp_path / "mail.png").write_bytes(await page.screenshot())
    body = await page.evaluate("document.querySelector('iframe').src")
    await page.wait_for("document.readyState === 'complete'")
    await page.open(body)
    await page.wait_for("document.images.length === 2 && [...document.images].every(image => image.complete)")
    widths = await page.evaluate("[...document.images].map(image => image.naturalWidth)")

    assert widths == [222, 222]
    assert {each for each in page.requests if not each.startswith(f"{origin}/")} == set()
    assert [problem for problem in page.problems if "status of 404" not in problem] == []  # without an icon
