"""What senders of webhooks do: sign."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping

SECRET = "whsec_" + base64.b64encode(b"a key of the tests, 32 bytes...!").decode()
OLD_SECRET = "whsec_" + base64.b64encode(b"the key before that, 32 bytes..!").decode()
STRIPE_SECRET = "whsec_a_secret_as_stripe_makes_them"

SOURCES = json.dumps(
    {
        "cron": {"form": "standard", "secrets": [OLD_SECRET, SECRET]},
        "shop": {"form": "standard", "secrets": [OLD_SECRET, SECRET]},
        "payments": {"form": "stripe", "secrets": [STRIPE_SECRET]},
    }
)
"""A value of WEBHOOK_SOURCES."""


def standard(body: bytes, delivery_id: str, *, secret: str = SECRET, at: float | None = None) -> dict[str, str]:
    """The head of a delivery as Standard Webhooks says."""
    seconds = f"{time.time() if at is None else at:.0f}"
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{delivery_id}.{seconds}.".encode() + body, hashlib.sha256).digest()
    return {
        "Content-Type": "application/json",
        "webhook-id": delivery_id,
        "webhook-timestamp": seconds,
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }


def stripe(body: bytes, *, secret: str = STRIPE_SECRET, at: float | None = None) -> dict[str, str]:
    """The head of a delivery as Stripe says."""
    seconds = f"{time.time() if at is None else at:.0f}"
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": f"t={seconds},v1={digest}"}


def body_of(payload: Mapping[str, object]) -> bytes:
    return json.dumps(payload).encode()
