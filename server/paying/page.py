"""The page on which a payer of the trial provider pays, or does not: `/payments/trial?clientSecret=…`.

Plain forms, no script. The secret is the payer's capability: it stands in the query, which is not logged, and the
page is neither stored nor its address passed on.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from html import escape
from string import Template
from typing import Any, Final
from urllib.parse import parse_qs, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from db.failures import is_unavailable
from domain.money import Money
from domain.payments import IntentState
from integrations.payments.port import TRIAL, Payments, ProviderRefused
from integrations.payments.trial import LATE, Telling, Trial
from server.http.decode import read_body
from server.http.limits import HttpLimits

PATH: Final = "/payments/trial"

_STYLE: Final = """
:root { color-scheme: light dark; --ink: light-dark(#1d2433, #e8ebf2); --paper: light-dark(#fff, #171b24);
  --ground: light-dark(#f1f3f8, #0e1118); --line: light-dark(#d4d9e4, #343b4b); --accent: light-dark(#1f5fd0, #7eaaff);
  --soft: light-dark(#5b6478, #a2abbd) }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: start center; padding: 6vh 1rem;
  background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif }
main { width: min(28rem, 100%); background: var(--paper); border: 1px solid var(--line); border-radius: .75rem;
  padding: 1.75rem }
.note { margin: 0 0 1.25rem; color: var(--soft); font-size: .875rem }
h1 { margin: 0; font-size: 1.125rem; font-weight: 600 }
.amount { margin: .25rem 0 1.25rem; font-size: 2.25rem; font-weight: 650; font-variant-numeric: tabular-nums }
.amount small { font-size: 1rem; color: var(--soft); font-weight: 500 }
fieldset { margin: 0 0 1.25rem; padding: .75rem 1rem; border: 1px solid var(--line); border-radius: .5rem }
legend { padding: 0 .35rem; color: var(--soft); font-size: .875rem }
label { display: flex; gap: .6rem; align-items: baseline; padding: .2rem 0 }
.buttons { display: flex; flex-wrap: wrap; gap: .6rem }
button { flex: 1 1 8rem; padding: .65rem 1rem; border: 1px solid var(--line); border-radius: .5rem; background: none;
  color: inherit; font: inherit; cursor: pointer }
button.pay { flex-basis: 100%; background: var(--accent); border-color: var(--accent); color: var(--paper);
  font-weight: 600 }
button:focus-visible, input:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
.state { margin: 0 0 1.25rem; padding: .65rem 1rem; border: 1px solid var(--line); border-radius: .5rem }
"""

_PAGE: Final = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>$style</style>
</head>
<body>
<main>
<p class="note">A trial: no money moves, and none is asked for.</p>
$content
</main>
</body>
</html>
""")

_FORM: Final = """<form method="post">
<fieldset><legend>Boxoffice is told of it</legend>
{choices}
</fieldset>
<div class="buttons">
<button class="pay" name="action" value="pay">Pay {amount} {currency}</button>
<button name="action" value="decline">Decline</button>
<button name="action" value="process">Pay later</button>
<button name="action" value="underpay">Pay too little</button>
</div>
</form>"""

_TELLINGS: Final = {
    Telling.ONCE: "at once",
    Telling.TWICE: "twice",
    Telling.LATE: f"after {LATE.seconds} seconds",
    Telling.REVERSED: "in the wrong order",
    Telling.NEVER: "never: it has to ask",
}

_STATES: Final = {
    IntentState.OPEN: "Not paid yet.",
    IntentState.PROCESSING: "The money is on its way. You may have it arrive, or be declined.",
    IntentState.SUCCEEDED: "Paid. You can close this page.",
    IntentState.DECLINED: "Declined. You may try again.",
    IntentState.CANCELLED: "This payment was cancelled; nothing can be paid any more.",
}

_ACTIONS: Final = {
    "pay": IntentState.SUCCEEDED,
    "underpay": IntentState.SUCCEEDED,
    "decline": IntentState.DECLINED,
    "process": IntentState.PROCESSING,
}

_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
}


def trial_routes(payments: Payments, limits: HttpLimits) -> list[Route]:
    """The page's routes; none where there is no trial provider."""
    trial = payments.providers.get(TRIAL)
    return TrialPage(trial, limits).routes() if isinstance(trial, Trial) else []


@dataclass(frozen=True, slots=True)
class TrialPage:
    """The page of a trial provider."""

    trial: Trial
    limits: HttpLimits

    def routes(self) -> list[Route]:
        """Its routes."""
        show, act = _unless_away(self.show), _unless_away(self.act)
        return [Route(PATH, show, methods=["GET"]), Route(PATH, act, methods=["POST"])]

    async def show(self, request: Request) -> Response:
        """What is to be paid, and the ways to."""
        try:
            intent = await self.trial.look(request.query_params.get("clientSecret", ""))
        except ProviderRefused:
            return _answer("No such payment", "<h1>There is no such payment.</h1>", 404)
        return _answer("Trial payment", _content(intent))

    async def act(self, request: Request) -> Response:
        """Do what was chosen, and show what came of it."""
        secret = request.query_params.get("clientSecret", "")
        form = parse_qs((await read_body(request.headers, request.receive, self.limits)).decode("ascii", "replace"))
        action, told = form.get("action", [""])[0], form.get("telling", [Telling.ONCE.value])[0]
        if action not in _ACTIONS or told not in set(Telling):
            return _answer("Not understood", "<h1>This form was not sent by its page.</h1>", 400)
        try:
            received = None
            if action == "underpay":
                intent = await self.trial.look(secret)
                received = Money(intent["amount"] // 2, intent["currency"])
            await self.trial.act(secret, _ACTIONS[action], telling=Telling(told), received=received)
        except ProviderRefused as refused:
            if refused.code == "unknown_intent":
                return _answer("No such payment", "<h1>There is no such payment.</h1>", 404)
        return RedirectResponse(f"{PATH}?{urlencode({'clientSecret': secret})}", 303, headers=_HEADERS)


def _unless_away(handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """A handler that says so where the provider's tables cannot be reached."""

    async def handle(request: Request) -> Response:
        try:
            return await handler(request)
        except Exception as error:
            if not is_unavailable(error):
                raise
            return _answer("Not available", "<h1>This is not available right now; try again.</h1>", 503)

    return handle


def _content(intent: Mapping[str, Any]) -> str:
    state = IntentState(intent["state"])
    asked = Money(intent["amount"], intent["currency"])
    parts = [
        f"<h1>{escape(intent['metadata'].get('function_name', 'Registration'))}</h1>",
        f'<p class="amount">{asked.amount} <small>{escape(asked.currency)}</small></p>',
    ]
    if state is not IntentState.OPEN:
        parts.append(f'<p class="state" role="status">{_STATES[state]}</p>')
    if state in {IntentState.OPEN, IntentState.PROCESSING, IntentState.DECLINED}:
        choices = "\n".join(
            f'<label><input type="radio" name="telling" value="{telling}"{" checked" if first else ""}>{words}</label>'
            for telling, words in _TELLINGS.items()
            for first in (telling is Telling.ONCE,)
        )
        parts.append(_FORM.format(choices=choices, amount=asked.amount, currency=escape(asked.currency)))
    return "\n".join(parts)


def _answer(title: str, content: str, status: int = 200) -> Response:
    page = _PAGE.substitute(title=escape(title), style=_STYLE, content=content)
    return HTMLResponse(page, status, headers=_HEADERS)
