"""What is asked: GraphQL documents, and hand-written SQL that gives equal JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import quote

NESTED = """query Programme {
  functions(first: 20) {
    nodes {
      id
      name
      events(first: 5) {
        nodes {
          id
          title
          eventStart
          tickets(first: 4) { nodes { id name price { amount currency } } }
        }
      }
    }
  }
}"""

NESTED_ID = "Programme"
"""By which `NESTED` is published."""

BY_SLUG = """query FunctionPage($slug: String!) {
  function(slug: $slug) { id name slug description startDate endDate timezone location }
}"""

POSTGRAPHILE_NESTED = """query Programme {
  functions: allFunctions(first: 20, orderBy: [SORT_DATE_ASC, FUNCTION_ID_ASC]) {
    nodes {
      id: functionId
      name
      events(first: 5, orderBy: [EVENT_START_ASC, EVENT_ID_ASC]) {
        nodes {
          id: eventId
          title
          eventStart
          tickets(first: 4, orderBy: [POSITION_ASC, TICKET_ID_ASC]) {
            nodes { id: ticketId name priceAmount priceCurrency }
          }
        }
      }
    }
  }
}"""

POSTGRAPHILE_BY_SLUG = """query FunctionPage($slug: String!) {
  function: functionBySlug(slug: $slug) {
    id: functionId name slug description startDate endDate timezone location
  }
}"""

BY_SLUG_ID = "FunctionPage"
"""By which `BY_SLUG` is published."""

ROWS = """query Rows($functions: Int!, $events: Int!) {
  functions(first: $functions) {
    nodes { id name events(first: $events) { nodes { id title slug eventStart } } }
  }
}"""

PAGE = """query Page($after: String) {
  events(first: 20, after: $after) { nodes { id title slug eventStart } pageInfo { endCursor hasNextPage } }
}"""


def _global_id(typename: str, column: str) -> str:
    """SQL for `domain.ids.encode_global_id`."""
    return f"'{typename}_' || replace({column}::text, '-', '')"


_INSTANT = """to_char(event_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""

_AMOUNT = """CASE price_currency WHEN 'JPY' THEN price_amount::text WHEN 'KWD' THEN (price_amount * 0.001)::text
  ELSE (price_amount * 0.01)::text END"""
"""`domain.money` for the currencies of made-up rows."""

NESTED_SQL = f"""
SELECT json_build_object('data', json_build_object('functions', json_build_object('nodes', json_agg(json_build_object(
         'id', {_global_id("Function", "f.function_id")}, 'name', f.name,
         'events', json_build_object('nodes', e.nodes)) ORDER BY f.sort_date, f.function_id))))::text
FROM (
  SELECT function_id, name, sort_date FROM functions
  WHERE is_active AND deleted_at IS NULL ORDER BY sort_date, function_id LIMIT 20
) AS f
CROSS JOIN LATERAL (
  SELECT coalesce(json_agg(json_build_object(
           'id', {_global_id("Event", "p.event_id")}, 'title', p.title, 'eventStart', {_INSTANT},
           'tickets', json_build_object('nodes', t.nodes)) ORDER BY p.event_start, p.event_id), '[]') AS nodes
  FROM (
    SELECT event_id, title, event_start FROM events
    WHERE function_id = f.function_id AND is_published AND deleted_at IS NULL ORDER BY event_start, event_id LIMIT 5
  ) AS p
  CROSS JOIN LATERAL (
    SELECT coalesce(json_agg(json_build_object(
             'id', {_global_id("Ticket", "q.ticket_id")}, 'name', q.name,
             'price', json_build_object('amount', {_AMOUNT}, 'currency', price_currency))
             ORDER BY q.position, q.ticket_id), '[]') AS nodes
    FROM (
      SELECT ticket_id, name, price_amount, price_currency, position FROM event_tickets
      WHERE event_id = p.event_id AND is_active AND deleted_at IS NULL ORDER BY position, ticket_id LIMIT 4
    ) AS q
  ) AS t
) AS e
"""  # noqa: S608 - made of the constants above

BY_SLUG_SQL = f"""
SELECT json_build_object('data', json_build_object('function', json_build_object(
         'id', {_global_id("Function", "function_id")}, 'name', name, 'slug', slug, 'description', description,
         'startDate', start_date, 'endDate', end_date, 'timezone', timezone, 'location', location)))::text
FROM functions WHERE slug = $1 AND is_active AND deleted_at IS NULL
"""  # noqa: S608 - the same


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, ready to be written to a socket."""

    head: bytes
    body: bytes = b""

    @property
    def raw(self) -> bytes:
        """Its bytes."""
        return self.head + self.body


def graphql(document: str, variables: dict[str, object] | None = None) -> Request:
    """A document as every client sends one."""
    return _post({"query": document, "variables": variables or {}})


def by_slug(slug: str, key: str) -> Request:
    """One function of ours, as a client asks that published the document."""
    return persisted(BY_SLUG_ID, {"slug": slug}, key)


def by_slug_get(slug: str, key: str) -> Request:
    """The same by a method that lets the answer be kept, as the client of a page asks."""
    target = f"/graphql?documentId={BY_SLUG_ID}&variables={quote(json.dumps({'slug': slug}))}"
    head = f"GET {target} HTTP/1.1\r\nHost: bench\r\nAccept: application/graphql-response+json\r\n"
    return Request(f"{head}Authorization: Bearer {key}\r\n\r\n".encode())


def persisted(document_id: str, variables: dict[str, object], key: str | None = None) -> Request:
    """A document by its id, from a client with an API key."""
    return _post(
        {"documentId": document_id, "variables": variables},
        "" if key is None else f"Authorization: Bearer {key}\r\n",
    )


def hashed(document_id: str, variables: dict[str, object]) -> Request:
    """A document by its id, in the form of Apollo's persisted queries."""
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": document_id}}
    return _post({"extensions": extensions, "variables": variables})


def _post(members: dict[str, object], fields: str = "") -> Request:
    body = json.dumps(members).encode()
    head = (
        "POST /graphql HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        f"Accept: application/graphql-response+json\r\n{fields}Content-Length: {len(body)}\r\n\r\n"
    )
    return Request(head.encode(), body)


def hand_written(path: str, slug: str | None = None) -> Request:
    """The same question to the hand-written endpoint."""
    query = "" if slug is None else f"?{quote(slug)}"
    return Request(f"GET {path}{query} HTTP/1.1\r\nHost: bench\r\nAccept: application/json\r\n\r\n".encode())
