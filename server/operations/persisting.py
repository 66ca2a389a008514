"""`POST /operations/persist`: a compiler registers the texts that it has just compiled, and is told their ids.

This is what Relay's compiler asks while one develops, with `persistConfig: {url, headers}`: a form with the field
`text`, answered with `{"id": …}`. A text is kept as an automatic persisted query is: for its client alone, and for as
long as it is asked for. What ships is published as a release.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from persisted_queries.admission import registers
from persisted_queries.documents import DocumentRefused
from persisted_queries.identifiers import sha256_of
from server.charging import address_of
from server.graphql import GraphQLServer
from server.http.decode import decode_query_string, read_body
from server.http.limits import HttpLimits
from server.http.negotiate import check_content_encoding
from server.http.problems import Problem
from server.http.refusals import Code, Refused, invalid_parameter
from server.http.request_id import request_id_of
from server.http.resource import Resource

_FORM: Final = "application/x-www-form-urlencoded"


def persisting_route(graphql: GraphQLServer, limits: HttpLimits) -> Route:
    """The route; it stands before `/operations/{id}`."""
    return Route("/operations/persist", Resource(limits, {"POST": Persisting(graphql, limits).post}))


@dataclass(frozen=True, slots=True)
class Persisting:
    """Registers texts one by one."""

    graphql: GraphQLServer
    limits: HttpLimits

    async def post(self, request: Request) -> Response:
        """Register the text of a form.

        Raises:
            Refused: 401 without a valid key, 403 where the client's policy registers nothing, 400 for the form, 413 and
                415 for the body, 422 with every fault of the document.
        """
        scope, door = request.scope, self.graphql.door
        caller = await self.graphql.callers.of_headers(request.headers, request_id_of(scope), address_of(scope))
        if caller.client is None:
            message = "Registering needs the API key of a client whose policy is `apq`."
            raise Refused(401, "INVALID_API_KEY", message, headers={"WWW-Authenticate": "Bearer"})
        if not registers(door.policy_of(caller)):
            message = f"The policy of {caller.client.name} registers nothing; `apq` does. Publish a release instead."
            raise Refused(403, "PERSISTED_QUERY_NOT_SUPPORTED", message)
        text = await self._text(request)
        try:
            self.graphql.preparation.documents.prepare(text, suggestions=door.may_introspect(caller))
        except DocumentRefused as refused:
            faults = [
                {"detail": error.message, "where": [f"{at.line}:{at.column}" for at in error.locations or ()]}
                for error in refused.errors
            ]
            raise Problem(422, refused.refusal.value, "The document cannot be registered.", faults) from None
        hash_ = sha256_of(text)
        await door.register(text, hash_, caller)
        return JSONResponse({"id": hash_}, headers={"Cache-Control": "no-store"})

    async def _text(self, request: Request) -> str:
        content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type != _FORM:
            message = f"Send the text as a form: Content-Type {_FORM}, field `text`."
            raise Refused(415, Code.UNSUPPORTED_MEDIA_TYPE, message, headers={"Accept-Post": _FORM})
        check_content_encoding(request.headers.getlist("content-encoding"))
        body = await read_body(request.headers, request.receive, self.limits)
        texts = [value for name, value in decode_query_string(body) if name == "text"]
        if len(texts) != 1 or not texts[0]:
            raise invalid_parameter("The form must have one field `text`, the document.")
        return texts[0]
