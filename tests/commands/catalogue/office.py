"""An organisation with its people, and mutations as they ask for them."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from auth.viewer import ADMIN, ANONYMOUS, Membership, OrgRole, Role, Viewer
from domain.ids import uuid7
from tests.plugins.graph import Answer, Graph, gid

CREATE = "mutation ($input: FunctionInput!) { done: createFunction(input: $input) { function { %s } ...Errors } }"
UPDATE = """mutation ($id: ID!, $version: Int!, $input: FunctionInput!) {
  done: updateFunction(id: $id, version: $version, input: $input) { function { %s } ...Errors }
}"""
ERRORS = """
fragment Errors on %s {
  userErrors {
    __typename field message code
    ... on VersionConflict { currentVersion } ... on Taken { suggestion }
  }
}"""


@dataclass(frozen=True, slots=True)
class Office:
    """An organisation of one owner, one manager, and others who may not change anything; and another organisation."""

    graph: Graph
    home: uuid.UUID
    other: uuid.UUID

    def viewer(self, *roles: OrgRole, of: uuid.UUID | None = None) -> Viewer:
        memberships = frozenset(Membership(of or self.home, role) for role in roles)
        return Viewer(Role.CUSTOMER, subject="somebody", customer_id=uuid7(), memberships=memberships)

    @property
    def people(self) -> Mapping[str, Viewer]:
        """Who may ask: the first three may change rows of the organisation."""
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

    async def __call__(self, document: str, shown: str, viewer: Viewer | None = None, **variables: Any) -> Any:
        """What a mutation answers with; it is no error of the operation."""
        answer = await self.ask(document, shown, viewer, **variables)
        assert not answer.errors, answer.errors
        return answer.data["done"]

    async def ask(self, document: str, shown: str, viewer: Viewer | None = None, **variables: Any) -> Answer:
        payload = "FunctionPayload"
        document = document % shown + ERRORS % payload
        return await self.graph(document, variables, viewer=viewer or self.viewer(OrgRole.MANAGER))

    async def rows(self, query: str, **values: Any) -> list[dict[str, Any]]:
        await self.graph.flush()
        async with self.graph.owner.write() as connection:
            return [dict(row) for row in (await connection.execute(text(query), values)).mappings()]


def office_of(graph: Graph) -> Office:
    return Office(graph, graph.home, graph.organisation(name="Other", slug="other"))


def org(key: uuid.UUID) -> str:
    return gid("Organisation", key)
