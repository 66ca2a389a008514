"""Fields that name something else: by its slug, of which the first are suggested, or by its id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette_admin import BaseModelView
from starlette_admin.exceptions import FormValidationError

from domain.ids import decode_global_id, encode_global_id
from resolvers import lookups
from resolvers.administration import likely
from resolvers.context import Context
from server.admin.desk import Desk
from server.admin.fields import Typed


@dataclass(frozen=True, slots=True)
class _Kind:
    """How things of a type are found, and which columns are their key and what they are called."""

    by_id: lookups.Fetch[Any]
    by_slug: lookups.Fetch[Any]
    key: str
    heading: str


_KINDS: Final[Mapping[str, _Kind]] = {
    "Function": _Kind(lookups.FUNCTIONS, lookups.FUNCTIONS_BY_SLUG, "function_id", "name"),
    "Event": _Kind(lookups.EVENTS, lookups.EVENTS_BY_SLUG, "event_id", "title"),
    "Organisation": _Kind(lookups.ORGANISATIONS, lookups.ORGANISATIONS_BY_SLUG, "organisation_id", "name"),
}


@dataclass
class Reference(Typed):
    """Something else, by its slug or its id.

    Attributes:
        typename: its type.
        parameter: of the address of a form for something new, by whose id it begins; none where it is blank.
    """

    typename: str = ""
    parameter: str = ""
    form_template: str = "fields/form/reference.html"

    async def get_create_default(self, request: Request) -> str | None:
        """What an address asks for."""
        context = await self._suggest(request)
        given = request.query_params.get(self.parameter)
        try:
            typename, key = decode_global_id(given or "")
        except ValueError:
            return None
        if typename != self.typename:
            return None
        (row,) = await lookups.find(context, _KINDS[typename].by_id, [key])
        return None if row is None else str(row["slug"])

    async def parse_form_data(self, request: Request, form_data: FormData) -> Any:  # noqa: ANN401 - the library's
        """What was typed; a form that is shown again suggests the same."""
        await self._suggest(request)
        return await super().parse_form_data(request, form_data)

    async def _suggest(self, request: Request) -> Context:
        desk: Desk = request.app.state.desk
        context = desk.context(request)
        heading = _KINDS[self.typename].heading
        suggested = {row["slug"]: row[heading] for row in await likely(context, self.typename)}
        request.state.suggested = {**getattr(request.state, "suggested", {}), self.name: suggested}
        return context


async def identified(view: BaseModelView, request: Request, data: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed into a form, with ids in place of slugs.

    Raises:
        FormValidationError: there is nothing of a slug.
    """
    desk: Desk = request.app.state.desk
    named = dict(data)
    unknown: dict[str | int, str] = {}
    for field in view.get_fields_list(request):
        given = data.get(field.name)
        if not isinstance(field, Reference) or given is None or is_id(given):
            continue
        (row,) = await lookups.find(desk.context(request), _KINDS[field.typename].by_slug, [given])
        if row is None:
            unknown[field.name] = f"There is no {field.typename} with the slug “{given}”."
        else:
            named[field.name] = encode_global_id(field.typename, row[_KINDS[field.typename].key])
    if unknown:
        raise FormValidationError(unknown)
    return named


def is_id(text: str) -> bool:
    """Whether a text is an id of the API, of whatever type."""
    try:
        decode_global_id(text)
    except ValueError:
        return False
    return True
