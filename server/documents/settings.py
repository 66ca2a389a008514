"""`docs/settings.md` and `.env.example`: every setting, from its declaration in `server.settings`."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from schema.document.markdown import code, page, table
from server.settings import Settings

WIDTH = 100
"""The longest line of `.env.example`, in characters."""

TYPES: Mapping[object, str] = {
    SecretStr: "secret text",
    Path: "path",
    bool: "switch",
    float: "number",
    int: "whole number",
    str: "text",
}
"""What an operator calls a type."""


def settings_page() -> str:
    """The page on this project's settings."""
    return page_of(Settings)


def env_example() -> str:
    """The same as a file `.env`, with everything commented out."""
    return env_of(Settings)


def page_of(settings: type[BaseModel]) -> str:
    """The page on any settings whose fields have a description, and name their `group` beside it."""
    return page(_blocks(settings))


def _blocks(settings: type[BaseModel]) -> Iterator[str]:
    yield "# Settings"
    yield "<!-- Generated from the settings by `make docs`: change server/settings.py, not this file. -->"
    yield _INTRODUCTION
    for group, fields in _groups(settings).items():
        yield f"## {group}"
        rows = (
            [code(name.upper()), _type(it), _allowed(it), _default(it), it.description or ""]
            for name, it in fields.items()
        )
        yield table(["Setting", "Type", "Allowed", "Default", "What it is for"], rows)


def env_of(settings: type[BaseModel]) -> str:
    """A file `.env` for any such settings: it changes nothing until something in it is changed."""
    blocks = [_comment(_ENV_INTRODUCTION)]
    for group, fields in _groups(settings).items():
        blocks.append(f"# {group} ".ljust(WIDTH, "-"))
        for name, field in fields.items():
            allowed = _allowed(field).replace("`", "")
            comment = _comment(f"{field.description} Allowed: {allowed}." if allowed else field.description or "")
            blocks.append(f"{comment}\n#{name.upper()}={_quoted(_literal(field.default))}")
    return "\n\n".join(blocks) + "\n"


def _groups(settings: type[BaseModel]) -> Mapping[str, dict[str, FieldInfo]]:
    """The fields by group, both in the order of their declarations; those that are inherited come last."""
    groups: dict[str, dict[str, FieldInfo]] = {}
    for name, field in sorted(settings.model_fields.items(), key=lambda item: item[0] not in settings.__annotations__):
        extra = field.json_schema_extra
        assert isinstance(extra, dict), f"{name} names no group"
        groups.setdefault(str(extra["group"]), {})[name] = field
    return groups


def _plain(annotation: Any) -> Any:  # noqa: ANN401 - whatever stands behind a colon
    """A type without what is said about it, and without the None that a setting may be left at."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _plain(get_args(annotation)[0])
    if origin in {Union, UnionType}:
        (only,) = (each for each in get_args(annotation) if each is not NoneType)
        return _plain(only)
    return annotation


def _choices(field: FieldInfo) -> list[str]:
    plain = _plain(field.annotation)
    if get_origin(plain) is Literal:
        return [_literal(each) for each in get_args(plain)]
    if isinstance(plain, type) and issubclass(plain, Enum):
        return [_literal(each) for each in plain]
    return ["true", "false"] if plain is bool else []


def _type(field: FieldInfo) -> str:
    plain = _plain(field.annotation)
    return TYPES[plain] if plain in TYPES else "choice" if _choices(field) else str(plain)


def _allowed(field: FieldInfo) -> str:
    bounds = {  # by the names that pydantic's constraints have them under
        name: _literal(getattr(each, name))
        for each in field.metadata
        for name in ("ge", "gt", "le", "lt", "min_length", "max_length")
        if getattr(each, name, None) is not None
    }
    if {"ge", "le"} <= bounds.keys():
        bounds["between"] = f"{bounds.pop('ge')} to {bounds.pop('le')}"
    if bounds.get("min_length") == "1":
        bounds["filled"] = bounds.pop("min_length")
    words = {
        "between": "{}",
        "ge": "at least {}",
        "gt": "above {}",
        "le": "at most {}",
        "lt": "below {}",
        "filled": "not empty",
        "min_length": "at least {} characters",
        "max_length": "at most {} characters",
    }
    said = [text.format(bounds[name]) for name, text in words.items() if name in bounds]
    if choices := [code(each) for each in _choices(field)]:
        said.append(f"{', '.join(choices[:-1])} or {choices[-1]}" if choices[1:] else choices[0])
    if field.examples:
        said.append(f"such as {' or '.join(code(_literal(each)) for each in field.examples)}")
    return ", ".join(said)


def _default(field: FieldInfo) -> str:
    return "*not set*" if field.default is None else code(_literal(field.default))


def _literal(value: object) -> str:
    """A value as it is written in the environment."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case float():
            return f"{value:.10g}"
        case Enum():
            return _literal(value.value)
        case SecretStr():
            return value.get_secret_value()
        case _:
            return str(value)


def _quoted(text: str) -> str:
    """A value as a file `.env` has it: in quotes where it would be cut, or read for something else."""
    if re.fullmatch(r"[\w./:@%+,=-]*", text):
        return text
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _comment(text: str) -> str:
    paragraphs = text.strip().split("\n\n")
    wrapped = [textwrap.wrap(each, WIDTH - 2, break_on_hyphens=False, break_long_words=False) for each in paragraphs]
    return "\n#\n".join("\n".join(f"# {line}" for line in lines) for lines in wrapped)


_INTRODUCTION = """
Settings come from the environment, and what that does not have, from a file `.env` in the folder that the program is
started in. An option of the command line goes before both. [.env.example](../.env.example) is such a file with all the
defaults, to copy and change. A setting that is empty counts as not set.

All of them are checked before anything starts: whatever is malformed, out of bounds or contradicts something else is
told at once, and the program ends. `boxoffice config check` does only that, and shows what is in force.
"""

_ENV_INTRODUCTION = """
Generated from the settings by `make docs`: change server/settings.py, not this file.

Copy it to .env, and take the # from what you change. The environment goes before .env. docs/settings.md has the same as
a page.
"""
