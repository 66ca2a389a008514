"""Settings of what follows from facts: mail, and codes for the door; a part of `server.settings.Settings`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, Field, HttpUrl, SecretStr

from integrations.mail.messages import Sender, sender_of
from integrations.mail.post import open_post

_MIN_SECRET_LENGTH: Final = 32


def _setting(default: Any, group: str, description: str, **limits: Any) -> Any:  # noqa: ANN401 - pydantic's Field
    return Field(default, description=description, json_schema_extra={"group": group}, **limits)


def _mail_url(value: SecretStr) -> SecretStr:
    open_post(value.get_secret_value(), Path(), timeout=1.0)
    return value


def _address(value: str) -> str:
    sender_of(value)
    return value


def _without_fragment(value: HttpUrl) -> HttpUrl:
    if value.fragment is not None:
        raise ValueError("must have no `#`: what follows it is said by each mail")
    return value


def _secrets(value: SecretStr) -> SecretStr:
    if any(len(each) < _MIN_SECRET_LENGTH for each in secrets_of(value)):
        raise ValueError(f"needs at least {_MIN_SECRET_LENGTH} characters for each secret, with commas between")
    return value


def secrets_of(value: SecretStr) -> tuple[str, ...]:
    """The secrets of a list that is written with commas."""
    return tuple(each.strip() for each in value.get_secret_value().split(","))


class MailSettings(BaseModel):
    """What an operator may set of mail and codes."""

    mail_url: Annotated[SecretStr, AfterValidator(_mail_url)] | None = _setting(
        None,
        "Mail",
        "The server that takes mail: `smtp://` with STARTTLS, which one on this machine may do without, or `smtps://`. "
        "Left out, mail is put into the folder `mail` in `DATA_FOLDER`, each a file.",
        examples=["smtp://user:password@mail.example.org:587"],
    )
    mail_from: Annotated[str, AfterValidator(_address)] | None = _setting(
        None,
        "Mail",
        "The address that mail comes from; its sender is shown under the organisation's name.",
        examples=["tickets@example.org"],
    )
    mail_timeout_seconds: float = _setting(
        15.0, "Mail", "The longest that one exchange with the mail server may take.", gt=0, le=20
    )
    offer_page: Annotated[HttpUrl, AfterValidator(_without_fragment)] | None = _setting(
        None,
        "Mail",
        "The page where offers of the waiting list are taken up. Mail about an offer links to it, with "
        "`#id=…` and, for those without an account, `&token=…` behind it.",
        examples=["https://tickets.example.org/offer"],
    )
    mail_page: bool = _setting(
        False,
        "Mail",
        "Whether a page at `/mail` shows the mail in that folder to everybody: for demonstrations; `serve --demo` "
        "turns it on.",
    )
    outbox_kept_days: int = _setting(30, "Jobs", "How many days it is known which facts were delivered.", ge=1, le=3650)
    check_in_secrets: Annotated[SecretStr, AfterValidator(_secrets)] | None = _setting(
        None,
        "Check-in",
        "Sign the codes for the door, with commas between: the first signs, all are accepted. Left out, `SECRET_KEY` "
        "does; to replace that, put the new secret before it here.",
    )

    @property
    def mail_sender(self) -> Sender:
        """The address that mail comes from."""
        return sender_of(self.mail_from or "tickets@localhost")


CONTRADICTIONS = (
    (
        lambda given: given.mail_url is not None and given.mail_from is None,
        "MAIL_FROM is missing: with MAIL_URL set, mail needs an address that it comes from",
    ),
)
