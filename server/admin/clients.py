"""Clients of the registry: what they may send, and their keys."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette_admin import row_action
from starlette_admin.exceptions import ActionFailed
from starlette_admin.flash import flash

from commands.clients import FIRST_KEY, add_key, create_client, policy_called, revoke_key, set_policy
from db.rows import Row
from db.statements.registry import CLIENTS, KEYS_OF_CLIENT
from domain.audit import check_reason
from domain.registry import POLICIES, KeyPurpose
from server.admin.catalogue import written
from server.admin.desk import told_above, told_beside
from server.admin.fields import Choice, LongText, Switch, Typed, reason, shown
from server.admin.forms import filled, form_of
from server.admin.view import DeskView, Instead, Item, Stretch


class ClientView(DeskView):
    """Who calls the API."""

    key = "clients"
    display_name = "Client"
    menu_label = "Clients"
    icon = "fa-solid fa-plug"
    about = "Programs that call the API: what they may send, and their keys."
    finds = "Part of a name"
    fields = (
        shown("title", "Client"),
        Typed(
            "name",
            required=True,
            maxlength=100,
            help_text="Lower-case letters, digits and single hyphens. It stays so.",
            exclude_from_list=True,
            exclude_from_detail=True,
            exclude_from_edit=True,
        ),
        Choice("policy", choices=list(POLICIES), required=True, help_text="What it may send."),
        Choice(
            "kind",
            choices=["program", "partner", "public"],
            required=True,
            help_text="A partner acts by its grants; anyone may call the routes of a public one. It stays so.",
            exclude_from_edit=True,
        ),
        shown("valid_keys", "Valid keys"),
        shown("releases", "Served releases"),
        shown("grants", "Grants", exclude_from_list=True),
        Switch(
            "introspection",
            label="Introspection",
            exclude_from_list=True,
            exclude_from_edit=True,
            exclude_from_create=True,
            read_only=True,
        ),
        LongText(
            "keys",
            label="Keys",
            exclude_from_list=True,
            exclude_from_edit=True,
            exclude_from_create=True,
            read_only=True,
        ),
        shown("created", "Made"),
        reason(),
    )

    async def stretch(self, request: Request, q: str | None, sort: tuple[str, str], size: int) -> Stretch:  # noqa: ARG002 - they are few, by name
        """All of them, by name; or those with a text in theirs."""
        rows = await self.desk.graphql.database.fetch(CLIENTS, {})
        return Stretch([_item(row) for row in rows if not q or q.lower() in row["name"]])

    async def find(self, request: Request, pk: str) -> Item | None:  # noqa: ARG002 - all administrators see the same
        """One, with its keys."""
        database = self.desk.graphql.database
        for row in await database.fetch(CLIENTS, {}):
            if row["name"] == pk:
                return _item(row, await database.fetch(KEYS_OF_CLIENT, {"client_id": row["client_id"]}))
        return None

    def can_create(self, request: Request) -> bool:  # noqa: ARG002 - all administrators may
        """There is a form for a new one."""
        return True

    async def create(self, request: Request, data: dict[str, Any]) -> Item:
        """Make one, as `boxoffice clients create` does, and show its first key."""
        kind, policy = data["kind"], policy_called(data["policy"])
        with told_beside((), "reason"):
            check_reason(data["reason"])
        with told_beside((), "name"):
            async with self.desk.changing_registry(request, data["reason"]) as author:
                key = await create_client(
                    self.desk.graphql.database,
                    data["name"],
                    policy,
                    author,
                    is_partner=kind == "partner",
                    is_public=kind == "public",
                )
        raise Instead(self._show_key(request, data["name"], FIRST_KEY, key, KeyPurpose.CALL))

    async def edit(self, request: Request, pk: str, data: dict[str, Any]) -> Item:
        """Give it another policy, as `boxoffice clients policy` does."""
        with told_beside((), "reason"):
            policy = policy_called(data["policy"])
            async with self.desk.changing_registry(request, data["reason"]) as author:
                await set_policy(self.desk.graphql.database, pk, policy, author)
        found = await self.find(request, pk)
        assert found is not None, "no client is ever removed"
        return found

    @row_action(
        name="rotate",
        text="New key",
        header="New key",
        confirmation="Its other keys stay valid until they are revoked.",
        icon_class="fa-solid fa-key",
        submit_btn_text="Make it",
        form=filled("forms/rotate.html"),
        modal_size="md",
        custom_response=True,
    )
    async def row_action_3_rotate(self, request: Request, pk: str) -> Response:
        """Give it one more key, which is shown this once: it is kept nowhere."""
        form = await form_of(request)
        purpose = KeyPurpose.PUBLISH if form.get("publishes") else KeyPurpose.CALL
        with told_above():
            async with self.desk.changing_registry(request, form.get("reason", "")) as author:
                key = await add_key(self.desk.graphql.database, pk, _label(form), author, purpose=purpose)
        return self._show_key(request, pk, form["label"], key, purpose)

    def _show_key(self, request: Request, client: str, label: str, key: str, purpose: KeyPurpose) -> Response:
        assert self._admin is not None, "it was added to one"
        told = {"client": client, "label": label, "key": key, "purpose": purpose.value}
        return self._admin.templates.TemplateResponse(request, "key.html", {"title": "New key", "view": self, **told})

    @row_action(
        name="revoke",
        text="Revoke a key",
        header="Revoke a key",
        confirmation="Whoever calls with it is refused from now on, for good.",
        icon_class="fa-solid fa-ban",
        submit_btn_text="Revoke it",
        submit_btn_class="action.modal_confirm_button_delete",
        form=filled("forms/revoke.html"),
        modal_size="md",
    )
    async def row_action_4_revoke(self, request: Request, pk: str) -> None:
        """Make a key invalid."""
        form = await form_of(request)
        with told_above():
            async with self.desk.changing_registry(request, form.get("reason", "")) as author:
                await revoke_key(self.desk.graphql.database, pk, _label(form), author)
        flash(request, f"The key “{form['label']}” of {pk} is no longer valid.", "success")


def _label(form: dict[str, str]) -> str:
    label = form.get("label", "")
    if not label:
        raise ActionFailed("Say what the key is called.")
    return label


def _item(row: Row, keys: list[Row] | None = None) -> Item:
    return Item(
        id=row["name"],
        title=row["name"],
        policy=row["policy"],
        kind="partner" if row["is_partner"] else "public" if row["is_public"] else "program",
        valid_keys=row["keys"],
        releases=row["releases"],
        grants=", ".join(row["grants"]) or None,
        introspection=row["introspection"],
        keys="\n".join(map(_told, keys or ())) or None,
        created=written(row["created_at"]),
    )


def _told(key: Row) -> str:
    revoked = "" if key["revoked_at"] is None else f", revoked {written(key['revoked_at'])}"
    return f"{key['label']}: made {written(key['created_at'])}{revoked}"
