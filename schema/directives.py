"""The directives of the SDL: what a field's declaration says beyond its type, for whoever reads the schema."""

from __future__ import annotations

import strawberry
from strawberry.schema_directive import Location


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    description=(
        "What a field adds to the cost of an operation: its complexity, times the values of the arguments named in "
        "`multipliers` for itself and all below it."
    ),
)
class Cost:
    """`@cost` in the SDL."""

    complexity: int = strawberry.directive_field(name="complexity", default=1)
    multipliers: list[str] | None = strawberry.directive_field(name="multipliers", default=strawberry.UNSET)


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION], description="Who may see a field; for anyone else it is null, with an error."
)
class Requires:
    """`@requires` in the SDL; a field without it is public."""

    permission: str = strawberry.directive_field(name="permission")


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    description=(
        "How long an answer with this field may be kept. Of all fields of an operation the least counts; a field of "
        "the root without it allows none, and neither does one with `@requires`."
    ),
)
class CacheControl:
    """`@cacheControl` in the SDL."""

    max_age: int = strawberry.directive_field(name="maxAge")


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    description="Until when a deprecated field works, and where the guide is that has the way over.",
)
class Sunset:
    """`@sunset` in the SDL, beside `@deprecated`: what is promised of a field that is going to end."""

    ends: str = strawberry.directive_field(name="ends")
    guide: str = strawberry.directive_field(name="guide")


ARGUMENTS = {
    "cost": {
        "complexity": "What the field itself costs.",
        "multipliers": "The arguments that say how many times it, and all below it, is to be paid for.",
    },
    "cacheControl": {"maxAge": "For how many seconds."},
    "requires": {"permission": "What the viewer must have; the documentation has a table of all permissions."},
    "sunset": {
        "ends": "The day from which it may be gone: `2027-11-21`. Until then it works.",
        "guide": "An address on this server.",
    },
}
"""What the arguments of these directives mean; Strawberry has no place for it in their declaration."""
