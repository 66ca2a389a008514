"""Settings: read from the environment and from a file `.env`, checked all at once before anything starts.

`docs/settings.md` and `.env.example` are generated from this class.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import structlog
from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, SettingsConfigDict

from auth.check_in_codes import CheckInKeys
from auth.signatures import Source, read_sources
from db import urls
from domain.secrets import redacted
from jobs.scheduled import Upkeep
from server.admin_settings import AdminSettings
from server.browser_settings import CONTRADICTIONS as BROWSER_CONTRADICTIONS
from server.browser_settings import BrowserSettings
from server.deployment_settings import CONTRADICTIONS as DEPLOYMENT_CONTRADICTIONS
from server.deployment_settings import DeploymentSettings
from server.flag_settings import FlagSettings, old_spellings
from server.http.answer import StatusProfile
from server.http.limits import HttpLimits
from server.limit_settings import LimitSettings
from server.mail_settings import CONTRADICTIONS as MAIL_CONTRADICTIONS
from server.mail_settings import MailSettings, secrets_of
from server.payment_settings import CONTRADICTIONS as PAYMENT_CONTRADICTIONS
from server.payment_settings import PaymentSettings
from server.selling_settings import SellingSettings
from server.socket_settings import SocketSettings
from server.sockets.limits import SocketLimits
from server.token_settings import CONTRADICTIONS as TOKEN_CONTRADICTIONS
from server.token_settings import check_algorithms, check_claims, check_jwks_url

MIN_SECRET_LENGTH = 32

_log = structlog.get_logger(__name__)


class SettingsError(Exception):
    """The settings cannot be used; `faults` names every one that is wrong, and why."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


def _database_url(value: SecretStr) -> SecretStr:
    urls.parse(value.get_secret_value())
    return value


def _redis_url(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("expected redis://[user:password@]host:6379/0, rediss://… or unix://…")
    return value


def _secret(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < MIN_SECRET_LENGTH:
        raise ValueError(f"needs at least {MIN_SECRET_LENGTH} characters, such as `openssl rand -hex 32` prints")
    return value


def _webhook_sources(value: SecretStr) -> SecretStr:
    read_sources(value.get_secret_value())
    return value


def _setting(default: Any, group: str, description: str, **limits: Any) -> Any:  # noqa: ANN401 - pydantic's Field
    return Field(default, description=description, json_schema_extra={"group": group}, **limits)


class Settings(
    DeploymentSettings,
    BrowserSettings,
    FlagSettings,
    LimitSettings,
    SocketSettings,
    MailSettings,
    SellingSettings,
    PaymentSettings,
    AdminSettings,
    BaseSettings,
):
    """Everything that an operator may set. Names in the environment are these, in capitals."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore", frozen=True
    )

    database_url: Annotated[SecretStr, AfterValidator(_database_url)] | None = _setting(
        None,
        "Database",
        "PostgreSQL 15 or newer. Left out, the server starts one of its own in `DATA_FOLDER`.",
        examples=["postgresql://user:password@host:5432/boxoffice?sslmode=require"],
    )
    database_pool_size: int = _setting(
        10,
        "Database",
        "The most connections a process reads with under each of its three roles, opened when needed. A process that "
        "serves so opens three times as many, those that it writes with, and one (35), a worker 10: `max_connections` "
        "of PostgreSQL is to be the sum over all processes, and its reserved ones. A server that finds less for all "
        "that serve warns at its start. Behind a pooler, that is the pooler's business.",
        ge=1,
        le=1000,
    )
    database_write_pool_size: int = _setting(
        4,
        "Database",
        "The most connections a process that serves writes with. Few do more than many, since who waits here waits in "
        "order, and who waits for a row in PostgreSQL costs it time. More of them pay where PostgreSQL is far away.",
        ge=1,
        le=1000,
    )
    database_timeout_seconds: float = _setting(
        10.0, "Database", "The longest that one statement, or the wait for a connection, may take.", gt=0, le=600
    )
    database_prepared_statements: bool = _setting(
        True, "Database", "Turn off behind a pooler in transaction mode, such as PgBouncer."
    )
    redis_url: Annotated[SecretStr, AfterValidator(_redis_url)] | None = _setting(
        None,
        "Cache",
        "Redis or Valkey. Left out, the server starts a Valkey of its own in `DATA_FOLDER`.",
        examples=["redis://user:password@host:6379/0"],
    )
    redis_timeout_seconds: float = _setting(
        1.0, "Cache", "The longest that one exchange with the cache may take.", gt=0, le=60
    )
    response_cache_bytes: int = _setting(
        32_000_000,
        "Cache",
        "How much memory a process takes for answers that are kept; 0 keeps none. See `docs/caching.md`.",
        ge=0,
    )
    response_cache_shared: bool = _setting(
        True, "Cache", "Whether processes share the answers that they keep, by Redis or Valkey."
    )
    response_cache_stale_seconds: int = _setting(
        300,
        "Cache",
        "For how long an answer may be given after its time while the database is away; 0 for not at all.",
        ge=0,
        le=3600,
    )
    data_folder: Path = _setting(
        Path(".boxoffice"), "Server", "Where the servers that Boxoffice starts by itself keep their data."
    )
    host: str = _setting("127.0.0.1", "Server", "The address to listen on; `0.0.0.0` for all.", min_length=1)
    port: int = _setting(8000, "Server", "The port to listen on; 0 for any that is free.", ge=0, le=65535)
    secret_key: Annotated[SecretStr, AfterValidator(_secret)] | None = _setting(
        None,
        "Server",
        "Signs cursors and guest tokens: at least 32 characters, the same for all processes over one database. Left "
        "out beside a database that the server starts by itself, it is made and kept in `DATA_FOLDER`.",
    )
    request_timeout_seconds: float = _setting(
        15.0, "Server", "The longest that one GraphQL request may take; it is then cancelled.", gt=0, le=600
    )
    shutdown_delay_seconds: float = _setting(
        0.0, "Server", "How long to answer on after SIGTERM while `/health/ready` says no.", ge=0, le=300
    )
    shutdown_timeout_seconds: int = _setting(
        20, "Server", "How long requests under way may take to finish after that.", ge=1, le=600
    )
    http_max_body_bytes: int = _setting(262_144, "HTTP", "The largest request body; 413 above it.", ge=1024)
    http_body_timeout_seconds: float = _setting(
        10.0, "HTTP", "The longest wait for a whole request body; 408 after it.", gt=0, le=600
    )
    http_max_url_bytes: int = _setting(8_192, "HTTP", "The longest path with its query string; 414 above it.", ge=256)
    http_max_head_bytes: int = _setting(
        32_768, "HTTP", "The largest request line with all header fields; 431 above it.", ge=1024
    )
    http_head_timeout_seconds: float = _setting(
        10.0, "HTTP", "The longest wait for a whole request head; 408 after it.", gt=0, le=600
    )
    http_send_timeout_seconds: float = _setting(
        60.0, "HTTP", "How long an answer may stay unread before its connection is cut.", gt=0, le=3600
    )
    http_max_json_depth: int = _setting(64, "HTTP", "The deepest nesting of JSON; 400 above it.", ge=8, le=200)
    http_max_list_items: int = _setting(
        1_000, "HTTP", "The longest list in JSON, such as a variable holds; 400 above it.", ge=100, le=100_000
    )
    http_max_batch: int = _setting(
        0, "HTTP", "How many requests one body may hold as a list; 0 for no lists at all.", ge=0, le=100
    )
    http_status_profile: StatusProfile = _setting(
        StatusProfile.AUDITED,
        "HTTP",
        "Which text decides the statuses that the specification's versions disagree on; see `docs/http.md`.",
    )
    default_policy: Literal["open", "apq", "safelist", "safelist-log-only", "ids-only", "ids-only-log-only"] = _setting(
        "apq",
        "Persisted operations",
        "What callers without a credential may send; see `docs/persisted-operations.md`.",
    )
    apq_expiry_seconds: int = _setting(
        86_400,
        "Persisted operations",
        "How long the text of an automatic persisted query is kept that nobody asks for.",
        ge=2,
        le=31_536_000,
    )
    allow_breaking_schema: bool = _setting(
        False,
        "Persisted operations",
        "Whether to start on a schema that breaks operations that are served; the log then names them.",
    )
    registry_lease_seconds: float = _setting(
        5.0,
        "Persisted operations",
        "How long a process serves published operations while neither the database nor the cache confirms that they "
        "are the newest.",
        ge=2,
        le=20,
    )
    usage_retention_days: int = _setting(
        90,
        "Persisted operations",
        "How long it is kept which operations were called, by whom and how often.",
        ge=1,
        le=3650,
    )
    webhook_sources: Annotated[SecretStr, AfterValidator(_webhook_sources)] | None = _setting(
        None,
        "Webhooks",
        "Who may send webhooks, and the secrets they sign with, as JSON; see `docs/webhooks.md`. Left out, nobody.",
        examples=['{"cron": {"form": "standard", "secrets": ["whsec_…"]}}'],
    )
    webhook_deliveries_kept_days: int = _setting(
        30, "Webhooks", "How many days it is known which webhooks were received.", ge=1, le=3650
    )
    token_secret: Annotated[SecretStr, AfterValidator(_secret)] | None = _setting(
        None,
        "Tokens",
        "Verifies access tokens that are signed with HS256: at least 32 characters, shared with whoever issues them. "
        "Left out, and without `TOKEN_JWKS_URL`, a key made from `SECRET_KEY` does.",
    )
    token_jwks_url: Annotated[str, AfterValidator(check_jwks_url)] | None = _setting(
        None,
        "Tokens",
        "Where the issuer publishes the keys of its tokens, as a JSON Web Key Set; https, unless on this machine.",
        examples=["https://project.supabase.co/auth/v1/.well-known/jwks.json"],
    )
    token_jwks_algorithms: Annotated[str, AfterValidator(check_algorithms)] = _setting(
        "RS256,ES256,EdDSA", "Tokens", "The algorithms that are accepted of tokens under published keys."
    )
    token_issuer: str | None = _setting(
        None,
        "Tokens",
        "The `iss` of tokens; `boxoffice`, unless `TOKEN_JWKS_URL` is set.",
        min_length=1,
        examples=["https://project.supabase.co/auth/v1"],
    )
    token_audience: str | None = _setting(
        None,
        "Tokens",
        "The `aud` of tokens that are meant for this server; `boxoffice`, unless `TOKEN_JWKS_URL` is set.",
        min_length=1,
        examples=["authenticated"],
    )
    token_max_lifetime_seconds: int = _setting(
        2_592_000,
        "Tokens",
        "Tokens that are valid for longer are refused; a revocation is kept for as long.",
        ge=60,
        le=31_536_000,
    )
    token_role_claims: Annotated[str, AfterValidator(check_claims)] = _setting(
        "role,app_metadata.role",
        "Tokens",
        "Which claims of a token say the role, each by the names that lead to it; all of them count.",
    )
    token_admin_values: str = _setting("admin", "Tokens", "The roles that make an administrator.")
    token_anonymous_values: str = _setting("anon", "Tokens", "The roles that make a token worth no more than none.")
    graphiql: bool = _setting(
        True, "HTTP", "Whether browsers get pages: GraphiQL at `/graphql`, and the operations at `/operations`."
    )
    metrics_token: Annotated[SecretStr, AfterValidator(_secret)] | None = _setting(
        None,
        "Metrics",
        "Who sends it as `Authorization: Bearer …` is answered at `/metrics`; at least 32 characters. Left out, there "
        "is no such page. See `docs/metrics.md`.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = _setting("info", "Logs", "The least that is logged.")
    log_format: Literal["auto", "json", "console"] = _setting(
        "auto", "Logs", "`console` is for people, `json` for programs; `auto` looks whether a terminal reads it."
    )

    @model_validator(mode="after")
    def _agree(self) -> Self:
        faults = [message for holds, message in CONTRADICTIONS if holds(self)]
        if faults:
            raise ValueError("\n".join(faults))
        return self

    @property
    def http_limits(self) -> HttpLimits:
        """The bounds on what a request may make the server hold."""
        return HttpLimits(
            max_body_bytes=self.http_max_body_bytes,
            body_timeout_seconds=self.http_body_timeout_seconds,
            max_url_bytes=self.http_max_url_bytes,
            max_json_depth=self.http_max_json_depth,
            max_list_items=self.http_max_list_items,
            max_head_bytes=self.http_max_head_bytes,
            head_timeout_seconds=self.http_head_timeout_seconds,
            send_timeout_seconds=self.http_send_timeout_seconds,
        )

    @property
    def webhooks(self) -> Mapping[str, Source]:
        """Who may send webhooks, by the name in the address."""
        return {} if self.webhook_sources is None else read_sources(self.webhook_sources.get_secret_value())

    @property
    def upkeep(self) -> Upkeep:
        """What jobs are told."""
        return Upkeep(
            keep_deliveries=dt.timedelta(days=self.webhook_deliveries_kept_days),
            keep_usage=dt.timedelta(days=self.usage_retention_days),
            keep_outbox=dt.timedelta(days=self.outbox_kept_days),
            terms=self.terms,
        )

    @property
    def mail_folder(self) -> Path:
        """Where mail is put that goes nowhere."""
        return self.data_folder.resolve() / "mail"

    @property
    def check_in_keys(self) -> CheckInKeys:
        """The keys of codes for the door."""
        assert self.secret_key is not None, "filled in before anything asks"
        secrets = self.check_in_secrets
        texts = (self.secret_key.get_secret_value(),) if secrets is None else secrets_of(secrets)
        return CheckInKeys.of([each.encode() for each in texts])

    @property
    def socket_limits(self) -> SocketLimits:
        """The bounds on what one socket may make the server hold."""
        return SocketLimits(
            max_message_bytes=self.http_max_body_bytes,
            max_json_depth=self.http_max_json_depth,
            max_list_items=self.http_max_list_items,
            messages_per_second=self.socket_messages_per_second,
            max_operations=self.socket_max_operations,
            init_timeout_seconds=self.socket_init_timeout_seconds,
            ping_seconds=self.socket_ping_seconds,
            send_timeout_seconds=self.http_send_timeout_seconds,
        )


CONTRADICTIONS: tuple[tuple[Callable[[Settings], bool], str], ...] = (
    (
        lambda given: given.database_url is not None and given.secret_key is None,
        (
            "SECRET_KEY is missing: with DATABASE_URL set, all processes must sign cursors with the same one "
            "(`openssl rand -hex 32` makes one)"
        ),
    ),
    (
        lambda given: given.database_timeout_seconds > given.request_timeout_seconds,
        "DATABASE_TIMEOUT_SECONDS is above REQUEST_TIMEOUT_SECONDS: a statement would outlive its request",
    ),
    (
        lambda given: given.http_max_url_bytes > given.http_max_head_bytes,
        "HTTP_MAX_URL_BYTES is above HTTP_MAX_HEAD_BYTES: the URL is a part of the head",
    ),
    *TOKEN_CONTRADICTIONS,
    *BROWSER_CONTRADICTIONS,
    *DEPLOYMENT_CONTRADICTIONS,
    *MAIL_CONTRADICTIONS,
    *PAYMENT_CONTRADICTIONS,
)


def load_settings(**given: Any) -> Settings:  # noqa: ANN401 - values of any setting
    """Read the settings; what is given by name goes before the environment, and that before `.env`.

    Raises:
        SettingsError: with every fault at once, the contradictions between well-formed settings among them.
    """
    old, warnings = old_spellings({**_env_file(), **os.environ})
    for warning in warnings:
        _log.warning(warning)
    given = {**old, **given}
    try:
        return Settings(**given)
    except ValidationError as error:
        faults = _faults(error)
        malformed = {str(each["loc"][0]) for each in error.errors() if each["loc"]}
        if malformed:
            # What the malformed ones contradict cannot be known; the others can still be compared.
            defaults = {name: Settings.model_fields[name].default for name in malformed}
            try:
                Settings(**{**given, **defaults})
            except ValidationError as contradictions:
                faults += [fault for fault in _faults(contradictions) if not fault.startswith(tuple(faults))]
        raise SettingsError(faults) from None


def _env_file() -> dict[str, str]:
    """What stands in `.env`, by name; the model keeps of it what it knows, and old spellings are not among that."""
    found = DotEnvSettingsSource(Settings).env_vars
    return {name.upper(): value for name, value in found.items() if value is not None}


def _faults(error: ValidationError) -> list[str]:
    faults: list[str] = []
    for each in error.errors(include_url=False, include_context=False):
        message = each["msg"].removeprefix("Value error, ")
        if each["loc"]:
            name = str(each["loc"][0])
            faults.append(f"{name.upper()}: {message}{_shown(name, each['input'])}")
        else:
            faults += message.split("\n")
    return sorted(faults)


def _shown(name: str, value: object) -> str:
    """A value that was refused, unless it may hold a secret."""
    return "" if "Secret" in str(Settings.model_fields[name].annotation) else f" (it is {redacted(repr(value))})"


def public_values(settings: Settings) -> Mapping[str, object]:
    """What may be shown of the settings: all but secrets, of which only whether they are set."""
    values = settings.model_dump(mode="json")
    return {
        name: (value is not None) if isinstance(getattr(settings, name), SecretStr) or "Secret" in annotation else value
        for name, value in values.items()
        for annotation in (str(Settings.model_fields[name].annotation),)
    }
