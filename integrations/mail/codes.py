"""Codes as squares that a camera reads."""

from __future__ import annotations

import io
from typing import Final

import segno

_SCALE: Final = 6
"""Pixels to a module: 222 for a check-in code with its margin, sharp on a screen and on paper."""


def qr_png(code: str) -> bytes:
    """A QR code (ISO/IEC 18004) as PNG, black on white with the margin that the standard asks for.

    It is read with a quarter of it covered: tickets are folded, and screens are scratched.
    """
    image = io.BytesIO()
    # Without ECI and with the size chosen by the content alone; a stronger level is taken where it costs nothing.
    segno.make_qr(code, error="q").save(image, kind="png", scale=_SCALE, border=4)
    return image.getvalue()
