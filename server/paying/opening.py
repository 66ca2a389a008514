"""Payments in a serving process, wired from the settings: the providers, and what follows payments up."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Final

import structlog

from auth.secrets import purpose_key
from auth.signatures import Form, Source
from commands.paying.following import follow
from commands.paying.hearing import hear
from commands.webhooks import Delivery, Effect, Result
from db.contention import Transaction
from db.database import Database
from db.failures import is_unavailable
from domain.errors import InvalidArgument
from integrations.payments.port import STRIPE, TRIAL, PaymentProvider, Payments
from integrations.payments.stripe import open_stripe
from integrations.payments.trial import Trial
from server.settings import Settings
from server.webhooks import Handlers

LOOK_SECONDS: Final = 1.0
"""How often a process looks for payments and refunds that are due."""

_log = structlog.get_logger(__name__)


@asynccontextmanager
async def open_payments(settings: Settings, database: Database) -> AsyncIterator[Payments]:
    """The providers that the settings name; what is due of their payments is followed until the block ends."""
    async with AsyncExitStack() as stack:
        providers: dict[str, PaymentProvider] = {}
        if settings.stripe_secret_key is not None:
            key = settings.stripe_secret_key.get_secret_value()
            opened = open_stripe(key, timeout=settings.payment_timeout_seconds, base=settings.stripe_api_url)
            providers[STRIPE] = await stack.enter_async_context(opened)
        if settings.trial_payments:
            providers[TRIAL] = Trial(database)
        payments = Payments(providers, dt.timedelta(seconds=settings.payment_poll_seconds))
        if providers:
            await stack.enter_async_context(_following(database, payments))
        yield payments


@asynccontextmanager
async def _following(database: Database, payments: Payments) -> AsyncIterator[None]:
    task = asyncio.create_task(_follow_on(database, payments), name="payments")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _follow_on(database: Database, payments: Payments) -> None:
    """Follow what is due, for as long as the process serves; what stands in the way is said once."""
    is_told = False
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            await follow(database, payments)
        except Exception as error:  # noqa: BLE001 - whatever it is, payments are followed on
            if not is_told:
                _log.warning("payments not followed", reason=repr(error), exc_info=not is_unavailable(error))
            is_told = True
        else:
            is_told = False


def payment_handlers(database: Database, payments: Payments) -> Handlers:
    """What follows from the webhooks of the providers."""
    return {
        (name, type_): _hearing(database, provider)
        for name, provider in payments.providers.items()
        for type_ in provider.events
    }


def _hearing(database: Database, provider: PaymentProvider) -> Effect:
    async def effect(transaction: Transaction, delivery: Delivery) -> Result:
        try:
            event = provider.parse_event(delivery.payload)
        except ValueError as error:
            raise InvalidArgument(f"The webhook is {error}.") from None
        if event is not None:
            await database.act_for(transaction, sells=True)
            await hear(transaction, provider.name, event, at=dt.datetime.now(dt.UTC))
        # Nothing is kept of it: what came last was places, and those are not to wait for another statement.
        return {}

    return effect


def sources_of(settings: Settings) -> Mapping[str, Source]:
    """Who may send webhooks: those that the settings name, and the trial provider, whose key is made of the secret."""
    if not settings.trial_payments:
        return settings.webhooks
    return {**settings.webhooks, TRIAL: Source(Form.STANDARD, (trial_key(settings),))}


def trial_key(settings: Settings) -> bytes:
    """What the trial provider signs with."""
    assert settings.secret_key is not None, "filled in before anything asks"
    return purpose_key(settings.secret_key.get_secret_value().encode(), "trial payments")


def host_of(settings: Settings) -> str:
    """A name that this application answers to."""
    names = [name.replace("*", "boxoffice", 1) for name in settings.trusted_hosts]
    return names[0] if names else "localhost"
