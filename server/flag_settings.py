"""Settings that say what feature flags are where nobody has changed them, a part of `server.settings.Settings`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel, Field

from domain.flags import EVERYONE, USE_FUNCTIONS, Flag

_OLD: Final = "NEXT_PUBLIC_"


def _flag(description: str) -> Any:  # noqa: ANN401 - pydantic's Field
    return Field(True, description=description, json_schema_extra={"group": "Feature flags"})


class FlagSettings(BaseModel):
    """What an operator may set of the feature flags."""

    use_functions_architecture: bool = _flag(
        "Whether an event's hierarchy is that of functions, else that of parent events; until `boxoffice flags set` or "
        "`updateFeatureFlag` says otherwise, as for all flags."
    )
    show_function_navigation: bool = _flag("For front ends: whether they show a way from function to function.")
    enable_function_filtering: bool = _flag("For front ends: whether lists of events may be filtered by function.")
    enable_function_monitoring: bool = _flag("For front ends: whether they report how functions are used.")
    functions_rollout_percentage: int = Field(
        EVERYONE,
        description="For how many of all viewers `USE_FUNCTIONS_ARCHITECTURE` is on.",
        json_schema_extra={"group": "Feature flags"},
        ge=0,
        le=EVERYONE,
    )

    @property
    def flags(self) -> Mapping[str, Flag]:
        """What each flag is where nobody has changed it."""
        return {
            USE_FUNCTIONS: Flag(USE_FUNCTIONS, self.use_functions_architecture, self.functions_rollout_percentage),
            **{
                key: Flag(key, enabled)
                for key, enabled in (
                    ("SHOW_FUNCTION_NAVIGATION", self.show_function_navigation),
                    ("ENABLE_FUNCTION_FILTERING", self.enable_function_filtering),
                    ("ENABLE_FUNCTION_MONITORING", self.enable_function_monitoring),
                )
            },
        }


def old_spellings(environment: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Settings of flags by names that front ends have for them, and a warning for each.

    Args:
        environment: where a name of its own goes before such a spelling.
    """
    given: dict[str, str] = {}
    warnings: list[str] = []
    for name in FlagSettings.model_fields:
        plain, old = name.upper(), f"{_OLD}{name.upper()}"
        if environment.get(old) and not environment.get(plain):
            given[name] = environment[old]
            warnings.append(f"{old} is read as {plain}; set that instead")
    return given, warnings
