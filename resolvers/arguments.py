"""Arguments that have to be of a certain form, whatever is in the database."""

from __future__ import annotations

import re
import uuid

from domain.errors import InvalidArgument
from domain.ids import decode_global_id

_NO_TEXT = re.compile("[\0\ud800-\udfff]")
"""PostgreSQL's text holds no NUL, and UTF-8 no half of a surrogate pair."""


def key_of(global_id: str, typename: str, argument: str) -> uuid.UUID:
    """The key behind an argument that must be an id of one type.

    Raises:
        InvalidArgument: it is not.
    """
    try:
        found, key = decode_global_id(global_id)
    except ValueError:
        raise InvalidArgument(f"`{argument}` is not an id; pass the `id` of a {typename} unchanged.") from None
    if found != typename:
        raise InvalidArgument(f"`{argument}` is an id of type {found}; one of type {typename} is needed.")
    return key


def text_of(text: str, argument: str) -> str:
    """An argument that is compared with stored text.

    Raises:
        InvalidArgument: it holds what no stored text can.
    """
    found = _NO_TEXT.search(text)
    if found:
        raise InvalidArgument(f"`{argument}` holds U+{ord(found[0]):04X}, which no text has; leave it out.")
    return text
