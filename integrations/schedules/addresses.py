"""Web addresses out of foreign files."""

from __future__ import annotations

from urllib.parse import SplitResult, urljoin, urlsplit

from integrations.schedules.limits import MAX_TEXT


def split_address(text: str) -> SplitResult | None:
    """An absolute address of the web, in its parts; None for anything else.

    Only http and https: a `javascript:` address would run in the page that shows it, a `mailto:` one is a person's.
    Spaces inside are written as %20, as browsers do (WHATWG URL, path state): people paste what they see.
    """
    text = text.replace(" ", "%20")
    if len(text) > MAX_TEXT or not text.isprintable() or any(character.isspace() for character in text):
        return None
    try:
        parts = urlsplit(text)
        _ = parts.port  # a port that is no number is found only when it is asked for
    except ValueError:
        return None
    return parts if parts.scheme in {"http", "https"} and parts.hostname else None


def web_address(text: str, base: str = "") -> str | None:
    """The address, absolute; None where there is none that can be kept.

    Args:
        text: as the file has it.
        base: the file's `base_url`, which paths such as `/system/logo.png` are relative to (frab writes logos and
            attachments so). Anything else that is not absolute is left out: `example.org` is as likely a host.
    """
    if text.startswith("/") and split_address(base):
        try:
            text = urljoin(base, text)
        except ValueError:  # "//[" reads as a host
            return None
    parts = split_address(text)
    return parts.geturl() if parts else None
