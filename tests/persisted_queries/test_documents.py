"""A text is parsed and validated once while it is remembered; what cannot be executed is refused, with its faults."""

import gc
import tracemalloc
from collections import Counter
from collections.abc import Callable

import pytest
from graphql import GraphQLError, build_schema, parse

from persisted_queries import documents
from persisted_queries.documents import (
    MAX_DEPTH,
    MAX_ERRORS,
    MAX_TOKENS,
    DocumentCache,
    DocumentRefused,
    PreparedDocument,
    Refusal,
    depth_of,
    is_read_only,
    prepare_document,
    weight_of,
)

SCHEMA = build_schema("""
  type Query { word(of: [Int], in: In): String, deeper: Query }
  type Mutation { write: String }
  input In { in: In, list: [In] }
""")


def prepare(text: str) -> PreparedDocument:
    return prepare_document(SCHEMA, text)


def refused(text: str) -> DocumentRefused:
    with pytest.raises(DocumentRefused) as caught:
        prepare_document(SCHEMA, text)
    return caught.value


def places(errors: list[GraphQLError]) -> list[tuple[int, int]]:
    return [(place.line, place.column) for error in errors for place in error.locations or []]


# -- the cache --------------------------------------------------------------------------------------------------------


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often a text was parsed, and a document validated."""
    done: Counter[str] = Counter()

    def counted(function: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **options: object) -> object:
            done[function.__name__] += 1
            return function(*arguments, **options)

        return call

    for name in ("parse", "validate"):
        monkeypatch.setattr(documents, name, counted(getattr(documents, name)))
    return done


def test_a_text_is_parsed_and_validated_once(work: Counter[str]) -> None:
    cache = DocumentCache(SCHEMA)

    first = cache.prepare("{ word }")

    assert all(cache.prepare("{ word }") is first for _ in range(10))
    assert work == {"parse": 1, "validate": 1}


def test_texts_that_differ_at_all_are_different_documents(work: Counter[str]) -> None:
    cache = DocumentCache(SCHEMA)

    assert cache.prepare("{ word }") is not cache.prepare("{ word  }")
    assert work["parse"] == 2


def test_a_text_that_was_refused_is_refused_again() -> None:
    cache = DocumentCache(SCHEMA)

    for _ in range(2):
        with pytest.raises(DocumentRefused):
            cache.prepare("{ sword }")


def texts(count: int) -> list[str]:
    return [f"{{ w{number:04}: word }}" for number in range(count)]


def weight(text: str) -> int:
    return weight_of(prepare(text).document, text.encode())


ONE = weight(texts(1)[0])


def test_the_cache_remembers_as_much_as_it_has_room_for_and_forgets_what_was_not_used_for_longest(
    work: Counter[str],
) -> None:
    cache = DocumentCache(SCHEMA, capacity=10 * ONE)
    oldest, second, *others = texts(11)
    for text in (oldest, second, *others[:-1]):
        cache.prepare(text)
    cache.prepare(oldest)
    cache.prepare(others[-1])
    work.clear()

    for text in (oldest, *others):
        cache.prepare(text)
    assert work["parse"] == 0
    cache.prepare(second)
    assert work["parse"] == 1


def test_a_text_that_takes_more_than_there_is_room_for_does_not_drive_out_the_others(work: Counter[str]) -> None:
    cache = DocumentCache(SCHEMA, capacity=10 * ONE)
    for text in texts(10):
        cache.prepare(text)
    cache.prepare("{ word } #" + "x" * 10 * ONE)
    work.clear()

    for text in texts(10):
        cache.prepare(text)
    assert work["parse"] == 0


@pytest.mark.parametrize(
    "text",
    [
        "{word}",
        "query AName { word(of: [1, 2, 3]) deeper { deeper { word } } }",
        "{" + " ".join(f"a{number}: word" for number in range(1000)) + "}",
        "{" + "...F " * 1000 + "} fragment F on Query { word }",
        "{word(of:[" + "1 " * 4000 + "])}",
    ],
    ids=lambda text: text[:10],
)
def test_a_document_takes_no_more_memory_than_its_weight(text: str) -> None:
    limit = weight(text)
    times = 1_000_000 // limit + 2  # so that what the interpreter itself takes does not count
    gc.collect()
    tracemalloc.start()
    try:
        prepared = [prepare(text) for _ in range(times)]
        gc.collect()
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(prepared) == times
    assert taken / times <= limit


# -- operations -------------------------------------------------------------------------------------------------------


def test_the_only_operation_needs_no_name() -> None:
    assert prepare("{ word }").operation(None).name is None
    named = prepare("query One { word }").operation(None).name
    assert named is not None
    assert named.value == "One"


def test_one_of_several_operations_is_found_by_its_name() -> None:
    prepared = prepare("query One { word } query Two { word }")

    for name in ("One", "Two"):
        found = prepared.operation(name).name
        assert found is not None
        assert found.value == name


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        (
            "query Two { word } query One { word }",
            None,
            "The document has several operations (`One`, `Two`); pass `operationName`.",
        ),
        ("query One { word }", "Two", "The document has no operation named `Two`; it has `One`."),
        ("query One { word }", "one", "The document has no operation named `one`; it has `One`."),
        ("query One { word }", "", "The document has no operation named ``; it has `One`."),
        ("{ word }", "One", "The document has no operation named `One`."),
    ],
)
def test_a_name_that_does_not_say_which_operation_is_refused(text: str, name: str | None, message: str) -> None:
    """GraphQL specification, section 6.1, GetOperation."""
    with pytest.raises(DocumentRefused) as caught:
        prepare(text).operation(name)

    assert caught.value.refusal is Refusal.OPERATION
    assert [error.message for error in caught.value.errors] == [message]


def test_only_a_query_may_come_by_a_safe_method() -> None:
    assert is_read_only(prepare("query { word }").operation(None))
    assert not is_read_only(prepare("mutation { write }").operation(None))


# -- what is no document ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", (1, 1)),
        ("# nothing", (1, 10)),
        ("{", (1, 2)),
        ("{\n  word(\n}", (3, 1)),
        ("{ word } ?", (1, 10)),
        ('{ word(of: "', (1, 13)),
        ("{ word } \0", (1, 10)),
        ("{ word } \ud800", (1, 10)),
        ('{ word(of: "\\ud800") }', (1, 13)),
    ],
    ids=ascii,
)
def test_a_fault_of_syntax_is_located(text: str, place: tuple[int, int]) -> None:
    refusal = refused(text)

    assert refusal.refusal is Refusal.SYNTAX
    assert places(refusal.errors) == [place]


def test_every_fault_of_validation_is_located() -> None:
    refusal = refused("{\n  sword\n  word(off: 1)\n  ...F\n}")

    assert refusal.refusal is Refusal.VALIDATION
    assert places(refusal.errors) == [(2, 3), (3, 8), (4, 6)]


@pytest.mark.parametrize(
    "text",
    [
        "fragment F on Query { word }",
        "query One { word } query One { word }",
        "query One { word } { word }",
        "subscription { word }",
        "type Query { word: String }",
        "{ ...F } fragment F on Query { ...F }",
        "query ($n: Int!) { word }",
        "{ word { letter } }",
        "{ deeper }",
    ],
)
def test_a_document_that_breaks_a_rule_is_refused(text: str) -> None:
    """GraphQL specification, section 5."""
    assert refused(text).refusal is Refusal.VALIDATION


def test_not_every_fault_of_many_is_reported() -> None:
    refusal = refused("{" + " ".join(f"sword{number}" for number in range(1000)) + "}")

    assert len(refusal.errors) == MAX_ERRORS + 1
    assert "Too many validation errors" in refusal.errors[-1].message


def test_a_document_may_have_so_many_tokens_and_not_one_more() -> None:
    assert prepare("{word(of:[" + "1 " * (MAX_TOKENS - 9) + "])}").document.token_count == MAX_TOKENS

    refusal = refused("{word(of:[" + "1 " * (MAX_TOKENS - 8) + "])}")
    assert refusal.refusal is Refusal.LIMIT
    assert refusal.errors[0].extensions == {"limit": "tokens", "value": MAX_TOKENS + 1, "maximum": MAX_TOKENS}
    assert places(refusal.errors) == [(1, 2 * MAX_TOKENS - 3)]


# -- depth ------------------------------------------------------------------------------------------------------------

DEEP: dict[str, Callable[[int], str]] = {
    "braces": lambda levels: "{" * levels,
    "selections": lambda levels: "{deeper" * levels + "{word}" + "}" * levels,
    "inline fragments": lambda levels: "{" + "...{" * levels + "word" + "}" * levels + "}",
    "brackets": lambda levels: "{word(of:" + "[" * levels,
    "lists": lambda levels: "{word(of:" + "[" * levels + "]" * levels + ")}",
    "objects": lambda levels: "{word(in:" + "{in:" * levels + "{}" + "}" * levels + ")}",
    "lists of objects": lambda levels: "{word(in:" + "{list:[" * levels + "]}" * levels + ")}",
    "types": lambda levels: "query($n:" + "[" * levels + "Int" + "]" * levels + "){word}",
    "default values": lambda levels: "query($n:[Int]=" + "[" * levels + "]" * levels + "){word(of:$n)}",
    "fragments": lambda levels: (
        "{...F0}"
        + "".join(f" fragment F{level} on Query{{deeper{{...F{level + 1}}}}}" for level in range(levels))
        + f" fragment F{levels} on Query{{word}}"
    ),
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
@pytest.mark.parametrize("levels", [300, 450, 2_000, 100_000])
def test_what_is_nested_too_deeply_is_refused(text: Callable[[int], str], levels: int) -> None:
    errors = refused(text(levels)).errors

    assert errors
    assert all(type(error.original_error) is not RecursionError for error in errors)


@pytest.mark.parametrize("name", ["selections", "fragments", "inline fragments", "objects"])
def test_what_people_write_is_not_nested_too_deeply(name: str) -> None:
    assert prepare(DEEP[name](30)).operations


@pytest.mark.parametrize("text", [DEEP["fragments"](300), "{" + "word " * 2_000 + "}"], ids=["depth", "repetition"])
def test_a_document_that_takes_too_long_to_validate_is_told_why(text: str) -> None:
    message = "The document nests fragments too deeply, or asks for one field too many times."

    assert [error.message for error in refused(text).errors] == [message]


def test_as_many_selection_sets_may_stand_in_each_other_as_the_limit_says() -> None:
    assert prepare(DEEP["selections"](MAX_DEPTH - 1)).operations

    (error,) = refused(DEEP["selections"](MAX_DEPTH)).errors
    assert (
        error.message == f"The document nests {MAX_DEPTH + 1} selection sets in each other; there may be {MAX_DEPTH}."
    )


def test_depth_is_that_of_the_deepest_way_through_fragments() -> None:
    shallow = "query A { word } query B { ...Twice ...Twice }"
    fragments = """
        fragment Twice on Query { deeper { ... on Query { deeper { ...Once } } } }
        fragment Once on Query { deeper { word } }
    """

    assert depth_of(parse(shallow + fragments)) == 4
    assert depth_of(parse("{ word }")) == 1


@pytest.mark.parametrize("links", [100, 200, 240, 290])
def test_a_chain_of_fragments_is_followed_or_refused(links: int) -> None:
    chain = "".join(f" fragment F{n} on Query{{...F{n + 1}}}" for n in range(links))
    text = f"{{...F0}}{chain} fragment F{links} on Query{{word}}"

    try:
        messages = [] if prepare(text).operations else ["no operations"]
    except DocumentRefused as error:
        messages = [each.message for each in error.errors]

    too_long = ["The document nests fragments too deeply, or asks for one field too many times."]
    assert messages in ([], too_long)
