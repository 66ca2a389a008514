"""What may be said of taxes, price rules, vouchers and who may buy: field by field, and of all fields together.

Fields have the names of columns. Rules take all values of a row as they would be, and give what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from domain import inputs
from domain.catalogue import minor_amount
from domain.inputs import Field, camel, id_of, not_before, whole
from domain.prices import WHOLE
from domain.sales import EligibilityKind, PriceRuleKind, VoucherKind
from domain.user_errors import ErrorCode, InvalidInput, Rejected

MAX_RATE: Final = 10
"""The highest rate of a tax: ten times the price."""

TARGETS: Final = ("function_id", "ticket_id", "package_id")
"""What a price rule or a voucher may be about."""

_CODE: Final = re.compile("[0-9A-Z][0-9A-Z_-]{2,63}")


def code(value: str) -> str:
    """What a voucher is asked for by, in whichever case it is typed."""
    folded = value.strip().upper()
    if not _CODE.fullmatch(folded):
        raise ValueError("must be 3 to 64 plain letters, digits, hyphens and underscores, such as FRIENDS-2027")
    return folded


def share(most: int) -> inputs.Check:
    """A part of a whole, as millionths: from "0" to `most`."""

    def check(value: Decimal) -> int:
        millionths = value * WHOLE if value.is_finite() else Decimal(-1)
        if not 0 <= millionths <= most * WHOLE or millionths != millionths.to_integral_value():
            raise ValueError(f'must be a decimal number from "0" to "{most}", of at most six decimals, such as "0.21"')
        return int(millionths)

    return check


def word(value: Enum) -> str:
    """What a kind is stored as."""
    stored: str = value.value
    return stored


TAX: Final[Mapping[str, Field]] = {
    "organisation_id": Field(id_of("Organisation"), needed=True),
    "name": Field(inputs.label, needed=True),
    "rate": Field(share(MAX_RATE), needed=True),
    "is_included": Field(inputs.flag, needed=True),
}

_TARGET: Final[Mapping[str, Field]] = {
    "function_id": Field(id_of("Function"), cleared=True),
    "ticket_id": Field(id_of("Ticket"), cleared=True),
    "package_id": Field(id_of("Package"), cleared=True),
}

PRICE_RULE: Final[Mapping[str, Field]] = {
    **_TARGET,
    "kind": Field(word, needed=True),
    "name": Field(inputs.label, needed=True),
    "until": Field(inputs.moment, cleared=True),
    "sold_below": Field(whole(1), cleared=True),
    "membership": Field(inputs.label, cleared=True),
    "amount": Field(inputs.amount, cleared=True),
    "share_off": Field(share(1), cleared=True),
}

_PRICE_RULE_NEEDS: Final = {PriceRuleKind.EARLY_BIRD: "until", PriceRuleKind.TIER: "sold_below"}


def price_rule_faults(row: Mapping[str, Any]) -> Iterator[InvalidInput]:
    """What is wrong with a price rule as a whole."""
    kind = PriceRuleKind(row["kind"])
    for its, name in _PRICE_RULE_NEEDS.items():
        yield from _goes_with(row, name, kind.value, needed=kind is its)
    if kind is not PriceRuleKind.MEMBER:
        yield from _goes_with(row, "membership", kind.value, needed=False)
    yield from _one_of(row, "amount", "share_off")
    if row.get("function_id") is not None and row.get("amount") is not None:
        message = "`amount`: what a function sells has prices of many kinds; give a `shareOff`."
        yield InvalidInput(("input", "amount"), message)


VOUCHER: Final[Mapping[str, Field]] = {
    "organisation_id": Field(id_of("Organisation"), needed=True),
    **_TARGET,
    "code": Field(code, needed=True),
    "kind": Field(word, needed=True),
    "share_off": Field(share(1), cleared=True),
    "amount": Field(inputs.amount, cleared=True),
    "currency": Field(inputs.currency, cleared=True),
    "max_uses": Field(whole(0), cleared=True),
    "valid_from": Field(inputs.moment, cleared=True),
    "valid_until": Field(inputs.moment, cleared=True),
}


def voucher_faults(row: Mapping[str, Any]) -> Iterator[InvalidInput]:
    """What is wrong with a voucher as a whole."""
    kind = VoucherKind(row["kind"])
    yield from _goes_with(row, "share_off", kind.value, needed=kind is VoucherKind.PERCENTAGE)
    for name in ("amount", "currency"):
        yield from _goes_with(row, name, kind.value, needed=kind is not VoucherKind.PERCENTAGE)
    yield from at_most_one_target(row)
    yield from not_before(row, "valid_from", "valid_until")
    used, most = row.get("used", 0), row.get("max_uses")
    if most is not None and most < used:
        yield InvalidInput(("input", "maxUses"), f"`maxUses` must be at least {used}: so often it was used.")


ELIGIBILITY_RULE: Final[Mapping[str, Field]] = {
    "ticket_id": _TARGET["ticket_id"],
    "package_id": _TARGET["package_id"],
    "code": Field(word, needed=True),
    "membership": Field(inputs.label, cleared=True),
    "member_of_id": Field(id_of("Organisation"), cleared=True),
    "description": Field(inputs.heading, needed=True),
}


def coded(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of a rule on who may buy, with what clients call its code as the column is called."""
    return {"kind" if name == "code" else name: value for name, value in values.items()}


def eligibility_faults(row: Mapping[str, Any]) -> Iterator[InvalidInput]:
    """What is wrong with a rule on who may buy as a whole."""
    kind = EligibilityKind(row["kind"])
    if kind is not EligibilityKind.MEMBERSHIP:
        yield from _goes_with(row, "membership", kind.value, needed=False)
    yield from _goes_with(row, "member_of_id", kind.value, needed=kind is EligibilityKind.ORGANISATION)


def one_target(row: Mapping[str, Any], *names: str) -> Iterator[InvalidInput]:
    """The fault of a rule that is about nothing, or about two things."""
    yield from _one_of(row, *names)


def at_most_one_target(row: Mapping[str, Any]) -> Iterator[InvalidInput]:
    """The fault of a voucher that is good for two things."""
    given = [name for name in TARGETS if row.get(name) is not None]
    for name in given[1:]:
        yield InvalidInput(("input", camel(name)), f"`{camel(name)}` cannot go with `{camel(given[0])}`: give one.")


def worth(values: Mapping[str, Any], currency: str | None) -> dict[str, Any]:
    """Values with their `amount` in minor units of a currency.

    Args:
        values: of a price rule or a voucher.
        currency: the one that it has so far, or that of what it is about; None where there is none.

    Raises:
        Rejected: the amount has more decimals than the currency; or the currency is to change, and the amount stays.
    """
    now = values.get("currency", currency)
    if "amount" not in values and None not in {now, currency} and now != currency:
        message = f"`amount` is missing: it is in {currency}, and the currency is to be {now}."
        raise Rejected(InvalidInput(("input", "amount"), message, ErrorCode.REQUIRED))
    if values.get("amount") is None or now is None:
        return dict(values)
    return {**values, "amount": minor_amount(values["amount"], now, "amount")}


def _goes_with(row: Mapping[str, Any], name: str, kind: str, *, needed: bool) -> Iterator[InvalidInput]:
    at, is_there = ("input", camel(name)), row.get(name) is not None
    if needed and not is_there:
        yield InvalidInput(at, f"`{at[-1]}` is missing: {kind} goes by it.", ErrorCode.REQUIRED)
    if is_there and not needed:
        yield InvalidInput(at, f"`{at[-1]}` does not go with {kind}: leave it out, or clear it with null.")


def _one_of(row: Mapping[str, Any], *names: str) -> Iterator[InvalidInput]:
    given = [name for name in names if row.get(name) is not None]
    if len(given) != 1:
        choice = " or ".join(f"`{camel(name)}`" for name in names)
        at = ("input", camel(given[1] if given else names[0]))
        yield InvalidInput(at, f"Give one of {choice}.", ErrorCode.INVALID if given else ErrorCode.REQUIRED)
