"""Settings of payments, a part of `server.settings.Settings`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, Field, SecretStr

from auth.signatures import Form, read_sources
from integrations.payments.port import STRIPE, TRIAL

_STRIPE_KEY: Final = re.compile(r"[sr]k_(test|live)_[A-Za-z0-9_]{8,}")


def _setting(default: Any, group: str, description: str, **limits: Any) -> Any:  # noqa: ANN401 - pydantic's Field
    return Field(default, description=description, json_schema_extra={"group": group}, **limits)


def _stripe_key(value: SecretStr) -> SecretStr:
    if not _STRIPE_KEY.fullmatch(value.get_secret_value()):
        raise ValueError("expected a secret key (`sk_test_…`, `sk_live_…`) or a restricted one (`rk_…`) of Stripe")
    return value


def _api_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1", "::1"}):
        raise ValueError("expected https://…, or http:// on this machine: the secret key is sent there")
    return value.rstrip("/")


class PaymentSettings(BaseModel):
    """What an operator may set of payments."""

    stripe_secret_key: Annotated[SecretStr, AfterValidator(_stripe_key)] | None = _setting(
        None,
        "Payments",
        "Takes payments by Stripe; `WEBHOOK_SOURCES` must then have a source `stripe`. See `docs/payments.md`.",
        examples=["rk_live_…"],
    )
    stripe_api_url: Annotated[str, AfterValidator(_api_url)] | None = _setting(
        None,
        "Payments",
        "Something else that speaks Stripe's API, for trying things out; https, unless on this machine.",
        examples=["http://localhost:12111"],
    )
    trial_payments: bool = _setting(
        False,
        "Payments",
        "Offers the provider `trial`, with whom anybody pays without money: for trying things out. `serve --demo` "
        "offers it too.",
    )
    payment_timeout_seconds: float = _setting(
        10.0, "Payments", "The longest that one exchange with a payment provider may take.", gt=0, le=60
    )
    payment_poll_seconds: float = _setting(
        30.0,
        "Payments",
        "How long after its start a payment is asked after that no webhook has told of; then less and less often.",
        gt=0,
        le=3600,
    )

    @property
    def takes_money(self) -> bool:
        """Whether payments move real money."""
        return self.stripe_secret_key is not None and "_live_" in self.stripe_secret_key.get_secret_value()


def _sources(given: Any) -> dict[str, Form]:  # noqa: ANN401 - the settings, of which these are a part
    if given.webhook_sources is None:
        return {}
    return {name: source.form for name, source in read_sources(given.webhook_sources.get_secret_value()).items()}


CONTRADICTIONS: tuple[tuple[Callable[[Any], bool], str], ...] = (
    (
        lambda given: given.stripe_secret_key is not None and _sources(given).get(STRIPE) is not Form.STRIPE,
        (
            "STRIPE_SECRET_KEY is set, and WEBHOOK_SOURCES has no source `stripe` of the form `stripe`: payments would "
            'be taken, and never heard of; add {"stripe": {"form": "stripe", "secrets": ["whsec_…"]}} with the secret '
            "that Stripe shows for the endpoint /webhooks/stripe"
        ),
    ),
    (
        lambda given: given.stripe_secret_key is None and STRIPE in _sources(given),
        "WEBHOOK_SOURCES has a source `stripe`, and STRIPE_SECRET_KEY is missing: nothing can be paid by Stripe",
    ),
    (
        lambda given: given.trial_payments and given.takes_money,
        "TRIAL_PAYMENTS is on beside a live STRIPE_SECRET_KEY: whoever chose the trial provider would pay nothing",
    ),
    (
        lambda given: TRIAL in _sources(given),
        "WEBHOOK_SOURCES has a source `trial`: that one signs with a key of its own, and needs no secret here",
    ),
    (
        lambda given: given.payment_timeout_seconds > given.request_timeout_seconds,
        "PAYMENT_TIMEOUT_SECONDS is above REQUEST_TIMEOUT_SECONDS: the provider's answer would outlast the request",
    ),
)
"""What cannot be set together, and why."""
