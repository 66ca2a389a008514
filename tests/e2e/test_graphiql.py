import asyncio
import datetime as dt
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from graphql import OperationDefinitionNode, parse
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from commands.demonstration import load_demonstration
from db.database import DatabaseOptions, open_database
from server.app import open_app
from server.settings import load_settings
from tests.e2e.chromium import Page

pytestmark = pytest.mark.browser

Serve = Callable[[ASGIApp], Awaitable[str]]

WEB = Path(__file__).parents[2] / "web"
EDITOR = ".graphiql-query-editor .monaco-editor"
TOOL = ".graphiql-editor-tool .graphiql-editor:not(.hidden)"
RUN = ".graphiql-execute-button"
SHOW_DOCUMENTATION = "[aria-label='Show Documentation Explorer']"
SCHEMA_SHOWS = "document.querySelector('.graphiql-doc-explorer')?.innerText.includes('Query')"
EDITOR_SHOWS = "document.querySelector('.graphiql-query-editor .view-lines')?.innerText.includes('functions')"
ANSWER_SHOWS = (
    '/^\\{\\s*"data":\\s*\\{\\s*"functions":.*"name":/s'
    ".test(document.querySelector('.graphiql-response .view-lines')?.innerText.replaceAll('\\u00a0', ' '))"
)


async def test_a_visitor_runs_the_first_operation_and_reads_the_documentation(
    page: Page, serve: Serve, application: ASGIApp, tmp_path: Path
) -> None:
    origin = await serve(application)

    await page.open(f"{origin}/graphql")
    await page.wait_for(EDITOR_SHOWS)
    await page.click(RUN)
    await page.wait_for(ANSWER_SHOWS)
    await page.click("[aria-label='Show History']")
    await page.wait_for("document.querySelector('.graphiql-history-item')?.innerText.includes('Functions')")
    await page.click(SHOW_DOCUMENTATION)
    await page.wait_for(SCHEMA_SHOWS)
    await page.click(".graphiql-doc-explorer a")
    await page.wait_for("document.querySelector('.graphiql-doc-explorer')?.innerText.includes('functions')")
    (tmp_path / "graphiql.png").write_bytes(await page.screenshot())

    assert await page.evaluate("document.title") == "Boxoffice"
    assert {foreign for foreign in page.requests if not foreign.startswith((f"{origin}/", "data:"))} == set()
    assert page.problems == []


async def test_the_editor_completes_checks_and_tidies_what_is_typed(
    page: Page, serve: Serve, application: ASGIApp
) -> None:
    """Completion and diagnostics come from workers, tidying from scripts that are loaded on demand."""
    origin = await serve(application)
    await page.open(f"{origin}/graphql")
    await page.wait_for(EDITOR_SHOWS)
    await page.click(SHOW_DOCUMENTATION)
    await page.wait_for(SCHEMA_SHOWS)  # without a schema there is nothing to complete

    await page.click(EDITOR)
    await page.press("KeyA", 65, control=True)
    await page.type("query Mine{functions(first:1){nodes{nonsense sl")
    await page.wait_for("document.querySelector('.suggest-widget.visible')?.innerText.includes('slug')")
    await page.press("Enter", 13)
    await page.wait_for("document.querySelector('.graphiql-query-editor .squiggly-error')")
    await page.click("[aria-label^='Prettify']")
    await page.wait_for("document.querySelectorAll('.graphiql-query-editor .view-line').length >= 8")

    text = await page.evaluate("document.querySelector('.graphiql-query-editor .view-lines').innerText")
    assert re.search(r"nonsense\s+slug\s+}", text)
    assert page.problems == []


async def test_a_subscription_shows_results_until_it_is_stopped(page: Page, serve: Serve, application: ASGIApp) -> None:
    origin = await serve(application)
    await page.open(f"{origin}/graphql")
    await page.wait_for(EDITOR_SHOWS)
    shown = "document.querySelector('.graphiql-response .view-lines')?.innerText"

    await page.evaluate("[...document.querySelectorAll('.graphiql-tab-button')].at(-1).click()")
    await page.wait_for("document.querySelector('.graphiql-query-editor .view-lines')?.innerText.includes('Clock')")
    await asyncio.sleep(1)  # GraphiQL looks a little later which operation it shows, and nothing tells when
    await page.click(RUN)
    await page.wait_for(f"{shown}?.includes('serverTime')")
    first = await page.evaluate(shown)
    await page.wait_for(f"{shown}?.includes('serverTime') && {shown} !== {json.dumps(first)}")
    await page.click(RUN)  # the same button stops it
    await page.wait_for(
        "document.querySelector('.graphiql-execute-button')?.getAttribute('aria-label')?.includes('Execute')"
    )

    assert page.problems == []


async def test_extensions_among_the_header_fields_are_sent_as_extensions(
    page: Page, serve: Serve, application: ASGIApp
) -> None:
    """Of what it costs, since anybody may ask for that; `explain` goes the same way."""
    origin = await serve(application)

    await page.open(f"{origin}/graphql")
    await page.wait_for(EDITOR_SHOWS)
    await page.evaluate(
        "const plain = fetch; fetch = (url, options) => (window.sent = options.body, plain(url, options))"
    )
    await page.click("[data-name='headers']")
    await page.wait_for("document.querySelector('[data-name=headers].active')")  # until then the variables show
    focused = f"Boolean(document.querySelector('{TOOL} .monaco-editor.focused'))"
    for _ in range(40):  # while the pane opens, its editor is not yet where it will be
        await page.click(f"{TOOL} .monaco-editor")
        await asyncio.sleep(0.1)
        if await page.evaluate(focused):
            break
    await page.type('{"extensions": {"cost": true}}')
    await page.wait_for(f"document.querySelector('{TOOL} .view-lines').innerText.includes('true')")
    await page.click(RUN)
    await page.wait_for(ANSWER_SHOWS)

    sent = json.loads(await page.evaluate("window.sent"))
    assert sent["extensions"] == {"cost": True}

    assert page.problems == []


async def test_each_example_has_a_tab_that_is_named_after_its_first_operation(
    page: Page, serve: Serve, application: ASGIApp
) -> None:
    documents = [parse(path.read_text()) for path in (WEB / "graphiql" / "examples").glob("*.graphql")]
    operations = [
        next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
        for document in documents
    ]
    origin = await serve(application)

    await page.open(f"{origin}/graphql")
    await page.wait_for(EDITOR_SHOWS)

    tabs = await page.evaluate("[...document.querySelectorAll('.graphiql-tab')].map(tab => tab.innerText.trim())")
    assert sorted(tabs) == sorted(operation.name.value for operation in operations if operation.name)


async def test_the_page_works_where_introspection_is_refused(page: Page, serve: Serve, application: ASGIApp) -> None:
    origin = await serve(refuse_introspection(application))

    await page.open(f"{origin}/graphql")
    await page.wait_for(EDITOR_SHOWS)
    await page.click(RUN)
    await page.wait_for(ANSWER_SHOWS)
    await page.click(SHOW_DOCUMENTATION)
    await page.wait_for("document.querySelector('.graphiql-doc-explorer')?.innerText.includes('Error fetching schema')")

    assert {problem for problem in page.problems if "status of 403" not in problem} == set()


async def test_the_policy_stops_inline_code_inline_styles_and_other_origins(
    page: Page, serve: Serve, application: ASGIApp
) -> None:
    """The other tests find no violation. This one shows that they would."""
    origin = await serve(application)
    await page.open(f"{origin}/graphql")
    await page.wait_for(EDITOR_SHOWS)

    stopped = await page.evaluate("""(async () => {
        const script = document.createElement('script');
        script.textContent = 'globalThis.ran = true';
        document.head.append(script);
        document.body.setAttribute('style', 'color: red');
        const other = await fetch('http://127.0.0.1:9/').catch(error => `${error}`);
        return [globalThis.ran, document.body.style.color, other];
    })()""")

    assert stopped == [None, "", "TypeError: Failed to fetch"]
    for directive in ("script-src", "style-src", "connect-src"):
        assert any("Content Security Policy" in problem and directive in problem for problem in page.problems)


def refuse_introspection(application: ASGIApp) -> ASGIApp:
    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await application(scope, receive, send)
            return
        body = await Request(scope, receive).body()
        messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
        if b"__schema" in body:
            await PlainTextResponse("introspection is for members", status_code=403)(scope, receive, send)
            return

        async def replay() -> Message:
            return messages.pop() if messages else await receive()

        await application(scope, replay, send)

    return guarded


@pytest.fixture
async def application(database_url: str, redis_url: str) -> AsyncIterator[ASGIApp]:
    """The whole application over the demonstration data."""
    async with open_database(DatabaseOptions(database_url)) as database:
        await load_demonstration(database, dt.datetime.now(dt.UTC).date())
    settings = load_settings(database_url=database_url, redis_url=redis_url, secret_key="k" * 32)
    async with open_app(settings) as app:
        yield app
