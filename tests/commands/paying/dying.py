"""A process that pays, refunds, follows or hears, and is killed where that hurts most.

Its arguments: the database's URL, what it does, and the global id of what it does it to. The provider does what it is
asked to; the process ends before it can write down what came of it. What is heard is written, and not committed.
"""

import asyncio
import datetime as dt
import os
import signal
import sys
from collections.abc import Mapping
from typing import Any

from auth.viewer import ADMIN, Role, Viewer
from commands.paying.asking import selling
from commands.paying.following import follow
from commands.paying.hearing import hear
from commands.paying.refunding import create_refund
from commands.paying.starting import start_payment
from commands.writing import Writer
from db import trial_payments
from db.contention import Transaction
from db.database import Database, DatabaseOptions, open_database
from db.once import Once
from domain.audit import ANYONE
from domain.ids import decode_global_id
from integrations.payments.port import TRIAL, Charge, Event, Intent, Payments, RefundOrder, RefundReport
from integrations.payments.trial import Trial

KEY = "before the end"


def end() -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


class Deadly:
    """A provider whose answers reach nobody."""

    def __init__(self, inner: Trial) -> None:
        self.inner, self.name, self.events = inner, inner.name, inner.events

    async def create_intent(self, charge: Charge) -> Intent:
        await self.inner.create_intent(charge)
        return end()

    async def read_intent(self, reference: str) -> Intent:
        await self.inner.read_intent(reference)
        return end()

    async def cancel_intent(self, reference: str) -> Intent:
        await self.inner.cancel_intent(reference)
        return end()

    async def refund(self, order: RefundOrder) -> RefundReport:
        await self.inner.refund(order)
        return end()

    async def read_refund(self, reference: str) -> RefundReport:
        await self.inner.read_refund(reference)
        return end()

    def parse_event(self, payload: Mapping[str, Any]) -> Event | None:
        return self.inner.parse_event(payload)


async def hear_all(database: Database, provider: Deadly) -> None:
    """Hear what the provider has to tell, and end before that is committed."""

    async with database.write() as transaction:
        due = await trial_payments.take_due(transaction, at_most=10, again_after=dt.timedelta(seconds=1))
    events = [provider.parse_event(each.payload) for each in due]

    async def work(transaction: Transaction) -> None:
        for event in events:
            assert event is not None
            await hear(transaction, TRIAL, event, at=dt.datetime.now(dt.UTC))
        end()

    await selling(database, work)


async def main(url: str, act: str, global_id: str) -> None:
    async with open_database(DatabaseOptions(url, pool_size=3, under_roles=True)) as database:
        provider = Deadly(Trial(database))
        payments = Payments({TRIAL: provider}, dt.timedelta(seconds=30))
        now = dt.datetime.now(dt.UTC)
        viewer = Viewer(Role.GUEST, registration_id=decode_global_id(global_id)[1]) if act == "start" else ADMIN
        once = Once("None", KEY, "startPayment", "0" * 64, now)
        writer = Writer(database, viewer, ANYONE, now, once=once, payments=payments)
        match act:
            case "start":
                await start_payment(writer, registration_id=global_id, provider=TRIAL)
            case "refund":
                await create_refund(writer, payment_id=global_id)
            case "follow":
                await follow(database, payments)
            case "hear":
                await hear_all(database, provider)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
