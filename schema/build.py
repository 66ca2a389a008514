"""The schema, built once from its declarations."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

import strawberry
from graphql import (
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    Undefined,
)
from strawberry.printer import print_schema
from strawberry.schema.config import StrawberryConfig

from auth.permissions import Permission
from persisted_queries.idempotent import IDEMPOTENT
from schema.audience import is_public
from schema.customer import Customer
from schema.directives import ARGUMENTS
from schema.eligibility import EligibilityRule
from schema.fields import guard_of, guarded, read_value, spec_of, verdict_of
from schema.function import Function
from schema.mutation import Mutation
from schema.organisation import Organisation
from schema.package import Package
from schema.payment import Payment
from schema.query import Query
from schema.registration import Attendee, Registration
from schema.scalars import SCALARS
from schema.staff_terms import PriceRule, Tax, Voucher
from schema.subscription import Subscription
from schema.ticket import CapacityPool, Ticket
from schema.user_error import USER_ERRORS
from schema.waiting import WaitingListEntry


class UndeclaredPermission(TypeError):
    """A field of a type that is not public does not say who may see it."""


@cache
def strawberry_schema() -> strawberry.Schema:
    """The declarations as Strawberry sees them."""
    schema = strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[
            Customer,
            Organisation,
            Function,
            Ticket,
            CapacityPool,
            Package,
            Registration,
            Attendee,
            Payment,
            EligibilityRule,
            PriceRule,
            Voucher,
            Tax,
            WaitingListEntry,
            *USER_ERRORS,
        ],
        config=StrawberryConfig(default_resolver=read_value, scalar_map=SCALARS),
    )
    for each in schema._schema.type_map.values():  # noqa: SLF001 - Strawberry offers no other way to the built schema
        if isinstance(each, GraphQLInputObjectType):
            _leave_out_null_defaults(each.fields.values())
        elif isinstance(each, GraphQLObjectType):
            # Rows say themselves what they are; asking every type in turn costs time and knows less.
            each.is_type_of = None
            _guard(each)
        elif isinstance(each, GraphQLInterfaceType | GraphQLUnionType):
            each.resolve_type = _typename
    for directive in schema._schema.directives:  # noqa: SLF001 - the same
        for name, description in ARGUMENTS.get(directive.name, {}).items():
            directive.args[name].description = description
    schema._schema.directives += (IDEMPOTENT,)  # noqa: SLF001 - the same; Strawberry's own directives are functions of values
    return schema


def _guard(each: GraphQLObjectType) -> None:
    if each.name.startswith("__"):
        return
    for name, field in each.fields.items():
        _leave_out_null_defaults(field.args.values())
        spec = spec_of(field)
        if not spec.is_declared and not is_public(each):
            raise UndeclaredPermission(
                f"{each.name}.{name} declares no permission, and {each.name} is not one of PUBLIC_TYPES: "
                "write `permission=` beside the field, PUBLIC if anyone who sees the row may see it"
            )
        if spec.permission is not Permission.PUBLIC:
            assert field.resolve is not None, "Strawberry gives every field a resolver"
            guard, verdict = guard_of(each.name, name, spec.permission), verdict_of(each.name, spec.permission)
            field.resolve = guarded(field.resolve, guard, verdict)
            if field.subscribe is not None:
                field.subscribe = guarded(field.subscribe, guard, verdict)


def _leave_out_null_defaults(inputs: Iterable[GraphQLArgument | GraphQLInputField]) -> None:
    """To leave out an optional argument means null already; Strawberry says it again wherever Python has a default."""
    for each in inputs:
        if each.default_value is None:
            each.default_value = Undefined


def graphql_schema() -> GraphQLSchema:
    """The schema that documents are validated against and executed on."""
    return strawberry_schema()._schema  # noqa: SLF001 - the same


def sdl() -> str:
    """The schema in the Schema Definition Language, with `@cost`, `@requires` and descriptions."""
    return print_schema(strawberry_schema()) + "\n"


def _typename(value: Any, _info: object, _type: object) -> str:  # noqa: ANN401 - a row
    name: str = value.typename
    return name
