"""JSON of strangers: bounded, in UTF-8, and without names that stand twice.

`json` itself would recurse as deep as the file says, read `NaN`, and keep the last of two equal names, which loses a
room with all its talks (RFC 8259, section 4, leaves that to the reader).
"""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterator
from typing import Any, NoReturn

from integrations.schedules.faults import Faults, shown
from integrations.schedules.limits import MAX_DEPTH, MAX_TOKENS
from integrations.schedules.records import Cell, Record

_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)
"""Strings, also one that never closes (or each quote in it would be tried as a beginning again), and brackets."""

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_][A-Za-z0-9]+)*")


def member(path: str, name: str) -> str:
    """The path of a member of an object: `$.schedule`, `$.rooms["Curie"]`."""
    return f"{path}.{name}" if _PLAIN_NAME.fullmatch(name) else f"{path}[{json.dumps(name[:60], ensure_ascii=False)}]"


def parse_json(data: bytes, faults: Faults) -> object:
    """The value of a document. Its numbers stay texts: no schedule reckons with them, and identifiers may be long.

    Raises:
        BrokenSchedule: no JSON, or beyond the limits, with line and column; or a name stands twice, with its path.
    """
    data = data.removeprefix(BOM_UTF8)
    _bound(data, faults)
    doubled: list[tuple[dict[str, Any], str]] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        document = dict(pairs)
        if len(document) < len(pairs):
            counts = Counter(name for name, _ in pairs)
            doubled.extend((document, name) for name, count in counts.items() if count > 1)
        return document

    try:
        document: object = json.loads(
            data.decode(), object_pairs_hook=members, parse_constant=_refuse, parse_int=str, parse_float=str
        )
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        told = faults.fatal(f"line {line}", "not in UTF-8, which JSON is always written in (RFC 8259, section 8.1)")
        raise told from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise faults.fatal(place, f"the JSON does not parse: {error.msg}") from None
    except ValueError as error:
        raise faults.fatal("file", str(error)) from None
    if doubled:
        paths = {id(item): path for path, item in _objects(document, "$")}
        for item, name in doubled:
            faults.add(paths.get(id(item), "$"), f"the name {shown(name)} stands twice in one object")
        faults.settle()
    return document


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON (RFC 8259, section 6)")


def _bound(data: bytes, faults: Faults) -> None:
    """Refuse what nests too deep or holds too much, before any of it is built."""
    depth = 0
    for count, token in enumerate(_TOKENS.finditer(data)):
        first = data[token.start()]
        if first in b"[{":
            depth += 1
        elif first in b"]}":
            depth -= 1
        if depth > MAX_DEPTH or count > MAX_TOKENS:
            line = data.count(b"\n", 0, token.start()) + 1
            deep = f"objects and arrays stand more than {MAX_DEPTH} deep in one another"
            raise faults.fatal(f"line {line}", deep if depth > MAX_DEPTH else f"more than {MAX_TOKENS:,} values")


def _objects(value: object, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict):
        yield path, value
        for name, item in value.items():
            yield from _objects(item, member(path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _objects(item, f"{path}[{index}]")


def record_of(value: dict[str, Any], path: str, faults: Faults) -> Record:
    """The plain values of an object; what is a list or an object is left to whoever knows its meaning."""
    cells = {name: cell_of(item, member(path, name), faults) for name, item in value.items()}
    return Record(path, {name: cell for name, cell in cells.items() if cell.text})


def cell_of(value: object, path: str, faults: Faults) -> Cell:
    """A text, a number, true or false; or a text in several languages, `{"en": …, "de": …}`, as pretalx has written."""
    if isinstance(value, dict) and all(_LANGUAGE.fullmatch(name) for name in value):
        value = value.get("en") or next((item for item in value.values() if item), None)
    if isinstance(value, bool):
        return Cell(path, "true" if value else "false")
    if not isinstance(value, str):
        return Cell(path, "")
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        faults.add(path, "holds a character that no text may hold (U+0000, or half of a surrogate pair)")
        return Cell(path, "")
    return Cell(path, value.strip())
