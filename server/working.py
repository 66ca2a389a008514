"""A worker: what is done beside answering requests, in a process of its own or in that of `boxoffice serve`."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, replace

import structlog

from db.database import Database, open_database
from integrations.mail.post import open_post
from jobs.mailing import Mailing, OfferPage
from jobs.periodic import PERIODIC, Clockwork, Workshop
from jobs.relay import Deliveries, Relay
from server.connections import OF_A_WORKER
from server.neighbours import database_options
from server.settings import Settings

_log = structlog.get_logger(__name__)


@asynccontextmanager
async def working(settings: Settings, deliveries: Deliveries) -> AsyncIterator[None]:
    """Do a worker's work until the block ends; deliveries under way are finished then, jobs are left to the next.

    Args:
        settings: complete.
        deliveries: where it counts what it does.
    """
    options = replace(database_options(settings), under_roles=True, writers=OF_A_WORKER)
    async with open_database(options) as database:
        stopping = asyncio.Event()
        mailing = _mailing(settings, database)
        relay = Relay(database=database, consumers=mailing.consumers, counters=deliveries)
        clockwork = Clockwork(shop=Workshop(database=database, upkeep=settings.upkeep), jobs=PERIODIC)
        _log.info("worker started", mail="server" if settings.mail_url else "folder")
        tasks = [
            asyncio.create_task(relay.run(stopping), name="relay"),
            asyncio.create_task(clockwork.run(stopping), name="clockwork"),
        ]
        try:
            yield
        finally:
            stopping.set()
            try:
                async with asyncio.timeout(settings.shutdown_timeout_seconds):
                    await asyncio.gather(*tasks)
            except TimeoutError:
                _log.warning("worker stopped in the midst of a delivery; it will be done again")
            _log.info("worker stopped", **asdict(deliveries))


def _mailing(settings: Settings, database: Database) -> Mailing:
    url = None if settings.mail_url is None else settings.mail_url.get_secret_value()
    offers = None
    if settings.offer_page is not None:
        assert settings.secret_key is not None, "filled in before anything asks"
        offers = OfferPage(str(settings.offer_page), settings.secret_key.get_secret_value().encode())
    return Mailing(
        database=database,
        post=open_post(url, settings.mail_folder, settings.mail_timeout_seconds),
        sender=settings.mail_sender,
        keys=settings.check_in_keys,
        offers=offers,
    )


async def told_to_stop() -> None:
    """Wait for SIGTERM or SIGINT, which then end nothing by themselves."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, told.set)
    await told.wait()
