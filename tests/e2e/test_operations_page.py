"""The page of operations in a real browser: by mouse, by keyboard alone, and as assistive technology sees it."""

import asyncio
import datetime as dt
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.types import ASGIApp

from commands.clients import create_client
from commands.demonstration import load_demonstration
from commands.registering import Author
from commands.registry import deprecate, publish
from db.database import DatabaseOptions, open_database
from db.usage import UsageRow, add_usage
from domain.durations import bucket_of
from domain.registry import POLICIES
from domain.routes import parse_route
from persisted_queries.compiling import Candidate
from schema.target import target
from server.app import open_app
from server.builtin import publish_builtin
from server.settings import load_settings
from tests.e2e.chromium import Page
from tests.plugins.node import NODE

pytestmark = pytest.mark.browser

Serve = Callable[[ASGIApp], Awaitable[str]]

PERSON = Author("someone")
PAGE = """"One function."
query FunctionPage($slug: String!, $first: Int = 2, $dir: Dir = ASC) {
  function(slug: $slug) {
    name # it's
    events(first: $first, orderBy: { field: EVENT_START, direction: $dir }) { nodes { title } }
  }
}"""
LIST = "query EventList($filter: EventFilter) { events(filter: $filter, first: 2) { nodes { title isFeatured } } }"
ROUTE = parse_route("GET /api/pages/{slug}")
SLUG = "winter-lights-weekend"
TITLE = "document.querySelector('#detail h1')?.innerText"
ANSWER = "document.querySelector('.answer:not([hidden])')?.innerText"
LABEL = "document.querySelector('.chart svg').getAttribute('aria-label')"
SNIPPET = "document.querySelector('.snippet pre').innerText"


@dataclass(frozen=True, slots=True)
class Application:
    asgi: ASGIApp
    key: str


@pytest.fixture
async def application(database_url: str, redis_url: str) -> AsyncIterator[Application]:
    """The demonstration, a client `web` with two releases, and a month of calls."""
    today = dt.datetime.now(dt.UTC).replace(minute=0, second=0, microsecond=0)
    async with open_database(DatabaseOptions(database_url)) as database:
        await load_demonstration(database, today.date())
        await publish_builtin(database, target())
        key = await create_client(database, "web", POLICIES["ids-only"], PERSON)
        for release, candidates in (
            ("1.0", [Candidate("Old", "query Old { homepage { generatedAt } }")]),
            ("1.1", [Candidate("FunctionPage", PAGE, route=ROUTE), Candidate("EventList", LIST)]),
        ):
            await publish(database, target(), "web", release, candidates, PERSON)
        await deprecate(database, "web", "1.0", PERSON, sunset=today + dt.timedelta(days=30), successor="1.1")
        calls = [
            UsageRow(
                *("web", "1.1", "FunctionPage", False, hour, 10 + day, day % 3, 1, 400),
                *({bucket_of(0.012): 10 + day}, hour, 2),
            )
            for day in range(25)
            for hour in (today - dt.timedelta(days=day),)
        ]
        await add_usage(database, calls)
    settings = load_settings(database_url=database_url, redis_url=redis_url, secret_key="k" * 32)
    async with open_app(settings) as app:
        yield Application(app, key)


async def sign_in(page: Page, key: str) -> None:
    await page.click("#key")
    await page.type(key)
    await page.click("#session button")
    await page.wait_for("document.querySelector('#session strong')?.innerText === 'web'")


async def test_anyone_sees_the_public_routes_and_calls_one(
    page: Page, serve: Serve, application: Application, tmp_path: Path
) -> None:
    origin = await serve(application.asgi)

    await page.open(f"{origin}/operations")
    await page.wait_for("document.querySelectorAll('#results li').length === 6")
    await page.click("#query")
    await page.type("slug}")
    await page.wait_for("document.querySelectorAll('#results li').length === 4")
    await page.click("#results li:nth-child(4) a")
    await page.wait_for(f"{TITLE}?.startsWith('FunctionPage')")
    await page.click("#variable-slug", count=3)
    await page.type(SLUG)
    await page.click("button.primary")
    await page.wait_for(f"{ANSWER}?.includes('Winter Lights Weekend')")
    snippet = await page.evaluate(SNIPPET)
    (tmp_path / "public.png").write_bytes(await page.screenshot())

    assert snippet == f"curl '{origin}/api/functions/{SLUG}'"
    assert {foreign for foreign in page.requests if not foreign.startswith((f"{origin}/", "data:"))} == set()
    assert page.problems == []


async def test_a_client_signs_in_runs_its_operation_and_takes_the_snippets_away(
    page: Page, serve: Serve, application: Application, tmp_path: Path
) -> None:
    origin = await serve(application.asgi)
    await page.open(f"{origin}/operations#FunctionPage")
    await sign_in(page, application.key)
    await page.wait_for(f"{TITLE}?.startsWith('FunctionPage')")
    await page.wait_for("document.querySelectorAll('.chart rect.calls').length === 30")

    await page.click("#variable-slug", count=3)
    await page.type(SLUG)
    await page.evaluate("document.querySelector('#variable-dir').value = 'DESC'")
    await page.click("#variable-first")
    await page.type("1")
    await page.click("button.primary")
    await page.wait_for(f"{ANSWER}?.includes('\"data\"')")
    answer = await page.evaluate(f"JSON.parse({ANSWER})")
    await page.allow_clipboard()
    snippets = {}
    for way in ("route", "id"):
        await page.click(f".choice input[value={way}] + span")
        for language in ("curl", "fetch", "Python"):
            await page.click(f".choice input[value={language}] + span")
            snippets[way, language] = await copied(page)
    facts = await page.evaluate(
        "({key: document.documentElement.outerHTML.includes('boxoffice_') , stored: [...Object.keys(sessionStorage),"
        " ...Object.keys(localStorage)].filter(name => !name.startsWith('graphiql')), table:"
        " [...document.querySelectorAll('.usage tbody tr')].map(row => row.innerText.split('\\t')), label:"
        " document.querySelector('.chart svg').getAttribute('aria-label')})"
    )
    (tmp_path / "client.png").write_bytes(await page.screenshot())

    assert answer["data"]["function"]["name"] == "Winter Lights Weekend"
    assert len(answer["data"]["function"]["events"]["nodes"]) == 1
    assert not any(application.key in snippet for snippet in snippets.values())
    data, function = answer["data"], answer["data"]["function"]
    for way, by_curl, by_program in (("id", answer, data), ("route", function, function)):
        assert await run("sh", "-c", snippets[way, "curl"], key=application.key) == by_curl
        javascript = snippets[way, "fetch"].replace("console.log(data)", "console.log(JSON.stringify(data))")
        assert await run(str(NODE), "--input-type=module", "-e", javascript, key=application.key) == by_program
        python = re.sub(r"print\((.*)\)$", r"import json; print(json.dumps(\1))", snippets[way, "Python"])
        assert await run(sys.executable, "-c", python, key=application.key) == by_program
    assert (facts["key"], facts["stored"]) == (False, [])
    ((release, calls, _, _, of_deprecated_fields, *_),) = facts["table"]
    assert (release.strip(), calls.strip()) == ("1.1", str(sum(10 + day for day in range(25))))
    assert of_deprecated_fields.strip() == "50"
    assert facts["label"].startswith("550 calls within 30 days")
    async with asyncio.timeout(30):  # each process writes what it counted every five seconds
        while not (await page.evaluate(LABEL)).startswith("557 calls"):
            await page.click("button.again")
            await asyncio.sleep(0.3)
    assert [problem for problem in page.problems if "status of 404" not in problem] == []  # before signing in


async def copied(page: Page) -> str:
    """What the button beside the snippet puts into the clipboard."""
    await page.evaluate("navigator.clipboard.writeText('nothing')")
    await page.click(".toolbar .copy")
    await page.wait_for("navigator.clipboard.readText().then(text => text !== 'nothing')")
    return str(await page.evaluate("navigator.clipboard.readText()"))


async def test_the_description_for_machines_is_of_who_signed_in(
    page: Page, serve: Serve, application: Application
) -> None:
    origin = await serve(application.asgi)
    await page.open(f"{origin}/operations")
    await sign_in(page, application.key)
    await page.evaluate("URL.createObjectURL = blob => { window.saved = blob; return '#' }")

    await page.click("#openapi")
    await page.wait_for("window.saved")
    document = json.loads(await page.evaluate("window.saved.text()"))

    assert document["info"]["title"] == "Boxoffice: operations of web"
    assert "/graphql/FunctionPage" in document["paths"]


async def run(*command: str, key: str) -> Any:
    process = await asyncio.create_subprocess_exec(
        *command, env={**os.environ, "BOXOFFICE_KEY": key}, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await asyncio.wait_for(process.communicate(), 30)
    return json.loads(output)


async def test_the_keyboard_is_enough(page: Page, serve: Serve, application: Application) -> None:
    origin = await serve(application.asgi)
    await page.open(f"{origin}/operations")
    await page.wait_for("document.querySelectorAll('#results li').length === 6")

    await page.press("Tab", 9)
    first = await page.evaluate("document.activeElement.className")
    await page.evaluate("document.querySelector('#key').focus()")
    await page.type(application.key)
    await page.press("Tab", 9)
    await page.press("Enter", 13, text="\r")
    await page.wait_for("document.querySelector('#session strong')?.innerText === 'web'")
    await page.evaluate("document.querySelector('#query').focus()")
    await page.type("filter")
    await page.wait_for("document.querySelectorAll('#results li').length === 1")
    await page.press("Tab", 9)
    focused = await page.evaluate("document.activeElement.dataset.id")
    await page.press("Enter", 13, text="\r")
    await page.wait_for(f"{TITLE}?.startsWith('EventList')")
    await page.wait_for("document.activeElement.id === 'detail'")
    await page.evaluate("document.querySelector('#variable-filter').focus()")
    await page.type('{"isFeatured": true')
    await page.press("Tab", 9)
    await page.press("Enter", 13, text="\r")
    await page.wait_for("document.querySelector('.run .status')?.innerText.includes('not JSON')")
    await page.evaluate("document.querySelector('#variable-filter').focus()")
    await page.evaluate("document.querySelector('#variable-filter').setSelectionRange(99, 99)")
    await page.type("}")
    await page.press("Tab", 9)
    await page.press("Enter", 13, text="\r")
    await page.wait_for(f"{ANSWER}?.includes('\"isFeatured\": true')")

    assert (first, focused) == ("skip", "EventList")
    assert page.problems == []


async def test_assistive_technology_finds_names_and_places(page: Page, serve: Serve, application: Application) -> None:
    origin = await serve(application.asgi)
    await page.open(f"{origin}/operations#Old")
    await sign_in(page, application.key)
    await page.wait_for("document.querySelector('.badge.deprecated')")
    await page.wait_for(f"{TITLE}?.includes('deprecated')")

    nodes = [node for node in await page.accessibility() if not node.get("ignored")]

    def names(role: str) -> list[str]:
        return [node["name"]["value"] for node in nodes if node["role"]["value"] == role]

    assert {"Operations", "Other pages"} <= set(names("navigation"))
    assert len(names("main")) == len(names("banner")) == len(names("search")) == 1
    assert names("heading")[0].startswith("Old")
    for role in ("textbox", "searchbox", "button", "link", "combobox", "radio", "image", "region"):
        assert all(names(role)), f"a {role} without a name"
    assert "It is served until" in await page.evaluate("document.querySelector('#detail .warning').innerText")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_text_can_be_read_against_its_ground(
    page: Page, serve: Serve, application: Application, tmp_path: Path, scheme: str
) -> None:
    """WCAG 2.2, success criterion 1.4.3: a contrast of 4.5 to 1."""
    origin = await serve(application.asgi)
    await page.emulate(scheme)
    await page.open(f"{origin}/operations#FunctionPage")
    await sign_in(page, application.key)
    await page.wait_for("document.querySelector('.chart')")
    (tmp_path / f"{scheme}.png").write_bytes(await page.screenshot())

    worst = await page.evaluate(CONTRASTS)

    assert worst["ratio"] >= 4.5, worst


async def test_a_wrong_key_is_told_and_a_narrow_window_holds_it_all(
    page: Page, serve: Serve, application: Application, tmp_path: Path
) -> None:
    origin = await serve(application.asgi)
    await page.resize(390, 844)
    await page.open(f"{origin}/operations")
    await page.click("#key")
    await page.type("boxoffice_wrong")
    await page.click("#session button")
    await page.wait_for("document.querySelector('#session .bad')?.innerText.includes('not valid')")
    (tmp_path / "narrow.png").write_bytes(await page.screenshot())

    wide = await page.evaluate("document.documentElement.scrollWidth")

    assert wide <= 390
    assert [problem for problem in page.problems if "status of 401" not in problem] == []


CONTRASTS = """(() => {
    const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
    const rgba = colour => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        return canvas.getImageData(0, 0, 1, 1).data;
    };
    const luminance = ([r, g, b]) => [r, g, b]
        .map(each => each / 255)
        .map(each => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4)
        .reduce((sum, each, place) => sum + each * [0.2126, 0.7152, 0.0722][place], 0);
    const ground = element => {
        for (let each = element; each; each = each.parentElement) {
            const colour = rgba(getComputedStyle(each).backgroundColor);
            if (colour[3] === 255) return colour;
        }
        return [255, 255, 255];
    };
    let worst = {ratio: 99};
    for (const element of document.querySelectorAll('body *')) {
        const text = [...element.childNodes].filter(node => node.nodeType === 3).map(node => node.data.trim()).join('');
        if (!text || !element.checkVisibility() || element.closest('svg, noscript, .skip')) continue;
        const [a, b] = [rgba(getComputedStyle(element).color), ground(element)].map(luminance).sort((x, y) => y - x);
        const ratio = (a + 0.05) / (b + 0.05);
        if (ratio < worst.ratio) worst = {ratio, text, tag: element.tagName, className: element.className};
    }
    return worst;
})()"""
