"""Fields of forms: texts that are read as values, and say what would be right where they cannot be."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette_admin import BaseField, BooleanField, EnumField, StringField
from starlette_admin.types import RequestAction

from server.admin.desk import IN_GENERAL, ONCE


class Unread(str):
    """What somebody typed that is none of what a field is for."""

    __slots__ = ()


@dataclass
class Typed(StringField):
    """A text that is read as a value of some kind; blank for none.

    Attributes:
        read: makes the value of the text; raises `ValueError`.
        write: makes the text of a value again.
        show: makes of a value what is read on pages.
        expects: what would be right, in words.
    """

    read: Callable[[str], Any] = str
    write: Callable[[Any], str] = str
    show: Callable[[Any], str] | None = None
    expects: str = ""

    async def parse_form_data(self, request: Request, form_data: FormData) -> Any:  # noqa: ANN401, ARG002 - the library's
        """The value; what cannot be read, as it was typed."""
        raw = str(form_data.get(self.id) or "").strip()
        try:
            return self.read(raw) if raw else None
        except ValueError:
            return Unread(raw)

    async def validate(self, request: Request, value: Any, form_values: dict[str, Any]) -> None:  # noqa: ANN401 - the same
        """Refuse what could not be read."""
        if isinstance(value, Unread):
            raise ValueError(f"Expected {self.expects}.")  # noqa: TRY004 - what the library tells beside the field
        await super().validate(request, value, form_values)

    async def serialize_value(self, request: Request, value: Any) -> str:  # noqa: ANN401 - the same
        """As it is typed in forms, and as it is read elsewhere."""
        action: RequestAction = request.state.action
        return self.write(value) if self.show is None or action.is_form() else self.show(value)


@dataclass
class LongText(Typed):
    """A text of several lines."""

    rows: int = 6
    class_: str = "form-control"
    form_template: str = "fields/form/textarea.html"
    detail_template: str = "fields/detail/lines.html"

    def input_params(self) -> str:
        """What the element is told."""
        return f'rows="{self.rows}"'


@dataclass
class Switch(BooleanField):
    """On or off."""

    list_template: str = "fields/on_or_off.html"
    detail_template: str = "fields/on_or_off.html"


@dataclass
class Choice(EnumField):
    """One of a few."""

    select2: bool | None = False

    async def validate(self, request: Request, value: Any, form_values: dict[str, Any]) -> None:  # noqa: ANN401 - the library's
        """Refuse what is none of them."""
        if value not in {choice[0] for choice in self.choices or ()}:
            raise ValueError("Choose one of the list.")
        await super().validate(request, value, form_values)


def shown(name: str, label: str, **options: Any) -> Typed:  # noqa: ANN401 - of the field
    """A field that is read and never written."""
    return Typed(name, label=label, exclude_from_edit=True, exclude_from_create=True, read_only=True, **options)


def _unseen(name: str, **options: Any) -> Typed:  # noqa: ANN401 - of the field
    """A field that travels with a form, and shows nothing of itself."""
    return Typed(
        name,
        input_type="hidden",
        label_template="fields/form/unlabelled.html",
        exclude_from_list=True,
        exclude_from_detail=True,
        **options,
    )


def once() -> BaseField:
    """By what a form for something new is known that is sent twice; it travels unseen, as the version does.

    What is wrong with no field in particular is told in its place.
    """
    return _unseen(
        ONCE,
        read=lambda text: uuid.UUID(text).hex,
        default=lambda: uuid.uuid4().hex,
        expects="a form of these pages: begin anew",
        required=True,
        form_template="fields/form/once.html",
        exclude_from_edit=True,
    )


def version(read: Callable[[str], Any] = str) -> BaseField:
    """Which version of a thing a form is about; it travels unseen, and a conflict is told in its place.

    Args:
        read: makes it of its text; raises `ValueError`.
    """
    return _unseen(
        IN_GENERAL,
        read=read,
        expects="the version of a form of these pages",
        form_template="fields/form/version.html",
        exclude_from_create=True,
    )


def reason() -> BaseField:
    """Why something is changed, for the audit log."""
    return Typed(
        "reason",
        label="Reason",
        required=True,
        maxlength=500,
        help_text="The audit log keeps it, with your name.",
        exclude_from_list=True,
        exclude_from_detail=True,
    )


def moment_field(name: str, label: str, **options: Any) -> Typed:  # noqa: ANN401 - of the field
    """A moment, with its offset."""
    return Typed(
        name,
        label=label,
        read=_moment,
        write=lambda value: str(value) if isinstance(value, str) else value.isoformat(timespec="minutes"),
        show=moment,
        expects="a date and a time with their offset: 2027-05-01T19:30+02:00",
        placeholder="2027-05-01T19:30+02:00",
        **options,
    )


def day_field(name: str, label: str, **options: Any) -> Typed:  # noqa: ANN401 - of the field
    """A day."""
    return Typed(
        name, label=label, read=dt.date.fromisoformat, expects="a day: 2027-05-01", input_type="date", **options
    )


def number_field(name: str, label: str, **options: Any) -> Typed:  # noqa: ANN401 - of the field
    """A whole number."""
    return Typed(name, label=label, read=int, expects="a whole number", input_type="number", **options)


def json_field(name: str, label: str, **options: Any) -> LongText:  # noqa: ANN401 - of the field
    """A value as JSON."""
    return LongText(name, label=label, read=json.loads, write=_written, expects="JSON", **options)


def moment(value: dt.datetime) -> str:
    """A moment as people read it, in the zone that it comes in."""
    return f"{value:%Y-%m-%d %H:%M} {value:%Z}"


def _written(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _moment(text: str) -> dt.datetime:
    value = dt.datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise ValueError("without an offset")
    return value
