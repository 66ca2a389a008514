"""Buyers over HTTP, as real clients are: whoever has no answer asks again, elsewhere, with the same key."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

LIMIT_SECONDS = 60.0
"""The longest that a buyer tries one thing, through whatever is killed meanwhile."""

CREATE = """mutation ($input: CreateRegistrationInput!) { createRegistration(input: $input) {
  guestToken registration { id status total { amount } } userErrors { code } } }"""
COMPLETE = "mutation ($id: ID!) { completeRegistration(id: $id) { registration { status } userErrors { code } } }"
CANCEL = "mutation ($id: ID!) { cancelRegistration(id: $id) { registration { status } userErrors { code } } }"
START = """mutation ($id: ID!) { startPayment(registrationId: $id, provider: "trial") {
  payment { id clientSecret } userErrors { code } } }"""
REFUND = """mutation ($id: ID!, $reason: String!) { createRefund(paymentId: $id, reason: $reason) {
  payment { id } userErrors { code } } }"""
READ = "query ($id: ID!) { node(id: $id) { ... on Registration { status } } }"

ENDED = frozenset({"CONFIRMED", "PARTIALLY_REFUNDED", "REFUNDED", "EXPIRED", "CANCELLED"})


@dataclass(slots=True)
class Told:
    """What a buyer was told, which must be true for ever.

    Attributes:
        refused: that there is nothing to be had.
        registration: the id of what was ordered.
        statuses: each status that it was seen in.
        refunded: that the seller gives the money back.
    """

    refused: bool = False
    registration: str | None = None
    statuses: set[str] = field(default_factory=set)
    refunded: bool = False


@dataclass(slots=True)
class Crowd:
    """All buyers of a campaign, and what became of them.

    Attributes:
        bases: the addresses that can be asked.
        items: the ids that can be bought.
        clerk: a token of the seller's, who refunds.
        seed: where chance comes from.
        tally: how many requests there were, and what came of them.
        differing: repeats of a request that were answered differently.
    """

    bases: Sequence[str]
    items: Sequence[str]
    clerk: str
    seed: int
    http: httpx.AsyncClient
    told: dict[int, Told] = field(default_factory=dict)
    tally: Counter[str] = field(default_factory=Counter)
    differing: list[str] = field(default_factory=list)
    served: int = 0

    async def come(self, numbers: range, at_once: int) -> None:
        """Have buyers buy, so many at a time."""
        waiting = iter(numbers)

        async def one_after_the_other() -> None:
            for number in waiting:
                self.told[number] = Told()
                await Buyer(self, number, random.Random(f"{self.seed} {number}"), self.told[number]).buy()
                self.served += 1

        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(one_after_the_other())

    async def perform(
        self, document: str, variables: Mapping[str, Any], *, key: str, token: str | None, draw: random.Random
    ) -> Any:
        """The data of a mutation, however often it has to be sent; now and then it is sent once more than needed."""
        body = json.dumps({"query": document, "variables": variables}).encode()
        head = {"Content-Type": "application/json", "Idempotency-Key": key}
        if token is not None:
            head["Authorization"] = f"Bearer {token}"
        answer = await self._until_answered(body, head, draw)
        if draw.random() < 0.1:
            again = await self._until_answered(body, head, draw)
            self.tally["repeats"] += 1
            if again != answer:
                self.differing.append(f"{key}: {answer!r}, and then {again!r}")
        return next(iter(json.loads(answer)["data"].values()))

    async def read(self, registration: str, token: str, draw: random.Random) -> str:
        """A registration's status."""
        body = json.dumps({"query": READ, "variables": {"id": registration}}).encode()
        head = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        status: str = json.loads(await self._until_answered(body, head, draw))["data"]["node"]["status"]
        return status

    async def _until_answered(self, body: bytes, head: Mapping[str, str], draw: random.Random) -> bytes:
        last: object = None
        try:
            async with asyncio.timeout(LIMIT_SECONDS):
                while True:
                    answer = await self.post("/graphql", draw, content=body, headers=head)
                    if answer is not None and answer.is_success and "errors" not in answer.json():
                        return answer.content
                    if answer is not None:
                        last = answer.content
                        self.tally[self._reason(answer)] += 1
                    await asyncio.sleep(0.05 + draw.random() * 0.2)
        except TimeoutError:
            raise AssertionError(f"{body!r} is not answered: {last!r}") from None

    @staticmethod
    def _reason(answer: httpx.Response) -> str:
        """Why something is asked again; fails where that would not help."""
        code = answer.json()["errors"][0].get("extensions", {}).get("code")
        assert code not in {"GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT", "FORBIDDEN"}, answer.content
        return f"{answer.status_code} {code}"

    async def post(self, path: str, draw: random.Random, **request: Any) -> httpx.Response | None:
        """What any of the servers answers; None where it did not."""
        self.tally["requests"] += 1
        try:
            answer = await self.http.post(f"{draw.choice(self.bases)}{path}", **request)
        except httpx.TransportError:
            self.tally["without an answer"] += 1
            return None
        return answer


TELLINGS = ("once", "once", "once", "twice", "reversed", "never", "late")
WAYS = {
    "pay": 40,
    "pay and look no more": 8,
    "decline, then pay": 8,
    "pay later": 8,
    "pay too little": 4,
    "pay when the hold is over": 8,
    "pay, and cancel": 6,
    "pay, and be refunded": 8,
    "go away before paying": 6,
    "go away": 4,
}
"""What buyers do who have to pay, and how many of them."""


@dataclass(slots=True)
class Buyer:
    """One of them: their number decides what they do."""

    crowd: Crowd
    number: int
    draw: random.Random
    told: Told
    token: str | None = None
    steps: int = 0

    async def buy(self) -> None:
        item, quantity = self.draw.choice(self.crowd.items), self.draw.randint(1, 2)
        given = {"lines": [{"itemId": item, "quantity": quantity}], "email": f"buyer-{self.number}@example.org"}
        made = await self._perform(CREATE, {"input": given})
        if made["registration"] is None:
            self.told.refused = True
            return
        registration, self.token = made["registration"], made["guestToken"]
        self.told.registration = registration["id"]
        if float(registration["total"]["amount"]):
            await self._pay(self.draw.choices(list(WAYS), list(WAYS.values()))[0])
        else:
            await self._take()

    async def _take(self) -> None:
        """What costs nothing is completed, cancelled, or both, or left alone."""
        way = self.draw.random()
        if way < 0.8:
            await self._end(COMPLETE)
        if 0.7 < way < 0.9:
            await self._end(CANCEL)

    async def _end(self, document: str) -> None:
        done = await self._perform(document, {"id": self.told.registration})
        if not done["userErrors"]:
            self.told.statuses.add(done["registration"]["status"])

    async def _pay(self, way: str) -> None:
        if way == "go away":
            return
        started = await self._perform(START, {"id": self.told.registration})
        if started["userErrors"] or way == "go away before paying":
            return
        payment = started["payment"]
        if way == "pay when the hold is over":
            await self._look(until=ENDED)
        for action in {"decline, then pay": ("decline", "pay"), "pay later": ("process", "pay")}.get(way, ()):
            await self._act(payment["clientSecret"], action)
            await asyncio.sleep(self.draw.random() * 0.5)
        if way not in {"decline, then pay", "pay later"}:
            await self._act(payment["clientSecret"], "underpay" if way == "pay too little" else "pay")
        if way == "pay, and cancel":
            await self._end(CANCEL)
        if way in {"pay", "decline, then pay", "pay, and be refunded"}:
            await self._look(until=ENDED)
        if way == "pay, and be refunded" and "CONFIRMED" in self.told.statuses:
            # By the seller: another program, with a key of its own.
            variables = {"id": payment["id"], "reason": f"refund-{self.number}"}
            given = await self.crowd.perform(
                REFUND, variables, key=f"refund-{self.number}", token=self.crowd.clerk, draw=self.draw
            )
            self.told.refunded = not given["userErrors"]

    async def _act(self, secret: str, action: str) -> None:
        """Do something on the provider's page; where nobody answers, do it again."""
        form = {"action": action, "telling": self.draw.choice(TELLINGS)}
        async with asyncio.timeout(LIMIT_SECONDS):
            while True:
                answer = await self.crowd.post("/payments/trial", self.draw, params={"clientSecret": secret}, data=form)
                if answer is not None and answer.status_code == 303:
                    return
                await asyncio.sleep(0.1)

    async def _look(self, until: frozenset[str]) -> None:
        """Read how it stands, for as long as buyers have patience."""
        assert self.told.registration is not None
        assert self.token is not None
        for _ in range(12):
            status = await self.crowd.read(self.told.registration, self.token, self.draw)
            if status in ENDED:
                self.told.statuses.add(status)
            if status in until:
                return
            await asyncio.sleep(0.4)

    async def _perform(self, document: str, variables: Mapping[str, Any]) -> Any:
        self.steps += 1
        key = f"buyer-{self.number}-{self.steps}"
        return await self.crowd.perform(document, variables, key=key, token=self.token, draw=self.draw)
