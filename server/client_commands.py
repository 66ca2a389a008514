"""What `boxoffice clients` does, between its settings and its last line."""

from __future__ import annotations

from collections.abc import Sequence

from commands import clients, grants
from commands.registering import Author
from db.rows import Row
from db.statements.registry import CLIENTS
from domain.registry import KeyPurpose
from schema.target import target
from server.console import counted, say, table
from server.registry_database import changing_registry, registry_database
from server.settings import Settings


async def create_client(
    settings: Settings, name: str, policy: str, author: Author, *, is_partner: bool, is_public: bool
) -> None:
    """Make a client, and show its first key."""
    chosen = clients.policy_called(policy)
    async with changing_registry(settings) as database:
        key = await clients.create_client(database, name, chosen, author, is_partner=is_partner, is_public=is_public)
    what = "partner" if is_partner else "public client" if is_public else "client"
    say(f"Made the {what} {name}, policy {policy}, with the key {clients.FIRST_KEY!r}, shown this once:", key)


async def rotate_key(settings: Settings, name: str, label: str, author: Author, *, publishes: bool) -> None:
    """Give a client one more key, and show it."""
    async with changing_registry(settings) as database:
        purpose = KeyPurpose.PUBLISH if publishes else KeyPurpose.CALL
        key = await clients.add_key(database, name, label, author, purpose=purpose)
    what = "publishing key" if publishes else "key"
    say(f"Made the {what} {label!r} of {name}, shown this once; its other keys stay valid until they are revoked:", key)


async def revoke_key(settings: Settings, name: str, label: str, author: Author) -> None:
    """Make a key invalid."""
    async with changing_registry(settings) as database:
        await clients.revoke_key(database, name, label, author)
    say(f"The key {label!r} of {name} is no longer valid.")


async def set_policy(settings: Settings, name: str, policy: str, author: Author) -> None:
    """Give a client another policy."""
    chosen = clients.policy_called(policy)
    async with changing_registry(settings) as database:
        before = await clients.set_policy(database, name, chosen, author)
    say(f"The policy of {name} is {policy}" + (", as it was." if before == chosen else f"; it was {before.name}."))


async def set_limits(
    settings: Settings,
    name: str,
    author: Author,
    *,
    bucket: str | None,
    viewer_bucket: str | None,
    introspection: bool | None,
) -> None:
    """Change what a client may spend, and whether it may ask for the schema."""
    changes: dict[str, object] = {} if introspection is None else {"introspection": introspection}
    for prefix, text in (("rate", bucket), ("viewer", viewer_bucket)):
        if text is not None:
            rate = clients.rate_called(text)
            changes[f"{prefix}_capacity"] = None if rate is None else rate.capacity
            changes[f"{prefix}_restored"] = None if rate is None else rate.restored
    async with registry_database(settings) as database:
        changed = await clients.set_limits(database, name, author, changes)
    say(f"The limits of {name} are changed." if changed else f"The limits of {name} are as they were.")


async def grant(settings: Settings, client: str, names: Sequence[str], author: Author) -> None:
    """Grant something to a partner."""
    async with changing_registry(settings) as database:
        new = await grants.grant(database, target(), client, names, author)
    say(f"Granted to {client}: {', '.join(new)}." if new else f"{client} was granted all of it before.")


async def revoke_grants(settings: Settings, client: str, names: Sequence[str], author: Author, *, force: bool) -> None:
    """Take grants back from a partner."""
    async with changing_registry(settings) as database:
        stopped = await grants.revoke_grants(database, client, names, author, force=force)
    say(f"No longer granted to {client}: {', '.join(sorted(set(names)))}.")
    if stopped:
        say(f"{counted(len(stopped), 'operation')} no longer served:", *(f"  {each}" for each in stopped))


async def list_clients(settings: Settings) -> None:
    """Show all clients."""
    async with registry_database(settings) as database:
        rows = await database.fetch(CLIENTS, {})
    table(
        ("client", "policy", "valid keys", "releases served", "kind", "granted", "limits"),
        [
            (row["name"], row["policy"], row["keys"], row["releases"], _kind(row), _granted(row), _limits(row))
            for row in rows
        ],
        "There is no client yet; `boxoffice clients create` makes one.",
    )


def _limits(row: Row) -> str:
    """What of a client's limits is not as it is by default."""
    told = [] if row["introspection"] else ["no introspection"]
    for what, prefix in (("", "rate"), (" a viewer", "viewer")):
        if row[f"{prefix}_capacity"] is not None:
            told.append(f"{row[f'{prefix}_capacity']}/{row[f'{prefix}_restored']:g}{what}")
    return ", ".join(told)


def _kind(row: Row) -> str:
    return "partner" if row["is_partner"] else "public" if row["is_public"] else ""


def _granted(row: Row) -> str:
    return ", ".join(row["grants"]) or ("nothing" if row["is_partner"] else "")
