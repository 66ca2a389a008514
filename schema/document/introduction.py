"""What a reader of the schema must know before the first type: prose, with the numbers that the code goes by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema

from auth.permissions import DESCRIPTIONS
from persisted_queries.documents import MAX_ERRORS
from resolvers.paging import DEFAULT_SIZE, MAX_SIZE
from schema.document.markdown import code, link, table
from schema.fields import spec_of

WHO = "Who may see what"
COST = "What an operation costs"
KEEPING = "How long an answer may be kept"
TIMES = "\N{MULTIPLICATION SIGN}"

OF_A_FIELD = "one field, beside `data`"
OF_A_DOCUMENT = "the document: no `data`"
OF_A_REQUEST = "the HTTP request: no `data`"

ERROR_CODES: Mapping[str, tuple[str, str]] = {
    "BAD_USER_INPUT": (
        f"{OF_A_FIELD}; or the variables: no `data`",
        "An argument or a variable that cannot be right. The message says which, and what would be.",
    ),
    "VARIABLE_TOO_LARGE": (
        "the variables: no `data`",
        "A variable is larger than the published operation takes: see `variable`, `value` and `limit`.",
    ),
    "INVALID_CURSOR": (
        OF_A_FIELD,
        "A cursor that this server did not make, or made for another list, order or filter. Start again without one.",
    ),
    "FORBIDDEN": (OF_A_FIELD, f"The field exists, but not for this viewer: see {link(WHO, WHO)}."),
    "SERVICE_UNAVAILABLE": (
        f"{OF_A_FIELD}; or the HTTP request",
        "The database cannot be reached. Try again; a refused HTTP request says in `Retry-After` when.",
    ),
    "INTERNAL_SERVER_ERROR": (
        f"{OF_A_FIELD}; or the HTTP request",
        "A fault of the server. Its log says what it was, under the `requestId` that stands in `extensions`.",
    ),
    "GRAPHQL_PARSE_FAILED": (
        OF_A_DOCUMENT,
        "The document is not GraphQL, or is nested too deeply to read.",
    ),
    "QUERY_LIMIT_EXCEEDED": (
        OF_A_DOCUMENT,
        "The document asks for too much: `limit` says of what, `value` how much it is, `maximum` how much it may be.",
    ),
    "INTROSPECTION_DISABLED": (OF_A_DOCUMENT, "You may not ask for the schema. `__typename` always answers."),
    "GRAPHQL_VALIDATION_FAILED": (
        OF_A_DOCUMENT,
        f"The document does not fit the schema. Up to {MAX_ERRORS} faults are listed, each with its place.",
    ),
    "OPERATION_RESOLUTION_FAILURE": (
        OF_A_DOCUMENT,
        "`operationName` names no operation of the document, or is missing where there are several.",
    ),
    "DEADLINE_EXCEEDED": (OF_A_REQUEST, "The operation took too long and was cancelled. Ask for less at once."),
    "BAD_REQUEST": (OF_A_REQUEST, "It is not HTTP that this server understands."),
    "INVALID_JSON": (
        OF_A_REQUEST,
        "What should be JSON is not, nests too deeply, or holds too large a number.",
    ),
    "INVALID_PARAMETER": (OF_A_REQUEST, "A parameter has the wrong type, or stands twice in a URL."),
    "MISSING_QUERY": (OF_A_REQUEST, "It has no `query`."),
    "BATCHING_NOT_SUPPORTED": (OF_A_REQUEST, "Its body is a list of requests. Send one operation a request."),
    "NOT_FOUND": (OF_A_REQUEST, "Nothing is at this path."),
    "METHOD_NOT_ALLOWED": (OF_A_REQUEST, "The path has no such method; or it is a mutation by GET."),
    "NOT_ACCEPTABLE": (OF_A_REQUEST, "Its `Accept` names nothing that this can be written as."),
    "ORIGIN_NOT_ALLOWED": (OF_A_REQUEST, "Pages of this origin may not open a WebSocket here."),
    "TOO_MANY_CONNECTIONS": (
        OF_A_REQUEST,
        "Too many WebSockets and event streams are open here, or from your network address. Try again soon.",
    ),
    "TOO_MANY_OPERATIONS": (OF_A_REQUEST, "As many operations are under way on its WebSocket as may be."),
    "TOO_MANY_WATCHED": (OF_A_REQUEST, "As many events or registrations are listened to in this process as may be."),
    "REQUEST_TIMEOUT": (OF_A_REQUEST, "It did not arrive whole in time."),
    "BODY_TOO_LARGE": (OF_A_REQUEST, "Its body is too large."),
    "URL_TOO_LONG": (OF_A_REQUEST, "Its URL is too long. Send it by POST."),
    "BATCH_TOO_LARGE": (OF_A_REQUEST, "The body holds more requests as a list than it may, or none."),
    "PREFLIGHT_REQUIRED": (
        OF_A_REQUEST,
        "A browser sends this unasked for a page from elsewhere. Send GraphQL-Require-Preflight, or POST.",
    ),
    "MISDIRECTED_REQUEST": (OF_A_REQUEST, "The request is for a host that this server does not answer for."),
    "SERVER_OVERLOADED": (OF_A_REQUEST, "The process has more to do than it can. Try again after `Retry-After`."),
    "RATE_LIMITED": (OF_A_REQUEST, "Too much was asked for already. Try again after `Retry-After`."),
    "COST_EXCEEDS_BUCKET": (OF_A_REQUEST, "The operation costs more than may ever be spent at once. Ask for less."),
    "HEAD_TOO_LARGE": (OF_A_REQUEST, "Its request line and header fields are too large."),
    "UNSUPPORTED_MEDIA_TYPE": (OF_A_REQUEST, "Its body is not `application/json` in UTF-8, or is compressed."),
}
"""Every `extensions.code` that an answer may have: what it belongs to, and what it means."""


def introduction(schema: GraphQLSchema) -> Iterator[str]:
    """The sections before the types, block by block."""
    yield "## How to read this page"
    yield _READING
    yield "## Ids of things"
    yield _IDS
    yield "## Lists in pages"
    yield _PAGES
    yield "## When something goes wrong"
    yield _ERRORS
    yield table(
        ["`extensions.code`", "What it belongs to", "What happened"],
        ([code(name), where, what] for name, (where, what) in ERROR_CODES.items()),
    )
    yield f"## {WHO}"
    yield _VISIBILITY
    yield table(
        ["Permission", "Who has it"],
        ([code(permission.value), description] for permission, description in DESCRIPTIONS.items()),
    )
    yield f"## {COST}"
    yield _COSTS
    yield f"## {KEEPING}"
    yield _KEEPING
    ages = ([code(where), f"{seconds} s"] for where, seconds in _ages(schema))
    yield table(["Field", "At most"], ages)
    yield "## What is deprecated"
    deprecated = list(_deprecated(schema))
    if deprecated:
        yield "These work as before. Each says what to use instead."
        yield table(["What", "Why, and what instead"], deprecated)
    else:
        yield "Nothing is deprecated."


def _ages(schema: GraphQLSchema) -> Iterator[tuple[str, int]]:
    for name, each in sorted(schema.type_map.items()):
        if isinstance(each, GraphQLObjectType) and not name.startswith("__"):
            for field_name, field in each.fields.items():
                age = spec_of(field).max_age
                if age is not None:
                    yield f"{name}.{field_name}", age


def _deprecated(schema: GraphQLSchema) -> Iterator[list[str]]:
    for name, each in sorted(schema.type_map.items()):
        if name.startswith("__"):
            continue
        if isinstance(each, GraphQLEnumType):
            members = {f"{name}.{value}": it.deprecation_reason for value, it in each.values.items()}
        elif isinstance(each, GraphQLInputObjectType):
            members = {f"{name}.{field}": it.deprecation_reason for field, it in each.fields.items()}
        elif isinstance(each, GraphQLObjectType | GraphQLInterfaceType):
            members = {}
            for field_name, field in each.fields.items():
                members[f"{name}.{field_name}"] = field.deprecation_reason
                for argument, it in field.args.items():
                    members[f"{name}.{field_name}({argument}:)"] = it.deprecation_reason
        else:
            continue
        yield from ([link(code(what), name), why] for what, why in members.items() if why is not None)


_READING = f"""
Reading begins at {link("Query", "Query")}. Each type has a section of its own, and each type that a field names is a
link to it. `String!` is never null, `String` may be; `[Event!]!` is a list that is never null and holds no nulls. An
argument or input field that is *required* must be given; any other may be left out, and then has its default, if any.

*Who* is who may see a field ({link(WHO.lower(), WHO)}), *cost* what it adds to the cost of an operation
({link(COST.lower(), COST)}); a field that costs nothing reads what is already at hand.

The same in the Schema Definition Language stands [at the end](#the-schema-in-sdl), and by itself in
[schema.graphql](schema.graphql). The server answers introspection, too, and unless that was turned off, `/graphql`
opens GraphiQL in a browser.
"""

_IDS = f"""
Whatever implements {link("`Node`", "Node")} has an `id` that no other thing of any type has. It is opaque: keep it, and
pass it on unchanged. `node(id:)` finds the thing again, `nodes(ids:)` up to {MAX_SIZE} of them in the order asked for.
What does not exist, is not yours to see, or is no id at all, is `null`.

Functions, events and organisations also have a `slug`, for addresses that people read. Where a field takes `id` and
`slug`, pass exactly one of them.
"""

_PAGES = f"""
Lists that may be long are connections, as the
[GraphQL Cursor Connections Specification](https://relay.dev/graphql/connections.htm) has them: `first` items `after` a
cursor, and where a field offers it, `last` items `before` one. A page has {DEFAULT_SIZE} items unless said, and at most
{MAX_SIZE}; asking for more, or for `first` and `last` at once, is refused.

A cursor is opaque, and belongs to the list, the order and the filter that it was made for: keep `orderBy` and `filter`
while paging. It stands for a place, not for a number of items to skip. So the page after a million items costs what the
first one does, and while items come and go, none of the others is skipped or comes twice.

`pageInfo` says whether there is more, and holds the cursors of the page's ends. `totalCount` counts the whole list, and
only when asked for: leave it out where it is not shown.
"""

_ERRORS = f"""
An answer that went wrong, wholly or in part, has `errors`. Each has a `message` for people, `extensions.code` for
programs, and where they apply, `locations` in the document and the `path` of the field. Codes are stable, messages are
not. A field that fails is `null`, and so is whatever holds it until something that may be null; all the rest of `data`
stands.

```json
{{
  "errors": [
    {{
      "message": "`first` is 1000; it must be from 0 to {MAX_SIZE}.",
      "locations": [{{"line": 1, "column": 3}}],
      "path": ["functions"],
      "extensions": {{"code": "BAD_USER_INPUT"}}
    }}
  ],
  "data": null
}}
```

[http.md](http.md) says which HTTP status goes with what.
"""

_VISIBILITY = """
Some things are not shown: an organisation that was deleted; a function that is not active; an event that is not
published; a ticket that is not active, or whose event is not shown; a package that is not active, or whose function is
not shown. They are absent from every list and count, and `null` wherever they would stand alone: nothing tells them
from what does not exist.

A field may ask for a permission, which is decided before the field is read. For a viewer without it the field is
`null`, with the error `FORBIDDEN`. In SDL it has the directive `@requires`; a field without that is for anyone.
"""

_COSTS = f"""
Each field has a complexity: 0 where it reads what is at hand, 1 where something is looked up, and more where that is
known to be work. *1 {TIMES} `first`* means that the complexity, and the cost of all that is selected below the field,
count as often as its argument `first` says; for an argument that is a list, as often as it has items. In SDL this is
the directive `@cost`.
"""

_KEEPING = """
The answer to a query by GET says in `Cache-Control` how long it may be used again: as long as the shortest of these
that it touches. A field of `Query` that is not among them has to be asked for again each time, and so has everything
that is shown to a viewer who says who they are. With a field that asks for a permission an answer is not kept at all.
In SDL this is the directive `@cacheControl`.
"""
