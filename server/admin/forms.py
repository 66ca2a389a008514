"""Forms of actions: templates, and what was sent by them."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette_admin import BaseAdmin

from server.admin.view import Item

MOST_FIELDS = 20


def rendered(request: Request, template: str, **values: object) -> str:
    """A form with values."""
    admin: BaseAdmin = request.app.state.admin
    return admin.templates.env.get_template(template).render(values)


def filled(template: str) -> Callable[[Request, Item], str]:
    """What makes the form for an item."""

    def render(request: Request, item: Item) -> str:
        return rendered(request, template, item=item)

    return render


async def form_of(request: Request) -> dict[str, str]:
    """What was sent, without blanks around it."""
    async with request.form(max_files=0, max_fields=MOST_FIELDS) as form:
        return {name: str(value).strip() for name, value in form.items()}
