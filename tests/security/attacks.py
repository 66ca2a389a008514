"""Documents that are small to send and meant to be large to read, validate, plan or answer; each below 30 KB.

They stand for the checks of graphql-cop, the list of graphql-armor and OWASP's GraphQL cheat sheet, and for what has
hurt parsers and validators before.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from itertools import count
from typing import Final

LARGEST: Final = 30_000
"""Bytes of a document."""

ROOM: Final = 29_000
"""What of them is filled."""

_TOKEN: Final = re.compile(r'"[^"]*"|\w+|\.\.\.|[^\s,\w]')


def _repeated(start: str, piece: Callable[[int], str], end: str, most: int) -> str:
    """As many pieces between start and end as there is room for, and as so many tokens allow."""
    pieces, size, tokens = [], len(start) + len(end), len(_TOKEN.findall(start + end))
    for number in count():
        pieces.append(piece(number))
        size += len(pieces[-1].encode())
        tokens += len(_TOKEN.findall(pieces[-1]))
        if size > ROOM or tokens > most:
            return start + "".join(pieces[:-1]) + end
    raise AssertionError("there is always an end")


def _nested(start: str, open_: str, inmost: str, close: str, end: str) -> str:
    levels = (ROOM - len(start) - len(inmost) - len(end)) // (len(open_) + len(close))
    return start + open_ * levels + inmost + close * levels + end


def _fragments(levels: int, spreads: int, on: str = "Query", inmost: str = "__typename") -> str:
    """Each fragment spreads the next one several times: `spreads ** levels` paths."""
    texts = [f"fragment F{n} on {on} {{ {f'...F{n + 1} ' * spreads}}}" for n in range(levels)]
    return "\n".join([*texts, f"fragment F{levels} on {on} {{ {inmost} }}"])


def _aliased_fragments(levels: int) -> str:
    """Two aliases of a cycle in the schema at each level: the answer doubles with each."""
    texts = [
        f"fragment F{n} on Function {{ events(first: 1) {{ nodes {{ "
        f"a{n}: function {{ ...F{n + 1} }} b{n}: function {{ ...F{n + 1} }} }} }} }}"
        for n in range(levels)
    ]
    return " ".join(["{ functions(first: 1) { nodes { ...F0 } } }", *texts, f"fragment F{levels} on Function {{ id }}"])


def _cycle(length: int) -> str:
    ring = " ".join(f"fragment F{n} on Query {{ ...F{(n + 1) % length} }}" for n in range(length))
    return "{ ...F0 } " + ring


@cache
def documents(tokens: int) -> Mapping[str, str]:
    """Attacks of as many tokens as are said, if there is room for them."""

    def repeated(start: str, piece: Callable[[int], str], end: str) -> str:
        return _repeated(start, piece, end, tokens)

    return {
        # Aliases and repeated fields
        "aliases": repeated("{", lambda n: f"a{n}:functions{{totalCount}} ", "}"),
        "aliases of a scalar": repeated("{", lambda n: f"a{n}:__typename ", "}"),
        "aliases of a wide list": repeated("{", lambda n: f"a{n}:functions(first:100){{nodes{{id name}}}} ", "}"),
        "aliases of a lookup": repeated("{", lambda n: f'a{n}:function(slug:"x{n}"){{id}} ', "}"),
        "aliases of a search": repeated("{", lambda n: f'a{n}:search(query:"a"){{totalCount}} ', "}"),
        "the same field": repeated("{functions{nodes{", lambda _: "name ", "}}}"),
        "the same field with selections": repeated("{", lambda _: "functions{totalCount} ", "}"),
        "the same field with arguments that differ": repeated(
            "{", lambda n: f"functions(first:{n}){{totalCount}} ", "}"
        ),
        "the same alias for two fields": repeated("{functions{nodes{", lambda n: f"a:{('id', 'name')[n % 2]} ", "}}}"),
        # Directives
        "directives": repeated("{__typename ", lambda _: "@include(if:true)", "}"),
        "directives that are unknown": repeated("{__typename ", lambda _: "@a", "}"),
        "directives that are all different": repeated("{__typename ", lambda n: f"@a{n}", "}"),
        "directives on the operation": repeated("query ", lambda _: "@skip(if:false)", "{__typename}"),
        # Fragments
        "fragments that nobody uses": repeated("{__typename}", lambda n: f" fragment F{n} on Query{{__typename}}", ""),
        "fragments by one name": repeated("{...F}", lambda _: " fragment F on Query{__typename}", ""),
        "fragments in a chain": "{...F0}" + repeated("", lambda n: f" fragment F{n} on Query{{...F{n + 1}}}", ""),
        "spreads of one fragment": repeated("fragment F on Query{__typename} {", lambda _: "...F ", "}"),
        "spreads that are unknown": repeated("{", lambda n: f"...F{n} ", "}"),
        "inline fragments, side by side": repeated("{", lambda _: "...{__typename}", "}"),
        "inline fragments on unknown types": repeated("{", lambda n: f"...on Functio{n}{{a}}", "}"),
        # Introspection
        "introspection, aliased": repeated("{", lambda n: f"a{n}:__schema{{types{{name fields{{name}}}}}} ", "}"),
        "introspection of one type": repeated("{", lambda n: f'a{n}:__type(name:"Query"){{fields{{name}}}} ', "}"),
        # Names that nobody knows
        "fields that are unknown": repeated("{", lambda n: f"functionz{n} ", "}"),
        "fields that are unknown and long": repeated("{", lambda n: f"{'f' * 1000}{n} ", "}"),
        "arguments that are unknown": repeated("{functions(", lambda n: f"firs{n}:1 ", "){totalCount}}"),
        # Operations and variables
        "operations": repeated("", lambda n: f"query Q{n}{{__typename}}", ""),
        "operations that share a fragment": repeated("fragment F on Query{id}", lambda n: f"query Q{n}{{...F}}", ""),
        "operations by one name": repeated("", lambda _: "query Q{__typename}", ""),
        "variables": repeated("query(", lambda n: f"$a{n}:Int ", "){__typename}"),
        "variables by one name": repeated("query(", lambda _: "$a:Int ", "){__typename}"),
        "variables of unknown types": repeated("query(", lambda n: f"$a{n}:In{n} ", "){__typename}"),
        # Padding and literals
        "comments": repeated("{__typename}", lambda _: "#\n", ""),
        "a list as an argument": repeated("{nodes(ids:[", lambda _: '"x",', "]){id}}"),
        "an object with one name": repeated("{functions(filter:{", lambda _: "a:1 ", "}){totalCount}}"),
        "definitions of types": repeated("{__typename}", lambda n: f"type T{n}{{a:Int}}", ""),
    }


def _all(template: str, numbers: int, by: str = " ") -> str:
    """A template for each number."""
    return by.join(template.replace("#", str(n)) for n in range(numbers))


SHAPED: Final[Mapping[str, str]] = {
    # Fragments: small texts with many paths
    "fragments that double": "{ ...F0 } " + _fragments(16, 2),
    "fragments that double, deep": "{ ...F0 } " + _fragments(250, 2),
    "fragments that spread a hundredfold": "{ ...F0 } " + _fragments(8, 100),
    "fragments that double the answer": _aliased_fragments(12),
    "fragments in a cycle of one": "{ ...A } fragment A on Query { ...A }",
    "fragments in a cycle of two": "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
    "fragments in a long cycle": _cycle(300),
    "fragments in a longer cycle": _cycle(700),
    "fragments, each with all": "{...F0} " + _all("fragment F# on Query{" + _all("...F#", 32) + "}", 32),
    "fragments whose fields overlap": "{functions{nodes{"
    + _all("...F#", 24)
    + "}}} "
    + _all("fragment F# on Function{" + "name " * 6 + "events{nodes{id title}}" * 2 + "}", 24),
    "fragments of fragments that overlap": "{functions{nodes{"
    + _all("...F#", 40)
    + "}}} "
    + _all("fragment F# on Function{events{nodes{...G#}}}", 40)
    + _all(" fragment G# on Event{id title}", 40),
    "fragments for every type": "{nodes(ids:[]){" + "...on Function{id} ...on Event{id} ...on Ticket{id} " * 62 + "}}",
    "inline fragments, nested": _nested("{", "...{", "__typename", "}", "}"),
    "inline fragments with a type, nested": _nested("{", "...on Query{", "__typename", "}", "}"),
    # Fields that overlap: each pair is compared
    "lists of overlapping fields": "{" + ("functions{nodes{" + "name " * 58 + "}}") * 28 + "}",
    "lists of fields in turn": "{" + ("functions{nodes{" + "name id " * 29 + "}}") * 28 + "}",
    "lists in lists of overlapping fields": "{" + ("functions{nodes{events{nodes{" + "title " * 50 + "}}}}") * 28 + "}",
    "overlapping fields on three levels": "{"
    + ("functions{" + ("nodes{" + "events{totalCount nodes{id}}" * 6 + "}") * 6 + "}") * 8
    + "}",
    "overlapping fields of two arguments": "{"
    + "".join(f"functions(first:{n % 2 + 1}){{nodes{{{'name ' * 50}}}}}" for n in range(28))
    + "}",
    "overlapping edges": "{functions{nodes{" + "events{nodes{id title slug}}" * 120 + "}}}",
    # Introspection
    "introspection of types of fields": _nested("{__schema{types{", "fields{type{", "name", "}}", "}}}"),
    "introspection of types of types": _nested("{__schema{types{", "ofType{", "name", "}", "}}}"),
    "introspection, four wide": "{__schema{types{fields{type{fields{type{fields{type{fields{name}}}}}}}}}}",
    "introspection, thirty times": "{" + _all("a#:__schema{types{fields{type{name}}}}", 30) + "}",
    # Depth
    "braces that never end": "{" * ROOM,
    "brackets that never end": "{functions(first:" + "[" * (ROOM - 100),
    "fields in a circle": _nested("{functions{nodes{", "events(first:1){nodes{function{", "id", "}}}", "}}}"),
    "lists as an argument, nested": _nested("{functions(first:", "[", "1", "]", "){totalCount}}"),
    "objects as an argument, nested": _nested("{functions(filter:", "{a:", "1", "}", "){totalCount}}"),
    "types of a variable, nested": _nested("query($a:", "[", "Int", "]", "){__typename}"),
    # Operations, fragments and variables, each with each
    "operations with all fragments": _all("query Q#{" + "...F0 ...F1 ...F2 ...F3 ...F4 " * 4 + "}", 55)
    + _all(" fragment F# on Query{__typename}", 5),
    "operations with a chain of fragments": _all("query Q#{...F0}", 200)
    + "".join(f" fragment F{n} on Query{{__typename ...F{(n + 1) % 141}}}" for n in range(140)),
    "variables in fragments": "query("
    + _all("$v#:Int", 60)
    + "){"
    + _all("...F#", 60)
    + "}"
    + _all(" fragment F# on Query{a#:functions(first:$v#){totalCount}}", 60),
    "variables that are not there": "{functions{nodes{" + _all("a#:events(first:$v#){totalCount}", 99) + "}}}",
    # Wide and dear
    "thirty lists of lists": "{"
    + _all("a#:functions(first:100){nodes{id name events(first:100){nodes{id title}}}}", 30)
    + "}",
    "lists in lists in lists": "{functions(first:100){nodes{events(first:100){nodes{"
    "tickets{id event{function{id}}}}}}}}",
    "values of many rows, many times": "{functions(first:100){nodes{events(first:100){nodes{"
    + _all("a#:description", 99)
    + "}}}}}",
    "type names of many rows": "{functions(first:100){nodes{events(first:100){nodes{"
    + _all("a#:__typename", 99)
    + "}}}}}",
    "fields that are nearly there": "{functions{nodes{" + _all("nam#", 190) + "}}}",
    "arguments that are nearly there": "{functions(" + _all("firs" * 60 + "#:1", 110) + "){totalCount}}",
    # Padding and literals
    "one name as long as there is room": "{" + "f" * ROOM + "}",
    "a comment as long as there is room": "#" + "x" * ROOM + "\n{__typename}",
    "commas": "{" + "," * ROOM + "__typename}",
    "spaces": "{" + " " * ROOM + "__typename}",
    "lines": "{" + "\n" * ROOM + "nothing}",
    "a long number": "{functions(first:" + "9" * (ROOM - 40) + "){totalCount}}",
    "a long fraction": "{functions(first:0." + "9" * (ROOM - 40) + "){totalCount}}",
    "a large exponent": "{functions(first:1e" + "9" * 20_000 + "){totalCount}}",
    "escapes in a string": '{function(slug:"' + "\\u{1F600}" * (ROOM // 10) + '"){id}}',
    "quotes in a block string": '{function(slug:"""' + '\\""" ' * (ROOM // 6) + '"""){id}}',
    "lines in a block string": '{function(slug:"""' + "\n " * (ROOM // 3) + 'x"""){id}}',
    "a string that never ends": '{function(slug:"' + "x" * ROOM,
    "a block string that never ends": '{function(slug:"""' + '\\"' * (ROOM // 2),
}
"""Attacks whose size is a part of them, by name: most just within the limits that a server has as it is delivered."""
