"""Every spelling of a GraphQL request into one value.

There are two steps, so that a further spelling touches only one of them. The first brings the form of the request (a
JSON body, a query string) to *members*: names and JSON values, as a body spells them. The second, `read_params`, says
what the members mean and refuses what cannot be meant; it is the same for every form.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from persisted_queries.identifiers import DocumentId
from persisted_queries.refusals import DocumentRequestRefused
from persisted_queries.requests import ID_MEMBERS, Address, DocumentRequest, read_address, read_document_request
from server.http.decode import decode_json, decode_query_string
from server.http.limits import HttpLimits
from server.http.refusals import batch_too_large, batching_not_supported, document_refused, invalid_parameter

Members = Mapping[str, object]

_STRINGS_OF_A_URL = frozenset({"query", "operationName", *ID_MEMBERS})
_JSON_OF_A_URL = frozenset({"variables", "extensions"})
_NO_ADDRESS = Address()


@dataclass(frozen=True, slots=True)
class GraphQLParams:
    """A well-formed GraphQL-over-HTTP request (specification, section "Request Parameters").

    Attributes:
        query: The source text of a document; None if none was sent.
        operation_name: Which operation of the document to execute; None if it has only one.
        variables: Raw values by variable name, not yet coerced; empty if none were sent.
        extensions: What clients and servers agree on beside the specification; empty if none were sent.
        document_id: The id of a published document; None if none was sent.
        document_hash: The hash of an automatic persisted query; None if none was sent. With a text, it is the text's.
    """

    query: str | None = None
    operation_name: str | None = None
    variables: Mapping[str, object] = field(default_factory=dict)
    extensions: Mapping[str, object] = field(default_factory=dict)
    document_id: DocumentId | None = None
    document_hash: str | None = None

    @property
    def document(self) -> DocumentRequest:
        """Which document to execute."""
        return DocumentRequest(self.query, self.document_id, self.document_hash)


def members_of_body(body: bytes, limits: HttpLimits, max_batch: int = 0) -> Members | list[Members]:
    """Read the JSON object that a POST carries, or the list of objects, if `max_batch` allows one.

    Raises:
        Refused: 400, if it is not JSON, or neither of these.
    """
    value = decode_json(body, "The request body", limits.max_json_depth, limits.max_list_items)
    if isinstance(value, dict):
        return value
    if isinstance(value, list):
        if max_batch == 0:
            raise batching_not_supported()
        if not 0 < len(value) <= max_batch:
            raise batch_too_large(len(value), max_batch)
        for each in value:
            if not isinstance(each, dict):
                raise invalid_parameter(f"Each request of a list must be a JSON object, not {_json_type(each)}.")
        return value
    raise invalid_parameter(f"The request body must be a JSON object, not {_json_type(value)}.")


def members_of_query_string(query_string: bytes, limits: HttpLimits) -> Members:
    """Read the parameters of a GET: strings as they are, `variables` and `extensions` as JSON; an empty one is absent.

    A parameter given twice is refused: two programs on the way might each believe another of them. Parameters that are
    not GraphQL's are ignored.

    Raises:
        Refused: 400.
    """
    members: dict[str, object] = {}
    for name, text in decode_query_string(query_string):
        if name not in _STRINGS_OF_A_URL and name not in _JSON_OF_A_URL:
            continue
        if name in members:
            raise invalid_parameter(f'The query parameter "{name}" must not be given more than once.')
        if text == "":
            members[name] = None
        elif name in _JSON_OF_A_URL:
            members[name] = decode_json(
                text.encode(), f'The query parameter "{name}"', limits.max_json_depth, limits.max_list_items
            )
        else:
            members[name] = text
    return members


def address_of(rest: str) -> Address:
    """Read what stands behind the endpoint's own path.

    Raises:
        Refused: 400, if it is no id, nor an id and the name of an operation.
    """
    try:
        return read_address(rest)
    except DocumentRequestRefused as refused:
        raise document_refused(refused.reason, refused.message) from None


def plain_parameters(query_string: bytes, known: Collection[str]) -> Mapping[str, str]:
    """Read the parameters of an address that is not GraphQL's: those that are known, each once.

    Raises:
        Refused: 400.
    """
    given: dict[str, str] = {}
    for name, text in decode_query_string(query_string):
        if name not in known:
            raise invalid_parameter(f"There is no parameter {name[:100]!r}; there are: {', '.join(sorted(known))}.")
        if name in given:
            raise invalid_parameter(f'The query parameter "{name}" must not be given more than once.')
        given[name] = text
    return given


def read_params(members: Members, address: Address = _NO_ADDRESS) -> GraphQLParams:
    """Check the type of each member; null is absent, and members of other names are ignored, as the specification asks.

    Raises:
        Refused: 400, naming the member, or because it names two documents or one that cannot be.
    """
    _string(members, "query")
    extensions = _map(members, "extensions")
    try:
        document = read_document_request(members, extensions, address.id)
    except DocumentRequestRefused as refused:
        raise document_refused(refused.reason, refused.message) from None
    return GraphQLParams(
        query=document.text,
        operation_name=_operation_name(members, address),
        variables=_map(members, "variables"),
        extensions=extensions,
        document_id=document.id,
        document_hash=document.hash,
    )


def _operation_name(members: Members, address: Address) -> str | None:
    name = _string(members, "operationName")
    if name is not None and address.operation_name not in {None, name}:
        raise invalid_parameter('"operationName" is not the operation that the address names.')
    return name if name is not None else address.operation_name


def _string(members: Members, name: str) -> str | None:
    value = members.get(name)
    if value is None or isinstance(value, str):
        return value
    raise invalid_parameter(f'"{name}" must be a string or null, not {_json_type(value)}.')


def _map(members: Members, name: str) -> Mapping[str, object]:
    value = members.get(name)
    if value is None:
        return {}
    if isinstance(value, dict):
        return value
    raise invalid_parameter(f'"{name}" must be a JSON object or null, not {_json_type(value)}.')


def _json_type(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "a list"
        case _:
            return "an object"
