"""Who sent a webhook: signatures over the bytes of its body, in the two forms that senders use.

`standard` is Standard Webhooks 1.0: three header fields, `webhook-id`, `webhook-timestamp` and `webhook-signature`, the
last of which holds `v1,<base64>` once for each secret that is in use, parted by spaces; HMAC-SHA-256 over
`id.timestamp.body`. `stripe` is Stripe's: one field, `Stripe-Signature: t=<seconds>,v1=<hexadecimal>,…`, over
`t.body`; the delivery is named by the member `id` of the body.

Both leave other versions of signatures beside `v1` to those who know them. Signatures are compared in constant time,
with every secret of a source, so that a secret is replaced without a pause: add the new one, switch the sender, take
the old one away.

    SignatureRefused
    ├── MalformedSignature   header fields are missing, stand twice, or cannot be read
    ├── WrongSignature       no secret of the source made it
    └── StaleSignature       it was made too long ago, or in the future
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import orjson

TOLERANCE_SECONDS: Final = 300
"""How far the sender's clock, and the way here, may be off; both texts recommend five minutes."""

ID: Final = re.compile(r"[A-Za-z0-9_.:~=+/@-]{1,255}")
"""What names a delivery. Without braces and quotes, no part of a JSON body can be taken for a part of the id."""

_SOURCE_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SECONDS: Final = re.compile(r"[0-9]{1,12}")
_STRIPE_ITEM: Final = re.compile(r"([a-z0-9]+)=([!-+\--~]+)")  # visible ASCII without the comma
_STANDARD_PREFIX: Final = "whsec_"
_MIN_SECRET_BYTES: Final = 24

Fields = Callable[[str], Sequence[str]]
"""All values of a header field, by its name in small letters."""


class Form(StrEnum):
    """How a sender signs."""

    STANDARD = "standard"
    STRIPE = "stripe"


@dataclass(frozen=True, slots=True)
class Source:
    """A sender: how it signs, and the keys that it may sign with."""

    form: Form
    keys: tuple[bytes, ...] = field(repr=False)


class SignatureRefused(Exception):
    """A webhook that is not shown to come from its source; the message says why."""


class MalformedSignature(SignatureRefused):
    """Header fields are missing, stand twice, or cannot be read."""


class WrongSignature(SignatureRefused):
    """No secret of the source made the signature over this body."""


class StaleSignature(SignatureRefused):
    """The signature was made too long ago, or in the future."""


def verify(source: Source, fields: Fields, body: bytes, now: float) -> str | None:
    """Check that a source has signed a body just now.

    Args:
        source: who is said to send.
        fields: of the request's head.
        body: as it came.
        now: Unix time, in seconds.

    Returns:
        The id of the delivery, where the head names it; None where the body does.

    Raises:
        SignatureRefused: it has not.
    """
    delivery_id, seconds, signatures = _READERS[source.form](fields)
    content = f"{seconds}.".encode() if delivery_id is None else f"{delivery_id}.{seconds}.".encode()
    matches = False
    for key in source.keys:
        expected = hmac.digest(key, content + body, "sha256")
        for signature in signatures:
            matches |= hmac.compare_digest(expected, signature)
    if not matches:
        raise WrongSignature("No secret of this source made the signature over this body.")
    if abs(now - int(seconds)) > TOLERANCE_SECONDS:
        raise StaleSignature(f"The signature is not of the last {TOLERANCE_SECONDS // 60} minutes.")
    return delivery_id


def _standard(fields: Fields) -> tuple[str, str, list[bytes]]:
    delivery_id = _only(fields, "webhook-id")
    if not ID.fullmatch(delivery_id):
        raise MalformedSignature("webhook-id is not an id of at most 255 letters, digits and `_.:~=+/@-`.")
    seconds = _seconds(_only(fields, "webhook-timestamp"), "webhook-timestamp")
    signatures: list[bytes] = []
    for each in _only(fields, "webhook-signature").split(" "):
        version, comma, signature = each.partition(",")
        if not comma:
            raise MalformedSignature("webhook-signature is not a list of `v1,<base64>` parted by spaces.")
        if version == "v1":
            signatures.append(_base64(signature))
    return delivery_id, seconds, _some(signatures, "webhook-signature")


def _stripe(fields: Fields) -> tuple[None, str, list[bytes]]:
    name = "stripe-signature"
    items = [_STRIPE_ITEM.fullmatch(each.strip()) for each in _only(fields, name).split(",")]
    pairs = [(item[1], item[2]) for item in items if item is not None]
    times = [value for key, value in pairs if key == "t"]
    if len(pairs) < len(items) or len(times) != 1:
        raise MalformedSignature(f"{name} is not a list of `t=<seconds>,v1=<hexadecimal>` with one `t`.")
    try:
        signatures = [bytes.fromhex(value) for key, value in pairs if key == "v1"]
    except ValueError:
        raise MalformedSignature(f"{name} has a `v1` that is not hexadecimal.") from None
    return None, _seconds(times[0], name), _some(signatures, name)


_READERS: Final[Mapping[Form, Callable[[Fields], tuple[str | None, str, list[bytes]]]]] = {
    Form.STANDARD: _standard,
    Form.STRIPE: _stripe,
}


def _only(fields: Fields, name: str) -> str:
    values = fields(name)
    if not values:
        raise MalformedSignature(f"The header field {name} is missing.")
    if len(values) > 1:
        raise MalformedSignature(f"The header field {name} stands {len(values)} times; it must stand once.")
    return values[0]


def _seconds(text: str, name: str) -> str:
    if not _SECONDS.fullmatch(text):
        raise MalformedSignature(f"{name} does not name a time in whole seconds since 1970.")
    return text


def _some(signatures: list[bytes], name: str) -> list[bytes]:
    if not signatures:
        raise MalformedSignature(f"{name} has no signature of version v1.")
    return signatures


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise MalformedSignature("webhook-signature has a `v1` that is not base64.") from None


def read_sources(text: str) -> dict[str, Source]:
    """Read declared sources: `{"<name>": {"form": "standard" | "stripe", "secrets": ["…", …]}, …}`.

    Secrets of the form `standard` are `whsec_` and base64 of at least 24 bytes; Stripe's are taken as they are.

    Raises:
        ValueError: with every fault; never with a secret.
    """
    try:
        declared = orjson.loads(text)
    except ValueError:
        declared = None
    if not isinstance(declared, dict):
        raise ValueError(  # noqa: TRY004 - a setting's value is wrong, not a program's
            'expected a JSON object such as {"cron": {"form": "standard", "secrets": ["whsec_…"]}}'
        )
    faults: list[str] = []
    sources = {str(name): _source(name, each, faults) for name, each in declared.items()}
    if faults:
        raise ValueError("; ".join(faults))
    return sources


def _source(name: str, declared: object, faults: list[str]) -> Source:
    if not _SOURCE_NAME.fullmatch(name):
        faults.append("a source is named by small letters, digits and single hyphens")
    if not isinstance(declared, dict) or declared.keys() != {"form", "secrets"}:
        faults.append(f"{name!r} needs a form and secrets, and nothing else")
        return Source(Form.STANDARD, ())
    form, secrets = declared["form"], declared["secrets"]
    if form not in list(Form):
        faults.append(f"the form of {name!r} is none of {', '.join(Form)}")
        form = Form.STANDARD
    if not isinstance(secrets, list) or not secrets:
        faults.append(f"the secrets of {name!r} are not a list of at least one")
        secrets = []
    keys = [_key(Form(form), each) for each in secrets]
    for number, key in enumerate(keys, 1):
        if key is None:
            what = f"`{_STANDARD_PREFIX}` and base64 of" if form == Form.STANDARD else "a text of"
            faults.append(f"secret {number} of {name!r} is not {what} at least {_MIN_SECRET_BYTES} bytes")
    return Source(Form(form), tuple(key for key in keys if key is not None))


def _key(form: Form, secret: object) -> bytes | None:
    if not isinstance(secret, str) or not secret.isascii():
        return None
    key = secret.encode()
    if form is Form.STANDARD:
        try:
            key = base64.b64decode(secret.removeprefix(_STANDARD_PREFIX), validate=True)
        except (ValueError, binascii.Error):
            return None
        if not secret.startswith(_STANDARD_PREFIX):
            return None
    return key if len(key) >= _MIN_SECRET_BYTES else None
