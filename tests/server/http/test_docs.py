"""`docs/http.md` names what the code has."""

import re
from dataclasses import fields
from pathlib import Path

from server.http.answer import StatusProfile
from server.http.limits import HttpLimits
from server.http.refusals import Code

PAGE = (Path(__file__).parents[3] / "docs" / "http.md").read_text()


def test_every_code_is_documented() -> None:
    documented = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", PAGE))

    assert set(Code) <= documented


def test_every_limit_is_documented_with_its_default() -> None:
    documented = re.findall(r"^\| `HTTP_([A-Z_]+)` \| (\d+) \|", PAGE, re.MULTILINE)

    assert documented == [(field.name.upper(), f"{field.default:g}") for field in fields(HttpLimits)]


def test_every_profile_is_documented() -> None:
    assert set(re.findall(r"`HTTP_STATUS_PROFILE=(\w+)`", PAGE)) == set(StatusProfile)
