"""Settings of the administrators' pages, a part of `server.settings.Settings`."""

from __future__ import annotations

from typing import Annotated, Any

from limits import parse_many
from pydantic import AfterValidator, BaseModel, Field

from auth.sessions import MAX_LIFETIME


def _setting(default: Any, group: str, description: str, **limits: Any) -> Any:  # noqa: ANN401 - pydantic's Field
    return Field(default, description=description, json_schema_extra={"group": group}, **limits)


def _times(text: str) -> str:
    parse_many(text)
    return text


class AdminSettings(BaseModel):
    """What an operator may set of the administrators' pages."""

    admin_page: bool = _setting(
        False,
        "Administration",
        "Whether administrators get pages at `/admin`; `serve --demo` turns it on. See `docs/admin.md`.",
    )
    admin_session_minutes: int = _setting(
        60,
        "Administration",
        "How long a session of these pages lasts at most; it ends with the token that it was made of.",
        ge=1,
        le=int(MAX_LIFETIME) // 60,
    )
    admin_login_limit: Annotated[str, AfterValidator(_times)] = _setting(
        "10/minute", "Administration", "How often one network address may try to log in there."
    )
