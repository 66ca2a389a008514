"""The administrators' pages, in a real browser."""

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.types import ASGIApp

from auth.issuing import issue_token
from commands import clients
from commands.registering import Author
from domain.ids import encode_global_id
from domain.registry import POLICIES
from server.app import open_app
from server.settings import load_settings
from server.token_settings import token_rules, token_secret
from tests.e2e.chromium import Page
from tests.plugins.graph import Graph

pytestmark = pytest.mark.browser

Serve = Callable[[ASGIApp], Awaitable[str]]
ATTACK = '"><script>document.title = "taken"</script><img src=x onerror="document.title = \'taken\'">'


@dataclass(frozen=True, slots=True)
class Visit:
    """An administrator before the pages."""

    page: Page
    graph: Graph
    origin: str
    token: str

    async def open(self, path: str, selector: str) -> None:
        await self.page.open(f"{self.origin}/admin/{path}")
        await self.loaded(f"document.querySelector({json.dumps(selector)})")

    async def shows(self, text: str) -> None:
        await self.loaded(f"document.body.innerText.includes({json.dumps(text)})")

    async def loaded(self, what: str) -> None:
        await self.page.wait_for(f"document.readyState === 'complete' && {what}")

    async def log_in(self) -> None:
        await self.open("functions/list", "#token")
        await self.page.evaluate(f"document.querySelector('#token').value = {json.dumps(self.token)}")
        await self.page.click("button[type=submit]")
        await self.loaded("document.querySelector('tbody')")


@pytest.fixture
async def visit(page: Page, serve: Serve, graph: Graph, database_url: str, redis_url: str) -> AsyncIterator[Visit]:
    settings = load_settings(database_url=database_url, redis_url=redis_url, secret_key="k" * 32, admin_page=True)
    secret = token_secret(settings)
    assert secret is not None
    claims = {"role": "admin"}
    token = issue_token(secret, token_rules(settings), "root", now=time.time(), lifetime=600, claims=claims)
    async with open_app(settings) as app:
        origin = await serve(app)
        yield Visit(page, graph, origin, token)
        assert page.problems == []
        assert {each for each in page.requests if not each.startswith((f"{origin}/", "data:"))} == set()


async def test_an_administrator_comes_in_changes_what_is_there_and_leaves(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    visit.graph.function(name=ATTACK, slug="attack")
    pk = encode_global_id("Function", visit.graph.function(name="Winterfest", slug="winterfest"))
    await visit.graph.flush()
    row = f'tr[data-sa-pk="{pk}"]'

    await visit.log_in()
    assert await page.evaluate("document.cookie") == "", "no script reads a cookie"
    assert await page.evaluate("document.title") == "Functions · Boxoffice"
    assert await page.evaluate("document.body.innerText.includes('<script>')")
    (tmp_path / "list.png").write_bytes(await page.screenshot())

    # Actions ask in a dialogue, and are sent by script.
    await page.click(f"{row} button")
    await page.click(f"{row} [data-sa-name=remove]")
    await page.click(".modal.show [data-sa-action=action-submit]")
    await visit.shows("Deleted, with what belongs to it.")
    await visit.open("functions/list?deleted=1", row)
    await page.click(f"{row} td")
    await visit.loaded("document.querySelector('[data-sa-name=restore]')")
    await page.click("[data-sa-name=restore]")
    await page.click(".modal.show [data-sa-action=action-submit]")
    await visit.shows("Restored, with what was deleted with it.")

    # A form is a plain one.
    await visit.open(f"functions/edit?pk={pk}", "#location")
    await page.click("#location")
    await page.type("Ghent")
    await page.press("Enter", 13, text="\r")
    await visit.shows("was changed successfully")
    await visit.open(f"functions/detail?pk={pk}", "#tableContent")
    await visit.shows("Ghent")
    (tmp_path / "changed.png").write_bytes(await page.screenshot())


async def test_a_function_its_event_and_a_ticket_are_made(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    visit.graph.organisation(name="House of lights", slug="lights")
    await visit.graph.flush()

    async def fill(**typed: str) -> None:
        for field, value in typed.items():
            await page.click(f"#{field}")
            await page.type(value)

    await visit.log_in()
    await page.click("a[href*='functions/create']")
    await visit.loaded("document.querySelector('#organisation_id')")
    suggested = "[...document.querySelector('#organisation_id').list.options].map((each) => each.label)"
    assert await page.evaluate(suggested) == ["House of lights"]
    (tmp_path / "new.png").write_bytes(await page.screenshot())
    await fill(name="Winterfest", organisation_id="dark", timezone="Europe/Brussels")
    await page.press("Enter", 13, text="\r")
    await visit.shows("There is no Organisation with the slug “dark”.")
    assert [each for each in page.problems if "status of 422" not in each] == []
    page.problems.clear()
    (tmp_path / "refused.png").write_bytes(await page.screenshot())
    await page.click("#organisation_id", count=3)
    await page.type("lights")
    await page.press("Enter", 13, text="\r")
    await visit.shows("was added successfully")
    (tmp_path / "made.png").write_bytes(await page.screenshot())

    # What is made from the list of what belongs to one, belongs to that one; it leads back there.
    await page.click("tbody tr button")
    await page.click("tbody tr [data-sa-name=events], tbody tr a[href*='row-action?name=events']")
    await visit.loaded("document.querySelector('a[href*=\\'events/create\\']')")
    await page.click("a[href*='events/create']")
    await visit.loaded("document.querySelector('#function_id')?.value === 'winterfest'")
    await fill(title="Opening", event_start="2027-12-01T19:30+01:00")
    (tmp_path / "event.png").write_bytes(await page.screenshot())
    await page.press("Enter", 13, text="\r")
    await visit.shows("Only what belongs to one.")
    await visit.shows("2027-12-01 19:30 CET")
    await visit.open("tickets/create", "#event_id")
    await fill(name="Standing", event_id="opening", price="12.50", currency="EUR")
    (tmp_path / "ticket.png").write_bytes(await page.screenshot())
    await page.click("[name=_add_another]")
    await visit.loaded("document.querySelector('#name')?.value === ''")
    await visit.open("tickets/list", "tbody tr[data-sa-pk]")
    await visit.shows("12.50 EUR")


async def test_a_dialogue_is_sent_filled_in_and_a_key_is_shown(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    await clients.create_client(visit.graph.owner, "web", POLICIES["open"], Author("someone"))
    await visit.log_in()
    await visit.open("clients/detail?pk=web", "[data-sa-name=rotate]")
    await page.click("[data-sa-name=rotate]")
    await page.click(".modal.show [data-sa-action=action-submit]")
    assert await page.evaluate("document.querySelector('.modal.show #label:invalid') !== null"), "it stays open"
    await page.evaluate("document.querySelector('#label').value = '2027-06'")
    await page.evaluate("document.querySelector('#why').value = 'A new year.'")
    await page.click(".modal.show [data-sa-action=action-submit]")
    await visit.loaded("document.querySelector('#key')?.innerText.startsWith('boxoffice_')")
    (tmp_path / "key.png").write_bytes(await page.screenshot())


async def test_on_a_narrow_dark_screen_it_fits_and_is_left(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    await page.emulate("dark")
    await page.resize(390, 844)
    await visit.log_in()
    for path in ("", "events/list", "events/create", "flags/edit?pk=USE_FUNCTIONS_ARCHITECTURE"):
        await visit.open(path, ".page-wrapper")
        assert await page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    (tmp_path / "narrow.png").write_bytes(await page.screenshot())

    await page.click("[aria-label='Open user menu']")
    await page.click("form[action$='/admin/logout'] button")
    await visit.loaded("document.querySelector('#token')")
