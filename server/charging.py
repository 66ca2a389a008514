"""What an operation is charged: from whose buckets, what it is told of them, and what it gets back."""

from __future__ import annotations

import datetime as dt
import ipaddress
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.types import Scope

from auth.viewer import Role
from domain.buckets import Bucket, Charge, Levels, Rate, wait_for
from resolvers.context import RateLimitStatus
from server.calling import Caller
from server.http.refusals import Code, Refused
from server.ledger import Ledger

_IPV6_NETWORK: Final = 64
"""Whoever has one address of IPv6 has as many as a network of this length holds."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A charge that was taken, and what its buckets hold."""

    charge: Charge
    levels: Levels

    @property
    def tightest(self) -> tuple[Bucket, int]:
        """The bucket that holds least, and how much."""
        return min(zip(self.charge.buckets, self.levels.available, strict=True), key=lambda each: each[1])

    def after_refund(self, points: int) -> Receipt:
        """The same, with so many points given back."""
        pairs = zip(self.charge.buckets, self.levels.available, strict=True)
        levels = tuple(min(available + points, bucket.rate.capacity) for bucket, available in pairs)
        return Receipt(self.charge, Levels(self.levels.taken, levels))

    def headers(self) -> dict[str, str]:
        """`RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers), and the older `x-ratelimit-*`."""
        pairs = list(zip(self.charge.buckets, self.levels.available, strict=True))
        bucket, available = self.tightest
        return {
            "RateLimit": ", ".join(
                f'"{_kind(each)}";r={left};t={_seconds_to_full(each.rate, left)}' for each, left in pairs
            ),
            "RateLimit-Policy": ", ".join(
                f'"{_kind(each)}";q={each.rate.capacity};w={each.rate.seconds}' for each, _ in pairs
            ),
            "X-RateLimit-Limit": str(bucket.rate.capacity),
            "X-RateLimit-Remaining": str(available),
            "X-RateLimit-Reset": str(_seconds_to_full(bucket.rate, available)),
        }

    def extension(self, actual: int) -> Mapping[str, object]:
        """`extensions.cost`: what was asked for, what it came to, and what is left."""
        bucket, available = self.tightest
        return {
            "requestedQueryCost": self.charge.cost,
            "actualQueryCost": actual,
            "throttleStatus": {
                "maximumAvailable": bucket.rate.capacity,
                "currentlyAvailable": available,
                "restoreRate": bucket.rate.restored,
            },
        }

    def status(self, now: dt.datetime, node_count: int) -> RateLimitStatus:
        """What `Query.rateLimit` says."""
        bucket, available = self.tightest
        reset = now + dt.timedelta(seconds=_seconds_to_full(bucket.rate, available))
        return RateLimitStatus(bucket.rate.capacity, self.charge.cost, available, reset, node_count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charging:
    """Charges callers.

    Attributes:
        ledger: where.
        anonymous: the rate of a network address from which somebody without a credential asks.
        viewer: the rate of a viewer.
        client: the rate of a client.
    """

    ledger: Ledger
    anonymous: Rate
    viewer: Rate
    client: Rate

    async def charge(self, caller: Caller, cost: int, what: str = "The operation") -> Receipt:
        """Charge an operation before it is executed; one that costs nothing costs a point.

        Args:
            caller: who pays.
            cost: in points.
            what: is charged, as a refusal calls it.

        Raises:
            Refused: 429, with the time to wait; 400, where no wait would do.
        """
        charge = Charge(self._buckets(caller), max(cost, 1))
        receipt = Receipt(charge, await self.ledger.charge(charge))
        if not receipt.levels.taken:
            raise _refused(receipt, what)
        return receipt

    def settle(self, receipt: Receipt, spent: int | None) -> tuple[Receipt, int]:
        """Give back what was charged too much.

        Args:
            receipt: of the charge.
            spent: what the operation came to; None where that is not known, and the whole charge stands.

        Returns:
            What the buckets hold now, and what the operation has cost.
        """
        charged = receipt.charge.cost
        actual = charged if spent is None else min(max(spent, 1), charged)
        if actual == charged:
            return receipt, actual
        self.ledger.give_back(receipt.charge._replace(cost=charged - actual))
        return receipt.after_refund(charged - actual), actual

    def _buckets(self, caller: Caller) -> tuple[Bucket, ...]:
        client, viewer = caller.client, caller.viewer
        if client is None or client.is_public:  # one of whose callers is not to use up what the others have
            return (self._viewer(caller, self.viewer, self.anonymous),)
        own = _bucket("client", client.client_id, client.rate or self.client)
        if viewer.role is Role.PARTNER:
            return (own,)
        return own, self._viewer(caller, client.viewer_rate or self.viewer, client.viewer_rate or self.anonymous)

    @staticmethod
    def _viewer(caller: Caller, known: Rate, anonymous: Rate) -> Bucket:
        viewer = caller.viewer
        who = viewer.subject or viewer.customer_id or viewer.registration_id
        if who is not None:
            return _bucket("viewer", f"{viewer.role.value}:{who}", known)
        return _bucket("address", network_of(caller.address), anonymous)


def address_of(scope: Scope) -> str | None:
    """The network address that a request comes from."""
    client = scope.get("client")
    return None if client is None else client[0]


def _bucket(kind: str, who: object, rate: Rate) -> Bucket:
    """Somebody's bucket of a rate; of another rate they have another one, which begins full."""
    return Bucket(f"{kind}:{who}:{rate.capacity}/{rate.restored:g}", rate)


def _kind(bucket: Bucket) -> str:
    return bucket.key.partition(":")[0]


def network_of(address: str | None) -> str:
    """Who pays for a request from an address: it alone, or with IPv6 the network that it is in."""
    if address is None or ":" not in address:
        return address or "unknown"
    try:
        return str(ipaddress.IPv6Network((address.partition("%")[0], _IPV6_NETWORK), strict=False))
    except ValueError:
        return address


def _seconds_to_full(rate: Rate, available: int) -> int:
    return math.ceil((rate.capacity - available) / rate.restored)


def _refused(receipt: Receipt, what: str) -> Refused:
    charge, levels = receipt.charge, receipt.levels
    cost = charge.cost
    pairs = list(zip(charge.buckets, levels.available, strict=True))
    lacking, available = next(((each, left) for each, left in pairs if left < cost), pairs[0])
    waits = [wait_for(cost, left, each.rate) for each, left in pairs]
    details: dict[str, object] = {"cost": receipt.extension(0), "bucket": _kind(lacking)}
    if None in waits:
        message = (
            f"{what} costs {cost} points, more than this {_kind(lacking)}'s bucket ever holds, "
            f"{lacking.rate.capacity}: ask for less at once."
        )
        return Refused(400, "COST_EXCEEDS_BUCKET", message, details=details, headers=receipt.headers())
    seconds = max(math.ceil(max(wait for wait in waits if wait is not None)), 1)
    message = (
        f"{what} costs {cost} points, and this {_kind(lacking)}'s bucket holds {available} of "
        f"{lacking.rate.capacity}; {lacking.rate.restored:g} come back a second. Try again in {seconds} s."
    )
    headers = {**receipt.headers(), "Retry-After": str(seconds)}
    return Refused(429, Code.RATE_LIMITED, message, details={**details, "retryAfter": seconds}, headers=headers)
