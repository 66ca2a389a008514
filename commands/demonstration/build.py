"""Content into rows, with dates counted from the day that the data is loaded."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

from commands.demonstration.content import Event, Function, Organisation, Package, Pool, Season, Ticket, families
from commands.seeding.draws import Draws, milliseconds_of
from db import models
from db.bulk import Table
from domain.money import minor_unit_digits
from domain.slugs import slugify

Row = dict[str, object]
Tables = Mapping[Table, Sequence[Row]]

_LEAD = dt.timedelta(days=120)
"""How long before it is loaded the data says it was made."""


def rows_of(organisations: Sequence[Organisation], today: dt.date) -> Tables:
    """The rows of every table, in the order in which they can be inserted.

    Rows of one table have the same columns. The same content and day give the same rows, keys included.
    """
    builder = _Builder(today)
    for organisation in organisations:
        builder.organisation(organisation)
    return builder.tables


class _Builder:
    def __init__(self, today: dt.date) -> None:
        self.tables: dict[Table, list[Row]] = {
            table: []
            for table in (
                models.Organisation, models.Function, models.Event, models.Ticket, models.CapacityPool,
                models.TicketPool, models.Package, models.PackageItem,
            )
        }  # fmt: skip
        self._today = today
        self._midnight = dt.datetime.combine(today, dt.time(), dt.UTC)
        self._made = self._midnight - _LEAD
        self._draws = Draws("demonstration")
        self._numbers: Iterator[int] = itertools.count()

    def _key(self) -> uuid.UUID:
        """One for each call, in the order of the calls."""
        number = next(self._numbers)
        return self._draws.draw("row", number, milliseconds_of(self._made) + number)[0]

    def _add(self, table: Table, **values: object) -> None:
        self.tables[table].append(values)

    def _recorded(self) -> Row:
        return {"created_at": self._made, "updated_at": self._made}

    def organisation(self, each: Organisation) -> None:
        key = self._key()
        self._add(
            models.Organisation,
            organisation_id=key, name=each.name, slug=each.slug, timezone=each.zone, **self._recorded(),
        )  # fmt: skip
        for function in each.functions:
            self._function(function, key)
        for season in each.seasons:
            self._events(season, None, key)

    def _function(self, each: Function, organisation: uuid.UUID) -> None:
        key = self._key()
        first_day = self._today + dt.timedelta(days=each.starts_in)
        self._add(
            models.Function,
            function_id=key,
            organisation_id=organisation,
            name=each.name,
            slug=each.slug,
            description=each.about,
            start_date=first_day,
            end_date=first_day + dt.timedelta(days=each.days - 1),
            timezone=each.zone,
            location=each.location,
            image_url=f"https://images.boxoffice.example/{each.slug}.jpg",
            is_active=each.active,
            metadata=json.dumps(each.metadata, ensure_ascii=False),
            **self._recorded(),
        )
        tickets = self._events(each, key, organisation)
        for package in each.packages:
            self._package(package, key, each.currency, tickets)

    def _events(
        self, of: Function | Season, function: uuid.UUID | None, organisation: uuid.UUID
    ) -> dict[tuple[str, str], tuple[uuid.UUID, int]]:
        """Returns key and price of each ticket, by its event's title and its own name."""
        pools = {pool.name: self._pool(pool, organisation) for pool in of.pools}
        keys: dict[Event | None, uuid.UUID | None] = {None: None}
        tickets = {}
        for event, parent in families(of.events):
            keys[event] = key = self._key()
            day = self._today + dt.timedelta(days=of.starts_in + event.day)
            local = dt.datetime.combine(day, dt.time.fromisoformat(event.at), ZoneInfo(of.zone))
            start = local.astimezone(dt.UTC)
            self._add(
                models.Event,
                event_id=key,
                function_id=function,
                parent_event_id=keys[parent],
                organisation_id=organisation,
                title=event.title,
                slug=event.slug or slugify(event.title, fallback=f"event-{key.hex}"),
                description=event.about,
                event_start=start,
                event_end=start + dt.timedelta(minutes=event.minutes),
                timezone=of.zone,
                location=event.room,
                is_published=event.published,
                is_featured=event.featured,
                **self._recorded(),
            )
            for position, ticket in enumerate(event.tickets):
                found = self._ticket(ticket, position, key, start, of.currency, pools)
                tickets[event.title, ticket.name] = found
        return tickets

    def _ticket(
        self,
        each: Ticket,
        position: int,
        event: uuid.UUID,
        start: dt.datetime,
        currency: str,
        pools: Mapping[str, uuid.UUID],
    ) -> tuple[uuid.UUID, int]:
        key, price = self._key(), minor_units(each.price, currency)
        self._add(
            models.Ticket,
            ticket_id=key,
            event_id=event,
            name=each.name,
            description=each.about,
            price_amount=price,
            price_currency=currency,
            min_per_order=each.least,
            max_per_order=each.most,
            sale_start=None if each.opens is None else self._midnight + dt.timedelta(days=each.opens),
            sale_end=start,
            position=position,
            is_active=each.shown,
            **self._recorded(),
        )
        for name in each.pools:
            self._add(models.TicketPool, ticket_id=key, pool_id=pools[name])
        return key, price

    def _pool(self, each: Pool, organisation: uuid.UUID) -> uuid.UUID:
        key = self._key()
        self._add(
            models.CapacityPool,
            pool_id=key, organisation_id=organisation, name=each.name, capacity=each.capacity, sold=each.sold,
            held=each.held, sold_elsewhere=each.sold, held_elsewhere=each.held, **self._recorded(),
        )  # fmt: skip
        return key

    def _package(
        self,
        each: Package,
        function: uuid.UUID,
        currency: str,
        tickets: Mapping[tuple[str, str], tuple[uuid.UUID, int]],
    ) -> None:
        key, price = self._key(), minor_units(each.price, currency)
        self._add(
            models.Package,
            package_id=key, function_id=function, name=each.name, description=each.about, price_amount=price,
            price_currency=currency, is_active=True, **self._recorded(),
        )  # fmt: skip
        bought = [(*tickets[title, name], quantity) for title, name, quantity in each.items]
        parts = shares(price, [amount * quantity for _, amount, quantity in bought])
        for position, ((ticket, _, quantity), part) in enumerate(zip(bought, parts, strict=True)):
            self._add(
                models.PackageItem,
                package_id=key, ticket_id=ticket, position=position, quantity=quantity, allocated_amount=part,
            )  # fmt: skip


def minor_units(price: str, currency: str) -> int:
    """A price as written in a shop, in the smallest unit of its currency.

    Raises:
        ValueError: it is written with more or fewer decimals than the currency has.
    """
    amount = Decimal(price)
    digits = minor_unit_digits(currency)
    if amount.as_tuple().exponent != -digits:
        raise ValueError(f"{price} {currency} should have {digits} decimals")
    return int(amount.scaleb(digits))


def shares(total: int, weights: Sequence[int]) -> list[int]:
    """Part a total in proportion, in whole numbers that add up to it; what rounding leaves falls to the last."""
    parts = [total * weight // (sum(weights) or 1) for weight in weights]
    parts[-1] += total - sum(parts)
    return parts
