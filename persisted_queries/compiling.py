"""Compilation at publication: text to an operation that is parsed, validated and analysed, or to every fault of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from graphql import GraphQLError, GraphQLSchema

from domain.errors import Refusal
from domain.routes import Route
from persisted_queries.analysis import Analysis, FactsOf, analyse
from persisted_queries.documents import DocumentRefused, PreparedDocument, prepare_document
from persisted_queries.identifiers import InvalidDocumentId, parse_document_id
from persisted_queries.routing import conflict_of, faults_of_route

_SHOWN: Final = 100
"""How many faults a message names."""


@dataclass(frozen=True, slots=True)
class Target:
    """What operations are compiled against.

    Attributes:
        schema: the schema.
        facts_of: what its fields cost and need.
        sha256: the hash of all that validation and analysis depend on: what was compiled under the same is still right.
    """

    schema: GraphQLSchema
    facts_of: FactsOf
    sha256: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """An operation that is to be published.

    Attributes:
        public_id: the id that the client calls it by.
        text: its document.
        name: what the manifest calls it; None where it does not say.
        file: where it was read from, for messages.
        route: the address that callers of plain HTTP reach it by, if it is to have one.
    """

    public_id: str
    text: str
    name: str | None = None
    file: str | None = None
    route: Route | None = None


@dataclass(frozen=True, slots=True)
class CompiledOperation:
    """An operation that fits the schema; `kind` is `query`, `mutation` or `subscription`."""

    public_id: str
    text: str
    text_sha256: str
    name: str | None
    kind: str
    analysis: Analysis
    route: Route | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with an operation, and where; line and column count from one within its document."""

    message: str
    operation: str
    file: str | None = None
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        place = ":".join(str(each) for each in (self.file, self.line, self.column) if each is not None)
        return f"{place}: {self.operation}: {self.message}" if place else f"{self.operation}: {self.message}"


class OperationsRefused(Refusal):
    """Operations that cannot be published, with every fault of each of them; none of them is."""

    code = "OPERATIONS_REFUSED"

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        operations = len({fault.operation for fault in faults})
        shown = [f"  {fault}" for fault in faults[:_SHOWN]]
        if len(faults) > _SHOWN:
            shown.append(f"  … and {len(faults) - _SHOWN} more")
        counted = f"{len(faults)} fault{'s' if len(faults) > 1 else ''}"
        super().__init__("\n".join([f"{operations} of the operations cannot be published ({counted}):", *shown]))


def text_sha256(text: str) -> str:
    """The hash that an operation is known by: SHA-256 of its text in UTF-8, as hexadecimal digits."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def content_sha256(operations: Iterable[CompiledOperation]) -> str:
    """The hash of what a release holds, in whichever order: its ids, the hashes of their texts, and their routes."""
    lines = sorted(
        f"{each.public_id} {each.text_sha256}{f' {each.route}' if each.route else ''}\n" for each in operations
    )
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def compile_operations(target: Target, candidates: Sequence[Candidate]) -> tuple[CompiledOperation, ...]:
    """Compile all of them, or none.

    Raises:
        OperationsRefused: with every fault of every operation.
    """
    compiled: dict[str, CompiledOperation] = {}
    faults: list[Fault] = []
    for candidate in candidates:
        done = compile_operation(target, candidate)
        if not isinstance(done, CompiledOperation):
            faults += done
        elif compiled.setdefault(done.public_id, done).text_sha256 != done.text_sha256:
            message = f"The id {done.public_id!r} stands for another operation too."
            faults.append(Fault(message, _called(candidate), candidate.file))
    faults += _conflicting_routes(compiled.values())
    if faults:
        raise OperationsRefused(faults)
    return tuple(compiled.values())


def _conflicting_routes(compiled: Iterable[CompiledOperation]) -> Iterator[Fault]:
    others: list[Route] = []
    for each in compiled:
        if each.route is not None:
            conflict = conflict_of(each.route, others)
            if conflict is not None:
                yield Fault(f"Its route {each.route} conflicts with {conflict}.", each.name or each.public_id)
            others.append(each.route)


def compile_operation(target: Target, candidate: Candidate) -> CompiledOperation | list[Fault]:
    """Compile one operation, or say all that is wrong with it."""
    wrong_id = _wrong_id(candidate)
    if wrong_id is not None:
        return [Fault(wrong_id, _called(candidate), candidate.file)]
    try:
        prepared = prepare_document(target.schema, candidate.text)
        mismatch = _mismatch(candidate, prepared)
        if mismatch is not None:
            return [Fault(mismatch, _called(candidate), candidate.file)]
        ((name, node),) = prepared.operations.items()
        analysis, excesses = analyse(target.schema, target.facts_of, prepared.document, node)
        route = candidate.route
        misrouted = [] if route is None else faults_of_route(target.schema, prepared.document, node, route)
    except DocumentRefused as refused:
        return [_fault(candidate, error) for error in refused.errors]
    except RecursionError:
        return [Fault("The document nests too deeply.", _called(candidate), candidate.file)]
    if excesses or misrouted:
        faults = [_fault(candidate, GraphQLError(each.message, each.node)) for each in excesses]
        return faults + [Fault(f"{route}: {each}", _called(candidate), candidate.file) for each in misrouted]
    digest = text_sha256(candidate.text)
    return CompiledOperation(candidate.public_id, candidate.text, digest, name, node.operation.value, analysis, route)


def _wrong_id(candidate: Candidate) -> str | None:
    try:
        named = parse_document_id(candidate.public_id)
    except InvalidDocumentId as error:
        return f"{candidate.public_id!r} is no document id. {error}"
    if named.sha256 not in {None, text_sha256(candidate.text)}:
        return f"The id names a hash that is not the one of the document, {text_sha256(candidate.text)}."
    return None


def _mismatch(candidate: Candidate, prepared: PreparedDocument) -> str | None:
    if len(prepared.operations) != 1:
        return f"The document has {len(prepared.operations)} operations; an id stands for exactly one."
    (name,) = prepared.operations
    if candidate.name is not None and candidate.name != name:
        return f"The manifest calls it {candidate.name!r}, its document {name!r}."
    return None


def _fault(candidate: Candidate, error: GraphQLError) -> Fault:
    place = error.locations[0] if error.locations else None
    return Fault(
        error.message,
        _called(candidate),
        candidate.file,
        place.line if place else None,
        place.column if place else None,
    )


def _called(candidate: Candidate) -> str:
    return candidate.name or candidate.public_id
