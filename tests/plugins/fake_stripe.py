"""Something on the loopback that speaks the part of Stripe's API that is used, over real HTTP.

It keeps intents and refunds, repeats its answers for repeated keys as Stripe does, a refusal included, and can be told
to fail, to hang, or that a payer has paid.
"""

import asyncio
import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from server.http.limits import HttpLimits
from tests.plugins.http_server import serve

KEY = "sk_test_a_key_of_the_tests"


@dataclass(slots=True)
class FakeStripe:
    """What it knows, and how it misbehaves: `faults` are the next answers' statuses; 0 is late, and -1 loses one."""

    url: str = ""
    intents: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: list[int] = field(default_factory=list)
    refund_status: str = "succeeded"
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    heads: list[dict[str, str]] = field(default_factory=list)
    _answers: dict[str, tuple[dict[str, str], int, dict[str, Any]]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def pay(self, reference: str, amount: int | None = None, currency: str | None = None) -> None:
        intent = self.intents[reference]
        intent.update(status="succeeded", amount_received=intent["amount"] if amount is None else amount)
        intent["currency"] = currency or intent["currency"]

    def decline(self, reference: str) -> None:
        failure = {"type": "card_error", "code": "card_declined", "decline_code": "insufficient_funds"}
        self.intents[reference].update(status="requires_payment_method", last_payment_error=failure)

    def event(self, type_: str, told: dict[str, Any], *, livemode: bool = False) -> dict[str, Any]:
        return {
            "id": f"evt_{next(self._numbers)}",
            "object": "event",
            "api_version": "2026-10-28.endive",
            "created": int(time.time()),
            "livemode": livemode,
            "type": type_,
            "data": {"object": told},
        }

    async def respond(self, request: Request) -> Response:
        body = (await request.body()).decode()
        form = dict(parse_qsl(body, keep_blank_values=True))
        self.requests.append((request.method, request.url.path, form))
        self.heads.append(dict(request.headers))
        fault = self.faults.pop(0) if self.faults else None
        if fault == 0:
            await asyncio.sleep(1)
        if fault is not None and fault > 0:
            code = {402: "card_declined", 429: "lock_timeout"}.get(fault)
            kind = "card_error" if fault == 402 else "api_error" if fault >= 500 else "invalid_request_error"
            error = {"type": kind, "message": "Told to fail.", "code": code}
            return JSONResponse({"error": error}, fault, headers={"request-id": "req_1"})
        status, answer = self._answer(request, form)
        if fault == -1:
            return Response(b"", 502)
        return JSONResponse(answer, status, headers={"request-id": "req_2"})

    def _answer(self, request: Request, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if request.headers["authorization"] != f"Bearer {KEY}":
            return 401, {"error": {"type": "invalid_request_error", "message": "Invalid API Key provided"}}
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        if key is not None and key in self._answers:
            before, status, answer = self._answers[key]
            if before != form:
                return 400, {"error": {"type": "idempotency_error", "message": "Keys for idempotent requests …"}}
            return status, answer
        status, answer = self._act(request, form)
        if key is not None:
            self._answers[key] = (form, status, dict(answer))
        return status, answer

    def _act(self, request: Request, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        match request.url.path.split("/")[2:]:
            case ["payment_intents"]:
                return 200, self._make_intent(form)
            case ["payment_intents", reference]:
                return self._found(self.intents, reference)
            case ["payment_intents", reference, "cancel"]:
                return self._cancel(reference)
            case ["refunds"]:
                return self._refund(form)
            case ["refunds", reference]:
                return self._found(self.refunds, reference)
        return 404, {"error": {"type": "invalid_request_error", "message": "Unrecognized request URL"}}

    def _make_intent(self, form: dict[str, str]) -> dict[str, Any]:
        reference = f"pi_{next(self._numbers)}"
        self.intents[reference] = {
            "id": reference,
            "object": "payment_intent",
            "amount": int(form["amount"]),
            "amount_received": 0,
            "currency": form["currency"],
            "status": "requires_payment_method",
            "client_secret": f"{reference}_secret_x",
            "last_payment_error": None,
            "cancellation_reason": None,
            "livemode": False,
            "metadata": _metadata(form),
        }
        return self.intents[reference]

    def _cancel(self, reference: str) -> tuple[int, dict[str, Any]]:
        intent = self.intents[reference]
        if intent["status"] in {"succeeded", "canceled", "processing"}:
            return 400, _refusal("payment_intent_unexpected_state")
        intent["status"] = "canceled"
        return 200, intent

    def _refund(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        intent, amount = self.intents[form["payment_intent"]], int(form["amount"])
        back = sum(each["amount"] for each in self.refunds.values() if each["payment_intent"] == intent["id"])
        if intent["status"] != "succeeded" or back + amount > intent["amount_received"]:
            return 400, _refusal("charge_already_refunded")
        reference = f"re_{next(self._numbers)}"
        self.refunds[reference] = {
            "id": reference,
            "object": "refund",
            "amount": amount,
            "currency": intent["currency"],
            "payment_intent": intent["id"],
            "status": self.refund_status,
            "metadata": _metadata(form),
        }
        return 200, self.refunds[reference]

    @staticmethod
    def _found(kept: dict[str, dict[str, Any]], reference: str) -> tuple[int, dict[str, Any]]:
        return (200, kept[reference]) if reference in kept else (404, _refusal("resource_missing"))


def _metadata(form: dict[str, str]) -> dict[str, str]:
    return {name[len("metadata[") : -1]: value for name, value in form.items() if name.startswith("metadata[")}


def _refusal(code: str) -> dict[str, Any]:
    return {"error": {"type": "invalid_request_error", "code": code, "message": "No."}}


@contextmanager
def fake_stripe() -> Iterator[FakeStripe]:
    """One that listens until the block ends."""
    fake = FakeStripe()
    app = Starlette(routes=[Route("/v1/{path:path}", fake.respond, methods=["GET", "POST"])])
    with serve(app, HttpLimits()) as server:
        fake.url = server.url
        yield fake
