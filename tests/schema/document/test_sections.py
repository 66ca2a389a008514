"""What no declaration of this project has yet, on types of graphql-core's own."""

from graphql import (
    DirectiveLocation,
    GraphQLDirective,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLSchema,
    GraphQLString,
)

from schema.document.markdown import page
from schema.document.sections import directive_section, type_section


def test_an_input_of_which_exactly_one_field_is_given_says_so() -> None:
    def section(*, is_one_of: bool) -> str:
        fields = {"this": GraphQLInputField(GraphQLString, description="This.")}
        return page(type_section(GraphQLSchema(), GraphQLInputObjectType("Either", fields, is_one_of=is_one_of)))

    assert "Exactly one of its fields must be given." in section(is_one_of=True)
    assert "Exactly one of its fields must be given." not in section(is_one_of=False)


def test_an_interface_that_nothing_implements_names_nobody() -> None:
    assert "Implemented" not in page(type_section(GraphQLSchema(), GraphQLInterfaceType("Lonely", {})))


def test_a_directive_that_may_stand_several_times_says_so() -> None:
    locations = [DirectiveLocation.FIELD, DirectiveLocation.QUERY]
    directive = GraphQLDirective("tag", locations, is_repeatable=True, description="A mark.")

    assert page(directive_section(directive)).split("\n\n") == [
        "### Directive `@tag`",
        "A mark.",
        "May stand on `FIELD`, `QUERY`, as often as needed.\n",
    ]
