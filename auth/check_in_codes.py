"""The codes that attendees show at the door: who they are, signed.

A code is `1`, the version, and base32 (RFC 4648, section 6) of the attendee's key and twelve bytes of HMAC-SHA-256: 46
capital letters and digits, which a QR code of 29 by 29 modules holds, and can be read with a quarter of it covered.
Without the key, the code of an attendee whose key is known is guessed by one try in 2⁹⁶.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from auth.secrets import purpose_key

_VERSION: Final = "1"
_KEY_BYTES: Final = 16
_SIGNATURE_BYTES: Final = 12
_BODY_BYTES: Final = _KEY_BYTES + _SIGNATURE_BYTES
_PADDING: Final = "=" * (-_BODY_BYTES * 8 // 5 % 8)

LENGTH: Final = len(_VERSION) + -(-_BODY_BYTES * 8 // 5)
"""Characters."""


class WrongCode(Exception):
    """It is no code, or nobody here signed it."""


@dataclass(frozen=True, slots=True)
class CheckInKeys:
    """The keys of check-in codes: the first signs, every one is accepted.

    A key is replaced without a pause: put the new one first, and take the old one away once nobody holds a code of its.
    """

    keys: tuple[bytes, ...] = field(repr=False)

    @classmethod
    def of(cls, secrets: Sequence[bytes]) -> CheckInKeys:
        """Keys made from secrets, the newest first."""
        assert secrets, "one at least"
        return cls(tuple(purpose_key(secret, "check-in code") for secret in secrets))

    def issue(self, attendee_id: uuid.UUID) -> str:
        """The code of an attendee; always the same under the same key."""
        body = attendee_id.bytes + _signature(self.keys[0], attendee_id.bytes)
        return _written(body)

    def read(self, code: str) -> uuid.UUID:
        """Whose code it is. Small letters, and white space where it was cut or grouped, do not matter.

        Raises:
            WrongCode: nobody's.
        """
        text = "".join(code.split()).upper()
        if len(text) != LENGTH or not text.startswith(_VERSION) or not text.isascii():
            raise WrongCode
        try:
            body = base64.b32decode(text.removeprefix(_VERSION) + _PADDING)
        except binascii.Error:
            raise WrongCode from None
        if _written(body) != text:  # the last digit has a bit that says nothing
            raise WrongCode
        key, signature = body[:_KEY_BYTES], body[_KEY_BYTES:]
        matches = False
        for each in self.keys:
            matches |= hmac.compare_digest(_signature(each, key), signature)
        if not matches:
            raise WrongCode
        return uuid.UUID(bytes=key)


NO_KEYS: Final = CheckInKeys(())
"""By these no code is read, and none can be issued."""


def _written(body: bytes) -> str:
    return _VERSION + base64.b32encode(body).decode().rstrip("=")


def _signature(key: bytes, attendee: bytes) -> bytes:
    return hmac.digest(key, attendee, "sha256")[:_SIGNATURE_BYTES]
