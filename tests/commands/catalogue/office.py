"""An organisation with its people, and mutations as they ask for them."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import get_named_type, is_composite_type
from sqlalchemy import text

from auth.viewer import ADMIN, ANONYMOUS, Membership, OrgRole, Role, Viewer
from domain.ids import uuid7
from schema import graphql_schema
from tests.plugins.graph import Answer, Graph, gid

EDITORS = {"owner", "manager", "admin"}
"""Who may change rows of the organisation, of `Office.people`."""


def document(name: str, shown: str) -> str:
    """An operation of one mutation, whose arguments are its variables."""
    mutation = graphql_schema().mutation_type
    assert mutation is not None
    field = mutation.fields[name]
    (thing,) = (
        (each, get_named_type(its.type))
        for each, its in get_named_type(field.type).fields.items()  # type: ignore[attr-defined] # a payload
        if each != "userErrors"
    )
    below = f"{{ {shown} }}" if is_composite_type(thing[1]) else ""
    variables = ", ".join(f"${each}: {its.type}" for each, its in field.args.items())
    arguments = ", ".join(f"{each}: ${each}" for each in field.args)
    return f"""mutation ({variables}) {{
      done: {name}({arguments}) {{
        thing: {thing[0]} {below}
        userErrors {{
          __typename field message code ... on VersionConflict {{ currentVersion }} ... on Taken {{ suggestion }}
        }}
      }}
    }}"""


@dataclass(frozen=True, slots=True)
class Done:
    """What a mutation was answered with."""

    thing: Any
    errors: list[dict[str, Any]]

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """The type of each error, and the argument that it is about."""
        return [(error["__typename"], ".".join(error["field"] or ())) for error in self.errors]


@dataclass(frozen=True, slots=True)
class Office:
    """An organisation with people who may change what is its own, and others who may not; and another organisation."""

    graph: Graph
    home: uuid.UUID
    other: uuid.UUID

    def viewer(self, *roles: OrgRole, of: uuid.UUID | None = None) -> Viewer:
        memberships = frozenset(Membership(of or self.home, role) for role in roles)
        return Viewer(Role.CUSTOMER, subject="somebody", customer_id=uuid7(), memberships=memberships)

    @property
    def people(self) -> Mapping[str, Viewer]:
        """Who may ask."""
        return {
            "owner": self.viewer(OrgRole.OWNER),
            "manager": self.viewer(OrgRole.MANAGER),
            "admin": ADMIN,
            "finance": self.viewer(OrgRole.FINANCE),
            "door": self.viewer(OrgRole.DOOR),
            "other manager": self.viewer(OrgRole.MANAGER, of=self.other),
            "customer": self.viewer(),
            "guest": Viewer(Role.GUEST, registration_id=uuid7()),
            "partner": Viewer(Role.PARTNER, grants=frozenset({"MANAGER", "STAFF"})),
            "anonymous": ANONYMOUS,
        }

    @property
    def of_both(self) -> Viewer:
        """Who handles the money here, and runs the other organisation: so they may ask for a mutation at all."""
        memberships = {Membership(self.home, OrgRole.FINANCE), Membership(self.other, OrgRole.MANAGER)}
        return Viewer(Role.CUSTOMER, memberships=frozenset(memberships))

    async def __call__(self, name: str, shown: str = "id", viewer: Viewer | None = None, **variables: Any) -> Done:
        """What a mutation answers with; by a manager, unless said. It is no error of the operation."""
        answer = await self.ask(name, shown, viewer, **variables)
        assert not answer.errors, answer.errors
        done = answer.data["done"]
        assert (done["thing"] is None) == bool(done["userErrors"]), done
        return Done(done["thing"], done["userErrors"])

    async def ask(self, name: str, shown: str, viewer: Viewer | None = None, **variables: Any) -> Answer:
        return await self.graph(document(name, shown), variables, viewer=viewer or self.viewer(OrgRole.MANAGER))

    async def rows(self, query: str, **values: Any) -> list[dict[str, Any]]:
        await self.graph.flush()
        async with self.graph.owner.write() as connection:
            return [dict(row) for row in (await connection.execute(text(query), values)).mappings()]


def office_of(graph: Graph) -> Office:
    return Office(graph, graph.home, graph.organisation(name="Other", slug="other"))


def org(key: uuid.UUID) -> str:
    return gid("Organisation", key)
