"""Containers: the objects of an answer, made for a whole level at once, with all that is known of them by then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final

Make = Callable[[Sequence[Sequence[Any]], int], list[dict[str, Any]]]
"""Columns, as many as the template has, and the number of objects, to the objects."""


class Column:
    """Stands in a template for values that differ from object to object."""


COLUMN: Final = Column()

Template = tuple[tuple[str, str | Column | None], ...]
"""The keys of an object in the order of the answer; what stands there, where that is the same for all."""


@lru_cache(maxsize=4096)
def maker_of(template: Template) -> Make:
    """How objects with these keys are made: by a display with constant keys, the fastest way that Python has.

    The source that is evaluated consists of nothing but the `repr` of strings, and of numbered names.
    """
    names: list[str] = []
    items: list[str] = []
    for key, value in template:
        if isinstance(value, Column):
            names.append(f"v{len(names)}")
            items.append(f"{key!r}: {names[-1]}")
        else:
            items.append(f"{key!r}: {value!r}")
    if not names:
        loop = "_ in range(count)"
    elif len(names) == 1:
        loop = "v0 in columns[0]"
    else:
        loop = f"{', '.join(names)} in zip(*columns)"
    made: Make = eval(f"lambda columns, count: [{{{', '.join(items)}}} for {loop}]", {})  # noqa: S307 - see above
    return made
