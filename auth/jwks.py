"""The keys that an issuer publishes as a JSON Web Key Set (RFC 7517), kept at hand.

They are fetched when a token first needs one, and again every few minutes, while requests go on with those at hand. A
key id that nobody knows has them fetched at once, at most every half minute: that is how a new key comes in, and all
that a forger can make this server do. While the issuer is away, the keys at hand hold on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

import httpx
import jwt
import orjson
import structlog

from auth.tokens import ASYMMETRIC, KeysUnavailable, TokenRefused

FRESH_SECONDS: Final = 300.0
"""How long keys are taken for current."""

STALE_SECONDS: Final = 86_400.0
"""How long they hold on while the issuer is away; then a key that was withdrawn meanwhile is a greater risk."""

FORCED_SECONDS: Final = 30.0
"""The shortest time between two fetches because of key ids that nobody knows."""

RETRY_SECONDS: Final = 5.0
"""The shortest time after a fetch that failed."""

FETCH_SECONDS: Final = 5.0
"""The longest that a fetch may take, from the first byte sent to the last one read."""

MAX_BYTES: Final = 262_144
"""The largest set that is read."""

MAX_KEYS: Final = 100
"""The most keys of a set."""

_log = structlog.get_logger(__name__)


class _Unusable(Exception):
    """What the issuer answered is no key set."""


@dataclass(frozen=True, slots=True)
class _Keys:
    """Keys by algorithm and id, and those of each algorithm."""

    fetched_at: float
    by_id: Mapping[tuple[str, str], jwt.PyJWK]
    of: Mapping[str, list[jwt.PyJWK]]

    def find(self, key_id: str | None, algorithm: str) -> jwt.PyJWK | None:
        if key_id is not None:
            return self.by_id.get((algorithm, key_id))
        its = self.of.get(algorithm, [])
        return its[0] if len(its) == 1 else None


@dataclass(slots=True)
class KeySet:
    """An issuer's keys, made by `open_key_set`.

    Attributes:
        url: where they are published.
        client: fetches them.
        clock: seconds that never go back.
    """

    url: str
    client: httpx.AsyncClient
    clock: Callable[[], float] = time.monotonic
    _keys: _Keys | None = None
    _fetching: asyncio.Task[None] | None = None
    _forced_at: float | None = None
    _failed_at: float | None = None

    async def find(self, key_id: str | None, algorithm: str) -> jwt.PyJWK:
        """The key that a token names; without a name, the only one of the algorithm.

        Raises:
            TokenRefused: there is none.
            KeysUnavailable: the keys cannot be had.
        """
        asked_at = self.clock()
        keys = await self._at_hand()
        found = keys.find(key_id, algorithm)
        if found is None and keys.fetched_at < asked_at and self._may_force():
            await self._fetch()
            found = (await self._at_hand()).find(key_id, algorithm)
        if found is None:
            raise TokenRefused("the issuer has no such key")
        return found

    async def _at_hand(self) -> _Keys:
        """The keys, current or not; fetched first where there are none that may still be used."""
        age = float("inf") if self._keys is None else self.clock() - self._keys.fetched_at
        if age > STALE_SECONDS:
            if self._has_just_failed():
                raise KeysUnavailable("the issuer's keys could not be fetched")
            await self._fetch()
        elif age > FRESH_SECONDS and not self._has_just_failed():
            self._start()
        assert self._keys is not None, "fetched, or refused"
        return self._keys

    def _may_force(self) -> bool:
        """Whether to fetch because of an unknown key id; whoever comes while that is under way waits for the same."""
        if self._is_fetching():
            return True
        if self._forced_at is not None and self.clock() - self._forced_at < FORCED_SECONDS:
            return False
        self._forced_at = self.clock()
        return True

    def _has_just_failed(self) -> bool:
        return self._failed_at is not None and self.clock() - self._failed_at < RETRY_SECONDS

    def _is_fetching(self) -> bool:
        return self._fetching is not None and not self._fetching.done()

    def _start(self) -> asyncio.Task[None]:
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.create_task(self._replace(), name="issuer's keys")
        return self._fetching

    async def _fetch(self) -> None:
        # Whoever leaves takes nobody's answer away.
        await asyncio.shield(self._start())
        if self._failed_at is not None:
            raise KeysUnavailable("the issuer's keys could not be fetched")

    async def _replace(self) -> None:
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                body = await self._read()
            by_id, of = _usable(body)
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError, TimeoutError, _Unusable) as error:
            self._failed_at = self.clock()
            at_hand = "none" if self._keys is None else "those at hand hold on"
            _log.warning("issuer's keys not fetched", reason=str(error) or type(error).__name__, keys=at_hand)
            return
        self._failed_at = None
        self._keys = _Keys(self.clock(), by_id, of)
        _log.info("issuer's keys fetched", count=sum(map(len, of.values())))

    async def _read(self) -> bytes:
        async with self.client.stream("GET", self.url) as answer:
            if answer.status_code != httpx.codes.OK:
                raise _Unusable(f"the issuer answered {answer.status_code}")
            if answer.headers.get("content-encoding", "identity") != "identity":
                raise _Unusable("the issuer compressed its answer, unasked")
            body = bytearray()
            async for part in answer.aiter_raw():
                body += part
                if len(body) > MAX_BYTES:
                    raise _Unusable(f"the set is larger than {MAX_BYTES} bytes")
            return bytes(body)

    async def close(self) -> None:
        """End what is under way."""
        if self._fetching is not None:
            self._fetching.cancel()
            with suppress(asyncio.CancelledError):
                await self._fetching


def _usable(body: bytes) -> tuple[dict[tuple[str, str], jwt.PyJWK], dict[str, list[jwt.PyJWK]]]:
    """The keys of a set that verify signatures; others are passed over, as RFC 7517 asks (section 5)."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _Unusable(f"the set is not JSON: {error}") from None
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list) or len(listed) > MAX_KEYS:
        raise _Unusable(f"the set has no list `keys` of at most {MAX_KEYS}")
    by_id: dict[tuple[str, str], jwt.PyJWK] = {}
    of: dict[str, list[jwt.PyJWK]] = {}
    for each in listed:
        key = _key(each)
        if key is None:
            continue
        of.setdefault(key.algorithm_name, []).append(key)
        if isinstance(key.key_id, str):
            by_id.setdefault((key.algorithm_name, key.key_id), key)
    if not of:
        raise _Unusable("the set has no key that verifies signatures")
    return by_id, of


def _key(listed: Any) -> jwt.PyJWK | None:  # noqa: ANN401 - whatever JSON there is
    # A secret that was published by mistake proves nothing; a key for another use may be in other hands.
    if not isinstance(listed, dict) or "d" in listed or listed.get("kty") not in {"RSA", "EC", "OKP"}:
        return None
    operations = listed.get("key_ops")
    if listed.get("use", "sig") != "sig" or not (operations is None or operations == ["verify"]):
        return None
    try:
        key = jwt.PyJWK(listed)
    except Exception:  # noqa: BLE001 - whatever is wrong with one key of a stranger's set, the others count
        return None
    return key if key.algorithm_name in ASYMMETRIC else None


@asynccontextmanager
async def open_key_set(url: str, clock: Callable[[], float] = time.monotonic) -> AsyncIterator[KeySet]:
    """An issuer's keys; nothing is fetched before a token needs one.

    Args:
        url: https, or http on this machine.
        clock: seconds that never go back.
    """
    headers = {"Accept": "application/jwk-set+json, application/json", "Accept-Encoding": "identity"}
    # A redirect could lead anywhere. On this machine no proxy is on the way.
    is_remote = url.startswith("https:")
    async with httpx.AsyncClient(
        headers=headers, follow_redirects=False, timeout=FETCH_SECONDS, trust_env=is_remote
    ) as client:
        keys = KeySet(url, client, clock)
        try:
            yield keys
        finally:
            await keys.close()
