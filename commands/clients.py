"""Clients of the registry: made, given keys, and governed. Each function is one transaction, with one log entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from auth.keys import key_sha256, new_key
from commands.registering import Author, Turn, change
from db.database import Database
from domain.buckets import Rate, rate_of
from domain.errors import InvalidArgument, Refusal
from domain.ids import uuid7
from domain.registry import POLICIES, Admission, KeyPurpose, Policy
from domain.slugs import slugify

FIRST_KEY = "first"
"""The label of the key that a client is made with."""


class ClientExists(Refusal):
    """There is a client of this name already."""

    code = "CLIENT_EXISTS"


class LabelTaken(Refusal):
    """The client has, or had, a key of this label."""

    code = "LABEL_TAKEN"


class UnknownKey(Refusal):
    """The client has no valid key of this label."""

    code = "UNKNOWN_KEY"


def policy_called(name: str) -> Policy:
    """A policy by its name.

    Raises:
        InvalidArgument: there is none.
    """
    if name not in POLICIES:
        raise InvalidArgument(f"There is no policy {name!r}; there are {', '.join(POLICIES)}.")
    return POLICIES[name]


async def create_client(
    database: Database,
    name: str,
    policy: Policy,
    author: Author,
    *,
    is_partner: bool = False,
    is_public: bool = False,
) -> str:
    """Make a client, with a first key.

    Args:
        database: migrated.
        name: what it is called.
        policy: what it may send.
        author: who makes it.
        is_partner: whether it acts in its own name, and by its grants, of which it has none yet.
        is_public: whether callers without a credential may call the routes of its releases; never a partner's.

    Returns:
        The key, which is not kept.

    Raises:
        ClientExists: there is one already.
        InvalidArgument: the name is none that can stand in ids, or a partner is to be public.
    """
    _check_name(name)
    if is_partner and is_public:
        raise InvalidArgument("A partner acts by its grants: it cannot be public.")

    async def work(turn: Turn) -> str:
        if await turn.writes.client(name) is not None:
            raise ClientExists(f"There is a client {name!r} already.")
        client = await _add_client(turn, name, policy, is_partner=is_partner, is_public=is_public)
        key = new_key()
        await _add_key(turn, client, FIRST_KEY, key, KeyPurpose.CALL)
        told = {"policy": policy.name, "key": FIRST_KEY, "key_sha256": key_sha256(key)}
        await turn.note("create client", client, None, **told, partner=is_partner or None, public=is_public or None)
        return key

    return await change(database, author, work)


async def ensure_public_client(database: Database, name: str, author: Author) -> bool:
    """Make a client that has no key, and whose routes anyone may call; nothing is done where there is one.

    Returns:
        Whether it was made.

    Raises:
        ClientExists: there is one of this name that is not public.
        InvalidArgument: the name is none that can stand in ids.
    """
    _check_name(name)

    async def work(turn: Turn) -> bool:
        found = await turn.writes.client(name)
        if found is not None and not found["is_public"]:
            raise ClientExists(f"There is a client {name!r}, and it is not public.")
        if found is None:
            policy = Policy(Admission.IDS_ONLY)
            client = await _add_client(turn, name, policy, is_partner=False, is_public=True)
            await turn.note("create client", client, None, policy=policy.name, public=True)
        return found is None

    return await change(database, author, work)


def _check_name(name: str) -> None:
    if slugify(name, fallback="client") != name:
        raise InvalidArgument(
            f"A client's name is lower-case letters, digits and single hyphens, such as `web`; not {name!r}."
        )


async def _add_client(turn: Turn, name: str, policy: Policy, *, is_partner: bool, is_public: bool) -> Mapping[str, Any]:
    client = {"client_id": uuid7(), "name": name, "policy": policy.name}
    client |= {"is_partner": is_partner, "is_public": is_public}
    await turn.writes.add_client({**client, "created_at": turn.at, "updated_at": turn.at})
    return client


async def add_key(
    database: Database, name: str, label: str, author: Author, *, purpose: KeyPurpose = KeyPurpose.CALL
) -> str:
    """Give a client one more key; those it has stay valid until they are revoked.

    Args:
        database: migrated.
        name: the client's.
        label: what the key is called among those of the client.
        author: who makes it.
        purpose: what it is for.

    Returns:
        The key, which is not kept.

    Raises:
        LabelTaken: it has, or had, a key of this label.
        UnknownClient: there is no such client.
    """

    async def work(turn: Turn) -> str:
        client = await turn.client(name)
        if any(each["label"] == label for each in await turn.writes.keys(client["client_id"])):
            raise LabelTaken(f"{name!r} has, or had, a key {label!r}; give the new one another label.")
        key = new_key()
        await _add_key(turn, client, label, key, purpose)
        await turn.note("add key", client, key=label, purpose=purpose.value, key_sha256=key_sha256(key))
        return key

    return await change(database, author, work)


async def revoke_key(database: Database, name: str, label: str, author: Author) -> None:
    """Make a key of a client invalid, for good.

    Raises:
        UnknownClient: there is no such client.
        UnknownKey: it has no valid key of this label.
    """

    async def work(turn: Turn) -> None:
        client = await turn.client(name)
        valid = [each for each in await turn.writes.keys(client["client_id"]) if each["revoked_at"] is None]
        chosen = [each for each in valid if each["label"] == label]
        if not chosen:
            labels = ", ".join(repr(each["label"]) for each in valid) or "none"
            raise UnknownKey(f"{name!r} has no valid key {label!r}; its valid keys are: {labels}.")
        await turn.writes.revoke_keys([each["key_id"] for each in chosen], at=turn.at)
        await turn.note("revoke key", client, key=label, key_sha256=chosen[0]["key_sha256"])

    await change(database, author, work)


async def set_policy(database: Database, name: str, policy: Policy, author: Author) -> Policy:
    """Give a client another policy; nothing is done, nor noted, where it has it already.

    Returns:
        The policy that it had.

    Raises:
        UnknownClient: there is no such client.
    """

    async def work(turn: Turn) -> Policy:
        client = await turn.client(name)
        before = POLICIES[client["policy"]]
        if before != policy:
            await turn.writes.change_client(client["client_id"], {"policy": policy.name}, at=turn.at)
            await turn.note("set policy", client, policy=policy.name, before=before.name)
        return before

    return await change(database, author, work)


async def set_limits(database: Database, name: str, author: Author, changes: Mapping[str, object]) -> bool:
    """Change what a client may spend, and whether it may ask for the schema.

    Args:
        database: where the registry is.
        name: of the client.
        author: who does it.
        changes: the columns to write: `introspection`, `rate_capacity` with `rate_restored`, `viewer_capacity` with
            `viewer_restored`; None for what is so by default.

    Returns:
        Whether anything has changed; nothing is noted where nothing has.

    Raises:
        UnknownClient: there is no such client.
        RowRefused: a rate is none.
    """

    async def work(turn: Turn) -> bool:
        client = await turn.client(name)
        new = {column: value for column, value in changes.items() if client[column] != value}
        if new:
            await turn.writes.change_client(client["client_id"], new, at=turn.at)
            await turn.note("set limits", client, changed=new, before={column: client[column] for column in new})
        return bool(new)

    return await change(database, author, work)


def rate_called(text: str) -> Rate | None:
    """A rate as the command line writes it; None for `default`.

    Raises:
        InvalidArgument: it is none.
    """
    if text == "default":
        return None
    try:
        return rate_of(text)
    except ValueError as error:
        raise InvalidArgument(f"{error}; or write `default`.") from None


async def _add_key(turn: Turn, client: Mapping[str, Any], label: str, key: str, purpose: KeyPurpose) -> None:
    await turn.writes.add_key(
        {
            "key_id": uuid7(),
            "client_id": client["client_id"],
            "label": label,
            "key_sha256": key_sha256(key),
            "purpose": purpose.value,
            "created_at": turn.at,
        }
    )
