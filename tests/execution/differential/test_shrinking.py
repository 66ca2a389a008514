"""An operation is cut down to what a difference takes, with nothing left that nothing refers to."""

from graphql import parse, print_ast

from tests.execution.differential.shrinking import shrink


async def test_only_what_the_difference_takes_is_left() -> None:
    async def differs(text: str) -> bool:
        return "guilty" in text and "n: $n" in text

    shrunk = await shrink(
        """
        query Q($n: Int, $m: Int) { a b(x: 1, y: [$m]) @include(if: true) { c ...F ... on T { d } } }
        fragment F on T { e f: g { guilty(n: $n, m: {m: 1}) @skip(if: false) h } ...G }
        fragment G on T { i }
        """,
        differs,
    )

    assert shrunk == print_ast(parse("query Q($n: Int) { b { ...F } } fragment F on T { f: g { guilty(n: $n) } }"))


async def test_what_cannot_be_cut_stays_as_it_is() -> None:
    async def differs(text: str) -> bool:
        return text == "{ a b }"

    assert await shrink("{ a b }", differs) == "{ a b }"
