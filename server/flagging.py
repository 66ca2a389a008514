"""Who calls, as far as feature flags are concerned."""

from __future__ import annotations

from auth.viewer import ANONYMOUS
from domain.flags import Subject
from server.calling import Caller


def subject_of(caller: Caller) -> Subject:
    """What flags know of a caller.

    Nothing tells those apart who come without a token, so they are in no share but the whole; the client whose key they
    come with may be in a segment.
    """
    client, viewer = caller.client, caller.viewer
    if viewer == ANONYMOUS:
        return Subject(roles=frozenset({viewer.role.value}), client=None if client is None else client.name)
    key = viewer.customer_id or viewer.subject or viewer.client_id or viewer.registration_id
    roles = {viewer.role.value, *(each.role.value.lower() for each in viewer.memberships)}
    return Subject(
        key=None if key is None else str(key),
        organisations=frozenset(str(each.organisation_id) for each in viewer.memberships),
        roles=frozenset(roles | {"staff"} if viewer.is_staff else roles),
        client=None if client is None else client.name,
        customer=None if viewer.customer_id is None else str(viewer.customer_id),
    )
