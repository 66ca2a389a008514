"""Settings that say how much anyone may ask for, a part of `server.settings.Settings`."""

from __future__ import annotations

from typing import Annotated, Any

from limits import parse_many
from pydantic import AfterValidator, BaseModel, Field

from auth.explaining import ExplainTo
from domain.buckets import rate_of
from persisted_queries.protection import QueryLimits


def _setting(default: Any, group: str, description: str, **limits: Any) -> Any:  # noqa: ANN401 - pydantic's Field
    return Field(default, description=description, json_schema_extra={"group": group}, **limits)


def _rate(text: str) -> str:
    rate_of(text)
    return text


def _times(text: str) -> str:
    parse_many(text)
    return text


class LimitSettings(BaseModel):
    """What an operator may set of the limits."""

    query_max_tokens: int = _setting(
        3_000, "Queries", "The most lexical tokens of a document, comments among them.", ge=50, le=5_000
    )
    query_max_depth: int = _setting(
        20, "Queries", "The most fields one in the other; GraphiQL's own query has 15.", ge=1, le=100
    )
    query_max_breadth: int = _setting(
        200, "Queries", "The most fields of one selection set, its fragments spread.", ge=1, le=5_000
    )
    query_max_fields: int = _setting(
        2_000, "Queries", "The most fields of an operation, its fragments spread wherever they stand.", ge=1, le=20_000
    )
    query_max_root_fields: int = _setting(30, "Queries", "The most fields at the root of an operation.", ge=1, le=5_000)
    query_max_aliases: int = _setting(100, "Queries", "The most aliases of a document.", ge=0, le=5_000)
    query_max_directives: int = _setting(50, "Queries", "The most directives of a document.", ge=0, le=5_000)
    query_max_cost: int = _setting(
        10_000, "Queries", "The most that an operation may cost with its variables; see `docs/limits.md`.", ge=1
    )
    rate_limits: bool = _setting(
        True, "Rate limits", "Whether operations are charged by what they cost; see `docs/limits.md`."
    )
    rate_limit_address: Annotated[str, AfterValidator(_rate)] = _setting(
        "20000/1000",
        "Rate limits",
        "The bucket of a network address from which somebody without a token asks: how many points it holds, and how "
        "many come back in a second.",
    )
    rate_limit_viewer: Annotated[str, AfterValidator(_rate)] = _setting(
        "20000/1000", "Rate limits", "The bucket of somebody with a token."
    )
    rate_limit_client: Annotated[str, AfterValidator(_rate)] = _setting(
        "500000/25000",
        "Rate limits",
        "The bucket of a client with an API key, over all who use it; `boxoffice clients limits` gives one another.",
    )
    route_limit: Annotated[str, AfterValidator(_times)] = _setting(
        "100/minute",
        "Rate limits",
        "How often one network address may ask each plain route: health, operations, webhooks.",
        examples=["20/second"],
    )
    publish_limit: Annotated[str, AfterValidator(_times)] = _setting(
        "30/minute", "Rate limits", "How often one network address may try to publish a release."
    )
    max_operations: int = _setting(128, "Load", "The most operations that a process executes at once.", ge=1, le=10_000)
    max_waiting_operations: int = _setting(
        256, "Load", "The most that wait for that; 503 beyond them, with `Retry-After`.", ge=0, le=100_000
    )
    max_wait_seconds: float = _setting(1.0, "Load", "For how long they wait; 503 after it.", gt=0, le=60)
    explain_to: ExplainTo = _setting(
        ExplainTo.ADMINISTRATORS,
        "Queries",
        'Who may ask with `"extensions": {"explain": true}` how an answer is come by: statements, with their plans.',
    )
    introspection: bool = _setting(
        True,
        "Queries",
        "Whether callers without a credential may ask for the schema; if not, errors suggest no names of it either.",
    )

    @property
    def query_limits(self) -> QueryLimits:
        """The bounds on what a document may ask for that nobody has published."""
        return QueryLimits(
            tokens=self.query_max_tokens,
            depth=self.query_max_depth,
            breadth=self.query_max_breadth,
            fields=self.query_max_fields,
            root_fields=self.query_max_root_fields,
            aliases=self.query_max_aliases,
            directives=self.query_max_directives,
            cost=self.query_max_cost,
        )
