"""A till: one order that is paid, or not, by the commands that the server calls, and what money came of it."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from auth.viewer import Membership, OrgRole, Role, Viewer
from commands.paying.asking import selling
from commands.paying.following import Followed, follow
from commands.paying.hearing import hear
from commands.paying.refunding import create_refund
from commands.paying.starting import start_payment
from commands.writing import Writer
from db.once import Once
from domain.audit import ANYONE
from domain.ids import encode_global_id
from domain.money import Money
from domain.payments import IntentState
from integrations.payments.port import (
    TRIAL,
    Charge,
    Event,
    Intent,
    PaymentProvider,
    Payments,
    ProviderUnavailable,
    RefundOrder,
    RefundReport,
)
from integrations.payments.trial import Telling, Trial
from tests.commands.selling.shop import Shop, guest
from tests.plugins.graph import Graph

PRICE = 12_50


@dataclass(slots=True)
class Flaky:
    """A provider on a bad line: the next questions are lost, or their answers are."""

    inner: Trial
    lost_questions: int = 0
    lost_answers: int = 0

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def events(self) -> Any:
        return self.inner.events

    async def create_intent(self, charge: Charge) -> Intent:
        return await self._ask(self.inner.create_intent, charge)

    async def read_intent(self, reference: str) -> Intent:
        return await self._ask(self.inner.read_intent, reference)

    async def cancel_intent(self, reference: str) -> Intent:
        return await self._ask(self.inner.cancel_intent, reference)

    async def refund(self, order: RefundOrder) -> RefundReport:
        return await self._ask(self.inner.refund, order)

    async def read_refund(self, reference: str) -> RefundReport:
        return await self._ask(self.inner.read_refund, reference)

    def parse_event(self, payload: Mapping[str, Any]) -> Event | None:
        return self.inner.parse_event(payload)

    async def _ask(self, method: Any, argument: Any) -> Any:
        if self.lost_questions:
            self.lost_questions -= 1
            raise ProviderUnavailable("the question was lost")
        answer = await method(argument)
        if self.lost_answers:
            self.lost_answers -= 1
            raise ProviderUnavailable("the answer was lost")
        return answer


@dataclass(slots=True)
class Till:
    """Two attendees of one event, of which a pool has so many places."""

    graph: Graph
    capacity: int = 2
    shop: Shop = field(init=False)
    provider: Flaky = field(init=False)
    payments: Payments = field(init=False)
    pool: uuid.UUID = field(init=False)
    order: uuid.UUID = field(init=False)
    key: str | None = None

    def __post_init__(self) -> None:
        self.shop = Shop(self.graph)
        self.provider = Flaky(Trial(self.graph.database))
        self.payments = Payments({TRIAL: self.provider}, dt.timedelta(seconds=30))

    async def open(self, total: int = 2 * PRICE) -> "Till":
        """Order two tickets."""
        graph = self.graph
        function = graph.function()
        event = graph.event(function)
        self.pool = graph.pool(self.capacity, held=2)
        ticket = graph.ticket(event, [self.pool], price_amount=PRICE)
        self.order = graph.registration(function_id=function, subtotal_amount=total, total_amount=total)
        columns = {"quantity": 2, "unit_amount": total // 2, "total_amount": total}
        line = graph.line(self.order, ticket, **columns)
        for person in range(2):
            graph.attendee(self.order, line, ticket, event, person=person, pool_ids=[self.pool], amount=total // 2)
        await graph.sql(
            "INSERT INTO pool_claims (registration_id, pool_id, held) VALUES (:order, :pool, 2)",
            order=self.order,
            pool=self.pool,
        )
        return self

    def writer(self, viewer: Viewer) -> Writer:
        once = Once(str(viewer.subject), self.key or uuid.uuid4().hex, "startPayment", "0" * 64, self.shop.now)
        within = self.graph.within
        return Writer(
            self.graph.database, viewer, ANYONE, self.shop.now, once=once, payments=self.payments, within=within
        )

    async def start(self, provider: str = TRIAL, viewer: Viewer | None = None) -> uuid.UUID:
        writer = self.writer(viewer or guest(self.order))
        return await start_payment(
            writer, registration_id=encode_global_id("Registration", self.order), provider=provider
        )

    async def refund(
        self, payment: uuid.UUID, amount: str | None = None, *attendees: uuid.UUID, role: OrgRole = OrgRole.FINANCE
    ) -> uuid.UUID:
        viewer = Viewer(Role.CUSTOMER, "clerk", memberships=frozenset({Membership(self.graph.home, role)}))
        return await create_refund(
            self.writer(viewer),
            payment_id=encode_global_id("Payment", payment),
            amount=None if amount is None else Decimal(amount),
            attendee_ids=[encode_global_id("Attendee", each) for each in attendees],
            reason="asked for",
        )

    async def act(
        self, state: IntentState = IntentState.SUCCEEDED, received: Money | None = None, intent: int = -1
    ) -> None:
        """Act as the payer of one of the order's intents; what the provider tells of it waits in its table."""
        secrets = await self.secrets()
        await self.provider.inner.act(secrets[intent], state, telling=Telling.ONCE, received=received)

    async def secrets(self) -> list[str]:
        """What payers pay with, from the first intent to the last."""
        rows = await self.shop.rows(
            "SELECT trial_intents.client_secret FROM trial_intents JOIN payments USING (payment_id) "
            "WHERE registration_id = :order ORDER BY trial_intents.created_at",
            order=self.order,
        )
        return [row["client_secret"] for row in rows]

    async def told(self) -> list[Mapping[str, Any]]:
        """What the provider has to tell, in order."""
        rows = await self.shop.rows("SELECT payload FROM trial_events ORDER BY number")
        return [row["payload"] for row in rows]

    async def hear(self, payload: Mapping[str, Any]) -> str:
        """Deliver what the provider tells, as a webhook does."""
        event = self.provider.parse_event(payload)
        assert event is not None
        return await self.heard(event)

    async def heard(self, event: Event) -> str:
        return await selling(self.graph.database, lambda transaction: hear(transaction, TRIAL, event, at=self.shop.now))

    async def hear_all(self) -> None:
        for payload in await self.told():
            await self.hear(payload)

    async def follow(self) -> Followed:
        """Follow everything that is under way, now."""
        await self.change("UPDATE payments SET next_check_at = now() - interval '1 second' WHERE closed_at IS NULL")
        await self.change("UPDATE refunds SET next_attempt_at = now() - interval '1 second'")
        return await follow(self.graph.database, self.payments)

    async def expire(self) -> None:
        """Let the hold be over, and sweep."""
        self.shop.now += dt.timedelta(minutes=16)
        await self.shop.sweep()

    async def change(self, statement: str, **values: object) -> None:
        async with self.graph.owner.write() as connection:
            await connection.execute(text(statement), values)

    async def state(self) -> str:
        return await self.shop.state(self.order)

    async def paid(self) -> list[Mapping[str, Any]]:
        """The order's payments, from the first to the last."""
        return await self.shop.rows(
            "SELECT * FROM payments WHERE registration_id = :order ORDER BY payment_id", order=self.order
        )

    async def refunds(self) -> list[Mapping[str, Any]]:
        """The order's refunds, from the first to the last."""
        return await self.shop.rows(
            "SELECT refunds.* FROM refunds JOIN payments USING (payment_id) "
            "WHERE registration_id = :order ORDER BY refund_id",
            order=self.order,
        )

    async def attendees(self) -> list[uuid.UUID]:
        rows = await self.shop.rows(
            "SELECT attendee_id FROM attendees WHERE registration_id = :order ORDER BY attendee_id", order=self.order
        )
        return [row["attendee_id"] for row in rows]

    async def money(self) -> int:
        """What the provider holds of this order, in minor units: what came, less what went back."""
        ((balance,),) = [
            tuple(row.values())
            for row in await self.shop.rows(
                "SELECT coalesce(sum(trial_intents.received_amount - coalesce((SELECT sum(amount) FROM trial_refunds "
                "WHERE intent_reference = trial_intents.reference), 0)), 0)::int "
                "FROM trial_intents JOIN payments USING (payment_id) "
                "WHERE registration_id = :order AND trial_intents.received_amount IS NOT NULL",
                order=self.order,
            )
        ]
        return int(balance)


def provider_of(till: Till) -> PaymentProvider:
    """The provider, as the commands know it: this fails to type-check where it is none."""
    return till.provider
