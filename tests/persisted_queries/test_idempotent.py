"""`@idempotent` stands where its key is read, and is refused everywhere else, at publication too."""

import pytest

from persisted_queries.compiling import Candidate, CompiledOperation, compile_operation
from persisted_queries.documents import DocumentRefused, prepare_document
from persisted_queries.idempotent import stated_key
from schema.target import target

COMPLETE = 'completeRegistration(id: "1")'
AT = '@idempotent(key: "k")'


@pytest.mark.parametrize(
    "text",
    [
        f"mutation {{ {COMPLETE} {AT} {{ userErrors {{ message }} }} }}",
        f"mutation {{ done: {COMPLETE} @include(if: true) {AT} {{ userErrors {{ message }} }} }}",
        f"mutation ($key: String!) {{ {COMPLETE} @idempotent(key: $key) {{ userErrors {{ message }} }} }}",
        f'mutation ($key: String = "k") {{ {COMPLETE} @idempotent(key: $key) {{ userErrors {{ message }} }} }}',
    ],
)
def test_a_mutation_with_a_key_is_published_as_any_other(text: str) -> None:
    compiled = compile_operation(target(), Candidate("Complete", text))

    assert isinstance(compiled, CompiledOperation)
    assert compiled.kind == "mutation"
    assert "Mutation.completeRegistration" in compiled.analysis.fields


@pytest.mark.parametrize(
    "text",
    [
        f'{{ node(id: "1") {AT} {{ id }} }}',
        f"mutation {{ {COMPLETE} {{ userErrors {{ message {AT} }} }} }}",
        f"mutation {{ {COMPLETE} {AT} {{ userErrors {{ message }} }} __typename }}",
        f"mutation {{ ... on Mutation {{ {COMPLETE} {AT} {{ userErrors {{ message }} }} }} }}",
        f"mutation {{ ...Done }} fragment Done on Mutation {{ {COMPLETE} {AT} {{ userErrors {{ message }} }} }}",
    ],
)
def test_anywhere_else_it_would_promise_what_nobody_keeps(text: str) -> None:
    faults = compile_operation(target(), Candidate("Wrong", text))

    assert not isinstance(faults, CompiledOperation)
    (fault,) = faults
    assert fault.message.startswith("`@idempotent` stands on the one field of a mutation, and nowhere else:")


@pytest.mark.parametrize(
    ("directive", "message"),
    [
        ("@idempotent", "of type 'String!' is required"),
        ("@idempotent(key: 7)", "String cannot represent a non string value"),
        ("@idempotent(key: $key)", "expecting type 'String!'"),
        (f"{AT} {AT}", "can only be used once"),
    ],
)
def test_it_has_one_key_which_is_a_text(directive: str, message: str) -> None:
    text = f"mutation ($key: String) {{ {COMPLETE} {directive} {{ userErrors {{ message }} }} }}"
    with pytest.raises(DocumentRefused) as refused:
        prepare_document(target().schema, text)

    assert message in " ".join(error.message for error in refused.value.errors)


def test_a_field_without_it_states_no_key() -> None:
    document = prepare_document(target().schema, f"mutation {{ {COMPLETE} {{ userErrors {{ message }} }} }}")
    (field,) = document.operation(None).selection_set.selections

    assert stated_key(field, None) is None  # type: ignore[arg-type] # a field, and no variables are looked at
