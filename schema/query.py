"""Where reading begins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import strawberry

from auth.permissions import Permission
from commands.function_migration.looking import status
from resolvers.customers import viewer_of
from resolvers.events import events_page
from resolvers.flags import features_of, flags_of
from resolvers.functions import functions_page
from resolvers.homepage import homepage_of
from resolvers.nodes import event_by, function_by, node_by, nodes_by, organisation_by, package_by
from resolvers.paging import MAX_SIZE, PageArguments
from resolvers.rate_limit import rate_limit_of
from resolvers.registrations import registration_by
from resolvers.search import matches_of
from resolvers.versions import versions_of
from resolvers.waiting import entry_by
from schema.api_version import ApiVersion
from schema.arguments import After, Before, First, Last
from schema.connection import Connection
from schema.customer import Customer
from schema.event import Event, event_list
from schema.fields import edge
from schema.flag import FeatureFlag
from schema.function import Function
from schema.homepage import Homepage
from schema.migration import MigrationStatus
from schema.mutating import looking
from schema.node import Node
from schema.organisation import Organisation
from schema.package import Package
from schema.rate_limit import RateLimit
from schema.registration import Registration
from schema.search import SearchConnection, search_arguments
from schema.waiting import WaitingListEntry


def _by_id(id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]) -> Mapping[str, Any]:  # noqa: A002 - its name in GraphQL
    return {"global_id": id}


def _by_ids(
    ids: Annotated[list[strawberry.ID], strawberry.argument(description=f"Their ids, at most {MAX_SIZE}.")],
) -> Mapping[str, Any]:
    return {"global_ids": tuple(ids)}


def _by_id_or_slug(
    id: Annotated[strawberry.ID | None, strawberry.argument(description="Its id.")] = None,  # noqa: A002 - the same
    slug: Annotated[str | None, strawberry.argument(description="Its slug, instead of the id.")] = None,
) -> Mapping[str, Any]:
    return {"global_id": id, "slug": slug}


def _registration(
    id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")],  # noqa: A002 - the same
    guest_token: Annotated[
        str | None,
        strawberry.argument(description="The token that whoever ordered without an account was given."),
    ] = None,
) -> Mapping[str, Any]:
    return {"global_id": id, "guest_token": guest_token}


CATALOGUE_SECONDS = 60
"""How long an answer from the catalogue may be kept: what people put there changes a few times a day."""


def _function_list(
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    is_active: Annotated[
        bool | None,
        strawberry.argument(description="Those that are active, or are not, which only their own staff see."),
    ] = None,
) -> Mapping[str, Any]:
    return {"arguments": PageArguments(first, after, last, before), "is_active": is_active}


@strawberry.type(description="Where reading begins.")
class Query:
    """The root of every query."""

    node: Node | None = edge(
        node_by,
        "Anything by its id; null when there is no such thing, or none to be seen.",
        arguments=_by_id,
        max_age=CATALOGUE_SECONDS,
    )
    nodes: list[Node | None] = edge(
        nodes_by,
        "Several things by their ids, in the same order; null for each that is not to be seen.",
        arguments=_by_ids,
        multipliers=["ids"],
        max_age=CATALOGUE_SECONDS,
    )
    viewer: Customer | None = edge(viewer_of, "Who asks; null without a token of theirs.")
    function: Function | None = edge(
        function_by,
        "A function by its id or its slug; null when there is none to be seen.",
        arguments=_by_id_or_slug,
        max_age=CATALOGUE_SECONDS,
    )
    functions: Connection[Function] = edge(
        functions_page,
        "All functions, by first day; those without one come last.",
        arguments=_function_list,
        multipliers=["first", "last"],
        paged=True,
        max_age=CATALOGUE_SECONDS,
    )
    event: Event | None = edge(
        event_by,
        "An event by its id or its slug; null when there is none to be seen.",
        arguments=_by_id_or_slug,
        max_age=CATALOGUE_SECONDS,
    )
    events: Connection[Event] = edge(
        events_page,
        "All events: by start, unless ordered otherwise.",
        arguments=event_list,
        multipliers=["first", "last"],
        paged=True,
        max_age=CATALOGUE_SECONDS,
    )
    package: Package | None = edge(
        package_by,
        "A package by its id; null when there is none to be seen.",
        arguments=_by_id,
        max_age=CATALOGUE_SECONDS,
    )
    registration: Registration | None = edge(
        registration_by,
        "A registration by its id; null when there is none to be seen: it is its customer's, its guest's and its "
        "seller's.",
        arguments=_registration,
    )
    waiting_list_entry: WaitingListEntry | None = edge(
        entry_by,
        "A place on a waiting list by its id; null when there is none to be seen: it is its customer's, its guest's "
        "and its seller's.",
        arguments=_registration,
    )
    organisation: Organisation | None = edge(
        organisation_by,
        "An organisation by its id or its slug; null when there is none to be seen.",
        arguments=_by_id_or_slug,
        max_age=CATALOGUE_SECONDS,
    )
    api_versions: list[ApiVersion] = edge(
        versions_of,
        "The versions of this API that clients may be of, the latest first: all are served here, at once.",
        max_age=CATALOGUE_SECONDS,
    )
    rate_limit: RateLimit | None = edge(rate_limit_of, "Your rate limit; null where none is set.")
    enabled_features: list[str] = edge(
        features_of, "The feature flags that are on for you, by their names: for front ends, which ask once a visit."
    )
    feature_flags: list[FeatureFlag] | None = edge(flags_of, "Every feature flag.", permission=Permission.ADMIN)
    migration_status: MigrationStatus | None = edge(
        looking(status),
        "How far the move from parent events to functions has come; null where the deployment shows a part alone.",
        permission=Permission.ADMIN,
        complexity=20,
    )
    homepage: Homepage = edge(homepage_of, "What a ticket shop's first page shows.", max_age=CATALOGUE_SECONDS)
    search: SearchConnection = edge(
        matches_of,
        "What a text finds among functions, events and packages, best match first.",
        arguments=search_arguments,
        complexity=10,
        multipliers=["first"],
        max_age=CATALOGUE_SECONDS,
    )
