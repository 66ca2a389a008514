"""CHECK constraints that several tables share."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import CheckConstraint

SLUG_PATTERN = "^[a-z0-9]+(-[a-z0-9]+)*$"
"""What `domain.slugs` makes; the database refuses anything else."""

ZONE_PATTERN = "^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$"
"""The form of names in the IANA time zone database (`Europe/Brussels`, `Etc/GMT-1`); which exist is for programs."""

ADDRESS_PATTERN = "^https?://[^[:space:]]+$"
"""An absolute address of the web: a `javascript:` one would run in the page that shows it."""

EXTERNAL_ID_LENGTH = 600
"""Characters. With a UUID beside it, it fits a B-tree entry (2,704 bytes) in any script."""


def heading(column: str) -> CheckConstraint:
    """Not blank, and short enough for a B-tree entry (2,704 bytes) in any script."""
    return _check(f"{column}_well_formed", f"{_not_blank(column)} AND char_length({column}) <= 500")


def label(column: str) -> CheckConstraint:
    """A word or two, not blank."""
    return _check(f"{column}_well_formed", f"{_not_blank(column)} AND char_length({column}) <= 100")


def slug() -> CheckConstraint:
    """As it stands in addresses."""
    return _check("slug_well_formed", f"slug ~ '{SLUG_PATTERN}' AND char_length(slug) <= 200")


def zone() -> CheckConstraint:
    """The name of a time zone."""
    return _check("timezone_well_formed", f"timezone ~ '{ZONE_PATTERN}' AND char_length(timezone) <= 64")


def description() -> CheckConstraint:
    """Well below the megabyte that a `tsvector` may take."""
    return _check("description_length", "char_length(description) <= 100000")


def image_url() -> CheckConstraint:
    """An absolute address, no longer than browsers and servers agree on."""
    return _check("image_url_well_formed", f"image_url ~ '{ADDRESS_PATTERN}' AND char_length(image_url) <= 2000")


def metadata(column: str = "metadata") -> CheckConstraint:
    """An object: JSON's `null` would be a second kind of nothing beside NULL."""
    return _check(f"{column}_is_object", f"jsonb_typeof({column}) = 'object'")


def external_id(owner: str) -> CheckConstraint:
    """Not blank, and only where the column `owner` says within what it is unique."""
    return _check(
        "external_id_well_formed",
        f"external_id IS NULL OR {owner} IS NOT NULL AND {_not_blank('external_id')} "
        f"AND char_length(external_id) <= {EXTERNAL_ID_LENGTH}",
    )


def price() -> tuple[CheckConstraint, CheckConstraint]:
    """Minor units, never below nothing, of a currency by its letters in ISO 4217."""
    return (
        _check("price_not_negative", "price_amount >= 0"),
        _check("currency_well_formed", "price_currency ~ '^[A-Z]{3}$'"),
    )


def currency(column: str = "currency") -> CheckConstraint:
    """The letters of a currency in ISO 4217."""
    return _check(f"{column}_well_formed", f"{column} ~ '^[A-Z]{{3}}$'")


def not_negative(*columns: str) -> tuple[CheckConstraint, ...]:
    """Nothing or more, each by a rule of its own."""
    return tuple(_check(f"{column}_not_negative", f"{column} >= 0") for column in columns)


def not_below(column: str, least: int) -> CheckConstraint:
    """A number, or more."""
    return _check(f"{column}_not_below_{least}", f"{column} >= {least}")


def share(column: str) -> CheckConstraint:
    """Millionths of a whole, of which it is a part."""
    return _check(f"{column}_is_part", f"{column} BETWEEN 0 AND 1000000")


def one_item() -> CheckConstraint:
    """A ticket or a package: one of the two."""
    return _check("one_item", "num_nonnulls(ticket_id, package_id) = 1")


def email() -> CheckConstraint:
    """An address as far as a pattern says: whether mail arrives there, only mail can tell (RFC 5321, section 4.5.3)."""
    return _check("email_well_formed", "email ~ '^[^[:space:]@]+@[^[:space:]@]+$' AND char_length(email) <= 320")


def locale() -> CheckConstraint:
    """The form of a language tag (BCP 47)."""
    return _check("locale_well_formed", "locale ~ '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$' AND char_length(locale) <= 35")


def notes(column: str) -> CheckConstraint:
    """A few paragraphs at most."""
    return _check(f"{column}_length", f"char_length({column}) <= 10000")


def moments(*columns: str) -> tuple[CheckConstraint, ...]:
    """Within what `datetime` can hold in any zone: one row beyond it would break every page that it stands on."""
    return tuple(
        _check(
            f"{column}_representable",
            f"{column} >= '0001-01-02 00:00:00+00'::timestamptz AND {column} < '9999-12-31 00:00:00+00'::timestamptz",
        )
        for column in columns
    )


def days(*columns: str) -> tuple[CheckConstraint, ...]:
    """Within what `date` can hold, but for its first and its last day, which asyncpg writes as infinities."""
    return tuple(
        _check(f"{column}_representable", f"{column} > '0001-01-01'::date AND {column} < '9999-12-31'::date")
        for column in columns
    )


def client_name() -> CheckConstraint:
    """As it stands on command lines and in ids."""
    return _check("name_well_formed", f"name ~ '{SLUG_PATTERN}' AND char_length(name) <= 100")


def release_name() -> CheckConstraint:
    """What may stand in an id (`web~1.4.2~FunctionPage`), beside the tilde that separates its parts."""
    return _check("name_well_formed", "name ~ '^[A-Za-z0-9._+-]+$' AND char_length(name) <= 100")


def public_id() -> CheckConstraint:
    """The characters of a custom document id; before a colon, `sha256` or what begins with `x-`."""
    return _check(
        "public_id_well_formed",
        "public_id ~ '^((sha256|x-[A-Za-z0-9._~-]+):)?[A-Za-z0-9._~-]+$' AND length(public_id) <= 300",
    )


def grant_name() -> CheckConstraint:
    """A permission's name, or a field's, as `Type.field` (names as in the GraphQL specification, section 2.1.9)."""
    return _check(
        "name_well_formed",
        "name ~ '^[A-Za-z_][A-Za-z0-9_]*([.][A-Za-z_][A-Za-z0-9_]*)?$' AND char_length(name) <= 200",
    )


def route() -> CheckConstraint:
    """As `domain.routes` reads them, as far as a pattern says."""
    return _check("route_well_formed", "route ~ '^GET /api(/[A-Za-z0-9._~{}-]+)+$' AND char_length(route) <= 304")


def subject(column: str) -> CheckConstraint:
    """What a token calls somebody, or itself: OpenID Connect Core's limit for `sub` (section 2)."""
    return _check(f"{column}_well_formed", f"{_not_blank(column)} AND char_length({column}) <= 255")


def sha256(column: str) -> CheckConstraint:
    """The 64 hexadecimal digits of a SHA-256."""
    return _check(f"{column}_well_formed", f"{column} ~ '^[0-9a-f]{{64}}$'")


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """One of a few words."""
    words = ", ".join(f"'{value}'" for value in values)
    return _check(f"{column}_known", f"{column} IN ({words})")


def rate(capacity: str, restored: str) -> CheckConstraint:
    """A bucket's rate, whole or not there: it holds something, and something comes back."""
    return _check(
        f"{capacity}_with_rate",
        f"({capacity} IS NULL) = ({restored} IS NULL) AND {capacity} >= 1 AND {restored} BETWEEN 0.001 AND 100000",
    )


def version() -> CheckConstraint:
    """Counts from one."""
    return _check("version_positive", "version >= 1")


def _not_blank(column: str) -> str:
    return f"{column} ~ '[^[:space:]]'"


def _check(name: str, condition: str) -> CheckConstraint:
    return CheckConstraint(condition, name=name)
