"""The page on settings and the example of a file `.env`, for small settings and for the real ones."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings

from server.documents.settings import env_example, env_of, page_of, settings_page
from server.settings import Settings


class Size(StrEnum):
    SMALL = "small"
    LARGE = "large"


def setting(default: object, group: str, description: str, **limits: Any) -> Any:
    return Field(default, description=description, json_schema_extra={"group": group}, **limits)


class Small(BaseSettings):
    url: Annotated[SecretStr, AfterValidator(lambda it: it)] | None = setting(None, "Far", "Where.", examples=["a://b"])
    password: SecretStr = setting(SecretStr("a 'b' #c"), "Far", "What | opens.\n\nIt.")
    count: int = setting(262_144, "Near", "How many.", ge=1, lt=1_000_000)
    share: float = setting(0.5, "Near", "How much.", ge=0, le=1)
    wait: float = setting(10.0, "Near", "How long.", gt=0, le=600)
    name: str = setting("a", "Near", "Which.", min_length=1, max_length=9)
    word: str | None = setting(None, "Near", "What.", min_length=2)
    size: Size = setting(Size.SMALL, "Near", "How large.")
    level: Literal["low", "high", "top"] = setting("low", "Near", "How high.")
    on: bool = setting(False, "Near", "Whether.")
    folder: Path | None = setting(None, "Near", "Where.")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("URL", ["secret text", "such as `a://b`", "*not set*", "Where."]),
        ("PASSWORD", ["secret text", "", "`a 'b' #c`", r"What \| opens.<br><br>It."]),
        ("COUNT", ["whole number", "at least 1, below 1000000", "`262144`", "How many."]),
        ("SHARE", ["number", "0 to 1", "`0.5`", "How much."]),
        ("WAIT", ["number", "above 0, at most 600", "`10`", "How long."]),
        ("NAME", ["text", "not empty, at most 9 characters", "`a`", "Which."]),
        ("WORD", ["text", "at least 2 characters", "*not set*", "What."]),
        ("SIZE", ["choice", "`small` or `large`", "`small`", "How large."]),
        ("LEVEL", ["choice", "`low`, `high` or `top`", "`low`", "How high."]),
        ("ON", ["switch", "`true` or `false`", "`false`", "Whether."]),
        ("FOLDER", ["path", "", "*not set*", "Where."]),
    ],
)
def test_a_setting_shows_its_type_limits_default_and_purpose(name: str, expected: list[str]) -> None:
    assert f"| `{name}` | {' | '.join(expected)} |" in page_of(Small).splitlines()


def test_settings_stand_under_their_groups_in_the_order_of_their_declarations() -> None:
    assert re.findall(r"^## (\w+)|^\| `(\w+)`", page_of(Small), flags=re.MULTILINE)[:4] == [
        ("Far", ""),
        ("", "URL"),
        ("", "PASSWORD"),
        ("Near", ""),
    ]


def test_a_setting_without_a_group_has_no_place() -> None:
    class Stray(BaseSettings):
        lost: int = Field(1, description="Lost.")

    with pytest.raises(AssertionError, match="lost names no group"):
        page_of(Stray)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_has_a_line_on_the_page_and_in_the_example(name: str) -> None:
    assert len(re.findall(rf"^\| `{name.upper()}` \|", settings_page(), flags=re.MULTILINE)) == 1
    assert len(re.findall(rf"^#{name.upper()}=", env_example(), flags=re.MULTILINE)) == 1
    assert Settings.model_fields[name].description


@pytest.mark.parametrize("settings", [Small, Settings])
def test_an_example_changes_nothing_as_it_is(settings: type[BaseSettings], tmp_path: Path) -> None:
    assert all(line == "" or line.startswith("#") for line in env_of(settings).splitlines())
    assert read(settings, env_of(settings), tmp_path) == settings(_env_file=None)


@pytest.mark.parametrize("settings", [Small, Settings])
def test_an_example_has_the_defaults(settings: type[BaseSettings], tmp_path: Path) -> None:
    """With the `#` taken away the settings are the same: each line says what holds without it."""
    uncommented = re.sub(r"^#(?=\w)", "", env_of(settings), flags=re.MULTILINE)

    assert uncommented.count("\n") > len(settings.model_fields)
    assert read(settings, uncommented, tmp_path) == settings(_env_file=None)


def test_a_changed_line_of_an_example_changes_its_setting(tmp_path: Path) -> None:
    changed = env_of(Settings).replace("#DATABASE_POOL_SIZE=10", "DATABASE_POOL_SIZE=11")
    settings = read(Settings, changed, tmp_path)

    assert isinstance(settings, Settings)
    assert settings.database_pool_size == 11


def read(settings: type[BaseSettings], text: str, folder: Path) -> BaseSettings:
    """The settings that a file holds; what is empty there is not set."""
    file = folder / ".env"
    file.write_text(text)
    return settings(_env_file=file, _env_ignore_empty=True)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in {*Settings.model_fields, *Small.model_fields}:
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(name, raising=False)
