"""What must not be written down where people read: recognised by its form."""

from __future__ import annotations

import re
from typing import Final

_FORMS: Final = re.compile(
    r"""
      (?P<key> \bboxoffice_[A-Za-z0-9_-]{20,} )  # an API key
    | (?P<token> \beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)? )  # a JSON Web Token
    | (?P<scheme> [a-z][a-z0-9+.-]{1,30}:// ) [^\s/@:"']{0,200} : [^\s/@"']{1,500} (?=@)  # credentials in a URL
    | (?P<mail> [A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+ )  # an e-mail address
    """,
    re.VERBOSE,
)
_MARKS: Final = ("boxoffice_", "eyJ", "@")
"""A text without any of these holds nothing of these forms: most need no further look."""


def redacted(text: str) -> str:
    """A text without the secrets and addresses that are recognised in it; each leaves a word in its place."""
    if not any(mark in text for mark in _MARKS):
        return text
    return _FORMS.sub(_word, text)


def holds_secret(text: str) -> bool:
    """Whether something in a text looks like a secret, or an e-mail address."""
    return redacted(text) != text


def _word(found: re.Match[str]) -> str:
    scheme = found["scheme"]
    if scheme is not None:
        return f"{scheme}[credentials]"
    return {"key": "[api key]", "token": "[token]", "mail": "[address]"}[str(found.lastgroup)]
