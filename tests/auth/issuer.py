"""An issuer of tokens on the loopback: it publishes keys as it is told to, and counts how often it is asked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

RSA_KEY = rsa.generate_private_key(65537, 2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
ED_KEY = ed25519.Ed25519PrivateKey.generate()
PRIVATE: Mapping[str, Any] = {"RS256": RSA_KEY, "ES256": EC_KEY, "EdDSA": ED_KEY}
_WRITERS = {"RS256": RSAAlgorithm, "ES256": ECAlgorithm, "EdDSA": OKPAlgorithm}
ISSUER, AUDIENCE = "https://issuer.example", "boxoffice"


def jwk(algorithm: str, key_id: str | None = None, private: Any = None, **members: object) -> dict[str, Any]:
    """A public key as it is published."""
    public = (private or PRIVATE[algorithm]).public_key()
    made = dict(_WRITERS[algorithm].to_jwk(public, as_dict=True))  # type: ignore[attr-defined]
    named = {} if key_id is None else {"kid": key_id}
    return {**made, "use": "sig", "alg": algorithm, **named, **members}


def signed(
    algorithm: str, key_id: str | None, private: Any = None, headers: Mapping[str, Any] | None = None, **changes: Any
) -> str:
    """A token of the issuer."""
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ada", "iat": now, "exp": now + 600} | changes
    head = ({} if key_id is None else {"kid": key_id}) | dict(headers or {})
    return jwt.encode(claims, private or PRIVATE[algorithm], algorithm, headers=head)


@dataclass(slots=True)
class Issuer:
    """What the issuer answers."""

    url: str = ""
    keys: list[Any] = field(default_factory=list)
    body: bytes | None = None
    status: str = "200 OK"
    headers: str = ""
    delay: float = 0.0
    endless: bool = False
    asked: int = 0
    is_away: bool = False

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            self.asked += 1
            if self.is_away:
                return
            await asyncio.sleep(self.delay)
            body = orjson.dumps({"keys": self.keys}) if self.body is None else self.body
            length = "" if self.endless else f"Content-Length: {len(body)}\r\n"
            writer.write(f"HTTP/1.1 {self.status}\r\n{length}{self.headers}Connection: close\r\n\r\n".encode() + body)
            while self.endless:
                writer.write(b" " * 65_536)
                await writer.drain()
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def open_issuer() -> AsyncIterator[Issuer]:
    """An issuer that listens."""
    issuer = Issuer()
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        await issuer.answer(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    issuer.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/jwks.json"
    try:
        yield issuer
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
