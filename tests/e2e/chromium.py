"""A real browser for the end-to-end tests: headless Chromium, driven over its DevTools pipe.

The protocol is one JSON message a time, ended by a zero byte (https://chromedevtools.github.io/devtools-protocol/),
so the standard library is enough.
"""

import asyncio
import base64
import contextlib
import itertools
import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import pytest

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--window-size=1440,900",
    "--remote-debugging-pipe",
    # Whatever the page might ask of another host goes nowhere, and is still recorded as a request.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
ANSWER_LIMIT = 20.0  # seconds, for one command of the protocol
WAIT_LIMIT = 30.0  # seconds, for something to appear on the page
# Chromium reads from descriptor 3 and writes to descriptor 4.
AS_PIPE = "import os, sys; [os.dup2(int(sys.argv[1]), fd) for fd in (3, 4)]; os.execvp(sys.argv[2], sys.argv[2:])"
LONGEST_MESSAGE = 2**26  # bytes; a screenshot is one message


class Chromium:
    """One browser process with an empty profile, and the sessions attached to it."""

    def __init__(self, binary: str, profile: Path) -> None:
        self._command = [binary, *FLAGS, f"--user-data-dir={profile}"]
        self._log = profile / "chromium.log"
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.on_event: Callable[[dict[str, Any]], None] = lambda _: None

    async def __aenter__(self) -> Self:
        ours, theirs = socket.socketpair()
        with theirs, self._log.open("wb") as log:
            command = [sys.executable, "-I", "-S", "-c", AS_PIPE, str(theirs.fileno()), *self._command]
            self._process = await asyncio.create_subprocess_exec(
                *command,
                pass_fds=(theirs.fileno(),),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._reader, self._writer = await asyncio.open_connection(sock=ours, limit=LONGEST_MESSAGE)
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        self.post("Browser.close")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), timeout=5)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()
        self._listening.cancel()
        await asyncio.wait([self._listening])
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()

    def post(self, method: str, session: str | None = None, **params: object) -> int:
        """Send a command; do not wait for its answer."""
        number = next(self._ids)
        message = {"id": number, "method": method, "params": params} | ({"sessionId": session} if session else {})
        self._writer.write(json.dumps(message).encode() + b"\0")
        return number

    async def call(self, method: str, session: str | None = None, **params: object) -> dict[str, Any]:
        """Send a command and return its result."""
        number = self.post(method, session, **params)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        try:
            message = await asyncio.wait_for(answer, ANSWER_LIMIT)
        except TimeoutError:
            pytest.fail(f"Chromium did not answer {method} in {ANSWER_LIMIT} s: {self._log.read_text()[-2000:]}")
        assert "error" not in message, f"{method}: {message}"
        result: dict[str, Any] = message["result"]
        return result

    async def _listen(self) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                self._receive(json.loads((await self._reader.readuntil(b"\0"))[:-1]))

    def _receive(self, message: dict[str, Any]) -> None:
        if "id" not in message:
            self.on_event(message)
        elif (answer := self._answers.pop(message["id"], None)) is not None and not answer.done():
            answer.set_result(message)


class Page:
    """One tab: what it was told to do, what it asked of the network and what went wrong in it."""

    def __init__(self, browser: Chromium, session: str) -> None:
        self._browser = browser
        self._session = session
        self.requests: list[str] = []
        self.problems: list[str] = []

    @classmethod
    async def create(cls, browser: Chromium) -> Self:
        """Open an empty tab and listen to all that happens in it and in its workers."""
        target = await browser.call("Target.createTarget", url="about:blank")
        attached = await browser.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        page = cls(browser, attached["sessionId"])
        browser.on_event = page._record
        page._observe(page._session)
        for domain in ("Page", "Audits"):
            await page._call(f"{domain}.enable")
        return page

    async def open(self, url: str) -> None:
        """Go to an address."""
        await self._call("Page.navigate", url=url)

    async def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression."""
        answer = await self._call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, f"{expression}: {answer['exceptionDetails']}"
        return answer["result"].get("value")

    async def wait_for(self, expression: str) -> None:
        """Return as soon as a JavaScript expression is true."""
        try:
            async with asyncio.timeout(WAIT_LIMIT):
                while not await self.evaluate(f"Boolean({expression})"):  # noqa: ASYNC110 - the browser does not say when
                    await asyncio.sleep(0.05)
        except TimeoutError:
            text = await self.evaluate("document.body.innerText")
            pytest.fail(f"Not true after {WAIT_LIMIT} s: {expression}\nProblems: {self.problems}\nPage: {text}")

    async def click(self, selector: str, *, count: int = 1) -> None:
        """Click in the middle of the first element that a selector finds."""
        element = f"document.querySelector({json.dumps(selector)})"
        await self.wait_for(f"{element}?.checkVisibility()")
        await self.evaluate(f"{element}.scrollIntoView({{block: 'nearest'}})")
        x, y = await self.evaluate(
            f"(({{x, y, width, height}}) => [x + width / 2, y + height / 2])({element}.getBoundingClientRect())"
        )
        for kind in ("mousePressed", "mouseReleased"):
            event = {"x": x, "y": y, "button": "left", "clickCount": count}
            await self._call("Input.dispatchMouseEvent", type=kind, **event)

    async def press(self, key: str, code: int, *, control: bool = False, text: str = "") -> None:
        """Press and release a key, named as in KeyboardEvent.code, with its Windows virtual key code.

        `text` is what it writes: `\r` for Enter where that is to follow a link or press a button.
        """
        for kind in ("keyDown" if text else "rawKeyDown", "keyUp"):
            event = {"code": key, "key": key, "windowsVirtualKeyCode": code, "modifiers": 2 if control else 0}
            await self._call("Input.dispatchKeyEvent", type=kind, text=text if kind == "keyDown" else "", **event)

    async def type(self, text: str) -> None:
        """Type text where the cursor is."""
        for character in text:
            await self._call("Input.dispatchKeyEvent", type="char", text=character)

    async def emulate(self, scheme: str) -> None:
        """Have the tab prefer a colour scheme: `light` or `dark`."""
        await self._call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    async def allow_clipboard(self) -> None:
        """Let the pages of this browser write to the clipboard and read from it."""
        await self._browser.call(
            "Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"]
        )

    async def resize(self, width: int, height: int) -> None:
        """Give the tab a size, in CSS pixels."""
        await self._call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )

    async def accessibility(self) -> list[dict[str, Any]]:
        """Return what assistive technology is told of the page, node by node."""
        tree = await self._call("Accessibility.getFullAXTree")
        nodes: list[dict[str, Any]] = tree["nodes"]
        return nodes

    async def screenshot(self) -> bytes:
        """Return what the tab shows as a PNG."""
        picture = await self._call("Page.captureScreenshot")
        return base64.b64decode(picture["data"])

    async def _call(self, method: str, **params: object) -> dict[str, Any]:
        return await self._browser.call(method, self._session, **params)

    def _observe(self, session: str) -> None:
        for domain in ("Network", "Runtime", "Log"):
            self._browser.post(f"{domain}.enable", session)
        following = {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": True}
        self._browser.post("Target.setAutoAttach", session, **following)
        self._browser.post("Runtime.runIfWaitingForDebugger", session)

    def _record(self, event: dict[str, Any]) -> None:
        match event["method"], event["params"]:
            case "Target.attachedToTarget", {"sessionId": str(session)}:
                self._observe(session)
            case "Network.requestWillBeSent", {"request": {"url": str(url)}}:
                self.requests.append(url)
            case "Network.webSocketCreated", {"url": str(url)}:
                self.requests.append(url)
            case "Runtime.consoleAPICalled", {"type": "error" | "warning" | "assert" as kind, "args": args}:
                self.problems.append(f"console.{kind}: {[arg.get('value', arg.get('description')) for arg in args]}")
            case "Runtime.exceptionThrown", {"exceptionDetails": details}:
                self.problems.append(f"exception: {details}")
            case "Log.entryAdded", {"entry": {"level": "error" | "warning" as level, "text": str(text)} as entry}:
                self.problems.append(f"{level}: {text} {entry.get('url', '')}")
            case "Audits.issueAdded", {"issue": {"code": "ContentSecurityPolicyIssue", "details": details}}:
                self.problems.append(f"content security policy: {details}")
