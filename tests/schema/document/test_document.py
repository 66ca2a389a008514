"""The page on a schema, small and real."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Annotated, Any

import pytest
import strawberry
from graphql import GraphQLObjectType
from markdown_it import MarkdownIt
from strawberry.printer import print_schema

from auth.permissions import DESCRIPTIONS, Permission
from domain.versions import Deprecation
from schema import graphql_schema, sdl
from schema.document import document, document_of
from schema.document.markdown import anchor
from schema.fields import column, derived, edge, spec_of

ENDING = Deprecation(dt.date(2030, 1, 1), dt.date(2031, 1, 1), "1", "Use `name` | nothing.", "names")


class Colour(Enum):
    RED = strawberry.enum_value("red", description="Of | blood.")
    PINK = strawberry.enum_value("pink", description="Paler.", deprecation_reason="Use `RED`.")


Colour = strawberry.enum(Colour, description="What it looks like.")  # type: ignore[misc] # what the decorator does


@strawberry.input(description="What to look for.")
class Wanted:
    colour: Colour = strawberry.field(description="Of this colour.")
    sizes: list[int] = strawberry.field(default_factory=lambda: [1, 2], description="Of these sizes.")
    name: str | None = strawberry.field(default='a|"b"', description="Of this name.\n\nOr `any`.")
    old: str | None = strawberry.field(default=None, description="Gone by.", deprecation_reason="Use `name`.")


@strawberry.interface(description="Has a name.")
class Named:
    name: str = column("Its\nname | title.")


@strawberry.type(description="A thing.")
class Thing(Named):
    secret: str | None = column("For few.", permission=Permission.STAFF)
    worth: int = derived(lambda rows: [1] * len(rows), "What it is worth.", complexity=7)
    old: str | None = column("As it was.", deprecated=ENDING)


@strawberry.type(description="Another thing.")
class Other(Named):
    pass


async def resolve(_context: object, parents: Sequence[object], **_arguments: object) -> Sequence[object]:
    return parents


def listed(
    ids: Annotated[list[strawberry.ID], strawberry.argument(description="Which.")],
    first: Annotated[int, strawberry.argument(description="How many.")] = 5,
    wanted: Annotated[Wanted | None, strawberry.argument(description="What for.")] = None,
    old: Annotated[
        str | None, strawberry.argument(description="Or.", deprecation_reason="No more.")
    ] = strawberry.UNSET,
) -> Mapping[str, Any]:
    return {"ids": tuple(ids), "first": first, "wanted": wanted, "old": old}


AnyThing = Annotated[Thing | Other, strawberry.union("AnyThing", description="A thing or another.")]


@strawberry.type(description="The root.")
class Query:
    things: list[AnyThing] = edge(
        resolve, "Things.", arguments=listed, complexity=3, multipliers=["first", "ids"], permission=Permission.PUBLIC
    )


@pytest.fixture(scope="module")
def small() -> str:
    schema = strawberry.Schema(query=Query, types=[Thing, Other])
    return document_of(schema._schema, print_schema(schema))


@pytest.fixture(scope="module")
def real() -> str:
    return document()


def section(page: str, heading: str) -> str:
    """What stands under a heading, up to the next of any level."""
    return re.split(r"^#+ ", page.partition(f"# {heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


def row(page: str, heading: str, name: str) -> list[str]:
    """The cells of the table line that begins with a name, in the section under a heading."""
    for line in section(page, heading).splitlines():
        cells = re.split(r"(?<!\\) \| ", line.removeprefix("| ").removesuffix(" |"))
        if re.match(rf"\[?`{re.escape(name)}(\(…\))?`", cells[0]):
            return cells
    raise AssertionError(f"no line for {name} under {heading}")


def test_a_field_shows_its_type_with_a_link(small: str) -> None:
    assert row(small, "Thing", "worth")[1] == "[`Int!`](#int)"
    assert row(small, "Query", "things")[1] == "[`[AnyThing!]!`](#anything)"


def test_a_field_shows_its_description_on_one_line(small: str) -> None:
    assert row(small, "Thing", "name")[2] == r"Its name \| title."


def test_a_field_shows_who_may_see_it(small: str) -> None:
    assert row(small, "Thing", "secret")[3] == "[`STAFF`](#who-may-see-what)"
    assert row(small, "Thing", "name")[3] == "anyone"


def test_a_field_shows_what_it_costs(small: str) -> None:
    assert row(small, "Thing", "name")[4] == "0"
    assert row(small, "Thing", "worth")[4] == "7"
    assert row(small, "Query", "things")[4] == "3 \N{MULTIPLICATION SIGN} `first` or `ids`"


def test_a_deprecation_stands_before_the_description_and_in_the_list(small: str) -> None:
    assert (
        row(small, "Thing", "old")[2]
        == r"**Deprecated:** Use `name` \| nothing. Works until 2031-01-01.<br><br>As it was."
    )
    assert row(small, "What is deprecated", "Thing.old") == [
        "[`Thing.old`](#thing)",
        r"Use `name` \| nothing. Works until 2031-01-01.",
    ]


@pytest.mark.parametrize(
    ("heading", "name", "reason"),
    [
        ("Colour", "PINK", "Use `RED`."),
        ("Wanted", "old", "Use `name`."),
        ("Arguments of `Query.things`", "old", "No more."),
    ],
)
def test_values_input_fields_and_arguments_can_be_deprecated(small: str, heading: str, name: str, reason: str) -> None:
    assert row(small, heading, name)[-1].startswith(f"**Deprecated:** {reason}")


def test_every_deprecation_is_listed(small: str) -> None:
    listed = re.findall(r"^\| \[`(.+?)`\]", section(small, "What is deprecated"), flags=re.MULTILINE)

    assert listed == ["Colour.PINK", "Query.things(old:)", "Thing.old", "Wanted.old"]


def test_a_schema_without_deprecations_says_so() -> None:
    @strawberry.type(name="Query", description="The root.")
    class Modern:
        name: str = column("Its name.")

    schema = strawberry.Schema(query=Modern)

    assert "Nothing is deprecated." in document_of(schema._schema, print_schema(schema))


def test_an_argument_shows_its_type_default_and_description(small: str) -> None:
    heading = "Arguments of `Query.things`"

    assert row(small, "Query", "things")[0] == "[`things(…)`](#arguments-of-querythings)"
    assert row(small, heading, "ids") == ["`ids`", "[`[ID!]!`](#id)", "*required*", "Which."]
    assert row(small, heading, "first") == ["`first`", "[`Int!`](#int)", "`5`", "How many."]
    assert row(small, heading, "wanted") == ["`wanted`", "[`Wanted`](#wanted)", "`null`", "What for."]
    assert row(small, heading, "old")[2] == "*none*"


def test_an_input_shows_its_fields_with_their_defaults(small: str) -> None:
    assert row(small, "Wanted", "colour") == ["`colour`", "[`Colour!`](#colour)", "*required*", "Of this colour."]
    assert row(small, "Wanted", "sizes")[2] == "`[1, 2]`"
    assert row(small, "Wanted", "name")[2:] == [
        r'`"a\|\"b\""`'.replace(r"a\|", r"a\|"),
        "Of this name.<br><br>Or `any`.",
    ]


def test_an_enum_shows_its_values(small: str) -> None:
    assert section(small, "Colour").strip().startswith("What it looks like.")
    assert row(small, "Colour", "RED") == ["`RED`", r"Of \| blood."]


def test_a_union_shows_its_members(small: str) -> None:
    assert "One of [`Other`](#other), [`Thing`](#thing)." in section(small, "AnyThing")


def test_an_interface_shows_its_implementers_and_they_show_it(small: str) -> None:
    assert "Implemented by [`Other`](#other), [`Thing`](#thing)." in section(small, "Named")
    assert "Implements [`Named`](#named)." in section(small, "Thing")


def test_a_scalar_shows_its_specification(real: str) -> None:
    assert "Specified by <https://www.rfc-editor.org/rfc/rfc3339>." in section(real, "DateTime")


def test_a_directive_shows_where_it_stands_and_its_arguments(real: str) -> None:
    assert "May stand on `FIELD_DEFINITION`." in section(real, "Directive `@cost`")
    assert row(real, "Directive `@cost`", "complexity")[1:3] == ["[`Int!`](#int)", "`1`"]
    assert row(real, "Directive `@deprecated`", "reason")[2] == '`"No longer supported"`'


def test_the_root_comes_first_and_the_sdl_last(small: str) -> None:
    headings = re.findall(r"^##+ (.+)$", small, flags=re.MULTILINE)
    types = headings[headings.index("Root types") :]

    assert types[:2] == ["Root types", "Query"]
    assert types[-1] == "The schema in SDL"


def test_the_same_schema_gives_the_same_page(real: str) -> None:
    assert document() == real


def test_every_type_field_and_argument_of_the_real_schema_is_on_its_page(real: str) -> None:
    for name, each in graphql_schema().type_map.items():
        if name.startswith("__"):
            continue
        assert f"\n### {name}\n" in real
        for field, declared in getattr(each, "fields", {}).items():
            cells = row(real, name, field)
            assert declared.description in "".join(cells).replace(r"\|", "|")
            for argument in getattr(declared, "args", {}):
                assert row(real, f"Arguments of `{name}.{field}`", argument)


def test_restricted_fields_of_the_real_schema_name_their_permission(real: str) -> None:
    for name, each in graphql_schema().type_map.items():
        if isinstance(each, GraphQLObjectType) and not name.startswith("__"):
            for field, declared in each.fields.items():
                permission = spec_of(declared).permission
                who = "anyone" if permission is Permission.PUBLIC else f"[`{permission.value}`](#who-may-see-what)"

                assert row(real, name, field)[3] == who


@pytest.mark.parametrize("permission", Permission)
def test_every_permission_is_explained(real: str, permission: Permission) -> None:
    assert row(real, "Who may see what", permission.value)[1] == DESCRIPTIONS[permission]


def test_no_table_of_the_real_page_has_an_empty_cell(real: str) -> None:
    """A field, argument or value without a description would leave one.

    Strawberry lets the arguments of a directive have none.
    """
    tokens = MarkdownIt("commonmark").enable("table").parse(real.partition("\n## The directives\n")[0])
    cells = [tokens[place + 1] for place, token in enumerate(tokens) if token.type in {"th_open", "td_open"}]

    assert len(cells) > 500
    assert [each.map for each in cells if not each.content] == []


def test_every_link_of_the_real_page_leads_to_one_heading(real: str) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(real)
    headings = [tokens[place + 1].content for place, token in enumerate(tokens) if token.type == "heading_open"]
    anchors = [anchor(heading) for heading in headings]
    links = {
        str(child.attrs["href"]) for token in tokens for child in token.children or () if child.type == "link_open"
    }

    assert len(anchors) == len(set(anchors))
    assert {link.removeprefix("#") for link in links if link.startswith("#")} <= set(anchors)


def test_the_real_page_ends_with_the_whole_sdl(real: str) -> None:
    assert real.endswith(f"## The schema in SDL\n\n```graphql\n{sdl().strip()}\n```\n")
