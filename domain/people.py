"""What people say of themselves and of those who come with them, checked before anything is looked up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from domain import inputs
from domain.inputs import Field

_EMAIL: Final = re.compile(r"[^\s@]+@[^\s@]+")
_LOCALE: Final = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_MAX_EMAIL: Final = 320
_MAX_LOCALE: Final = 35
_CODE: Final = re.compile(r"[0-9A-Z][0-9A-Z_-]{2,63}")


def email(value: str) -> str:
    """An address as far as its form says; whether mail arrives there, only mail can tell."""
    checked: str = inputs.text(_MAX_EMAIL)(value.strip())
    if not _EMAIL.fullmatch(checked):
        raise ValueError("is no e-mail address, such as ada@example.org")
    return checked


def locale(value: str) -> str:
    """A language tag (BCP 47)."""
    if len(value) > _MAX_LOCALE or not _LOCALE.fullmatch(value):
        raise ValueError("is no language tag, such as en-GB")
    return value


def voucher_code(value: str) -> str:
    """A code as people copy it: in any case, with white space around it."""
    checked = value.strip().upper()
    if not _CODE.fullmatch(checked):
        raise ValueError("is no voucher's code: those are letters, digits, - and _, from 3 to 64 of them")
    return checked


ATTENDEE: Final[Mapping[str, Field]] = {
    "line_index": Field(inputs.whole(0), needed=True),
    "name": Field(inputs.heading, cleared=True),
    "email": Field(email, cleared=True),
    "answers": Field(inputs.json_object, cleared=True),
}
"""Somebody who comes, by the line of the order that gives them their place."""

ORDER: Final[Mapping[str, Field]] = {
    "billed_to_id": Field(inputs.id_of("Organisation"), cleared=True),
    "voucher_code": Field(voucher_code, cleared=True),
    "email": Field(email, cleared=True),
    "locale": Field(locale, cleared=True),
}
"""What an order says beside its lines and who comes."""
