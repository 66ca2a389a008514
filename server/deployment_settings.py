"""Settings that say what a deployment shows, a part of `server.settings.Settings`."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from enum import Enum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field

from db.deployment import Part, Within
from domain.ids import decode_global_id


class FilterTo(Enum):
    """What a deployment shows."""

    ALL = "all"
    FUNCTION = "function"
    ORGANISATION = "organisation"


def _setting(default: Any, group: str, description: str, **limits: Any) -> Any:  # noqa: ANN401 - pydantic's Field
    return Field(default, description=description, json_schema_extra={"group": group}, **limits)


def _either_spelling(value: object) -> object:
    return "organisation" if value == "organization" else value


def _key_of(typename: str) -> Callable[[object], object]:
    """Reads a key as the database has it, or as clients do."""

    def read(value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            found, key = decode_global_id(value)
        except ValueError:
            found, key = typename, _uuid(value)
        if found != typename:
            raise ValueError(f"is the id of a thing of type {found}; one of type {typename} is needed")
        return key

    return read


def _uuid(value: str) -> uuid.UUID:
    try:
        return uuid.UUID(value)
    except ValueError:
        raise ValueError("expected a key such as 0198c0de-0000-7000-8000-000000000001, or an `id` of the API") from None


class DeploymentSettings(BaseModel):
    """What an operator may set of what is shown."""

    filter_to: Annotated[FilterTo, BeforeValidator(_either_spelling)] = _setting(
        FilterTo.ALL,
        "Deployment",
        "What is shown, and may be changed, here: `all`, one `function`, or one `organisation` (`organization`). For "
        "whoever asks, the rest does not exist.",
    )
    function_id: Annotated[uuid.UUID | None, BeforeValidator(_key_of("Function"))] = _setting(
        None, "Deployment", "The function that is shown, with `FILTER_TO=function`: its key, or its `id` of the API."
    )
    organisation_id: Annotated[uuid.UUID | None, BeforeValidator(_key_of("Organisation"))] = _setting(
        None, "Deployment", "The organisation that is shown, with `FILTER_TO=organisation`."
    )
    organization_id: Annotated[uuid.UUID | None, BeforeValidator(_key_of("Organisation"))] = _setting(
        None, "Deployment", "The same as `ORGANISATION_ID`."
    )

    @property
    def within(self) -> Within | None:
        """The one thing that is shown; None for everything."""
        organisation = self.organisation_id or self.organization_id
        if self.filter_to is FilterTo.FUNCTION and self.function_id is not None:
            return Within(Part.FUNCTION, self.function_id)
        if self.filter_to is FilterTo.ORGANISATION and organisation is not None:
            return Within(Part.ORGANISATION, organisation)
        return None


CONTRADICTIONS = (
    (
        lambda given: given.filter_to is FilterTo.FUNCTION and given.function_id is None,
        "FILTER_TO is function, and FUNCTION_ID does not say which: set it, or set FILTER_TO=all",
    ),
    (
        lambda given: (
            given.filter_to is FilterTo.ORGANISATION and given.organisation_id is None and given.organization_id is None
        ),
        "FILTER_TO is organisation, and ORGANISATION_ID does not say which: set it, or set FILTER_TO=all",
    ),
    (
        lambda given: given.filter_to is not FilterTo.FUNCTION and given.function_id is not None,
        "FUNCTION_ID is set, and FILTER_TO is not function: set FILTER_TO=function, or leave FUNCTION_ID out",
    ),
    (
        lambda given: (
            given.filter_to is not FilterTo.ORGANISATION
            and (given.organisation_id is not None or given.organization_id is not None)
        ),
        "ORGANISATION_ID is set, and FILTER_TO is not organisation: set FILTER_TO=organisation, or leave it out",
    ),
    (
        lambda given: (
            given.organisation_id is not None
            and given.organization_id is not None
            and given.organisation_id != given.organization_id
        ),
        "ORGANISATION_ID and ORGANIZATION_ID name different organisations; leave one of them out",
    ),
)
