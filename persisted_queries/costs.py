"""What an operation costs, as a function of its variables: computed once, evaluated for each request.

A cost is a list of steps, each of which may use those before it: however often fragments repeat a part, it is there
once. All numbers end at `MOST`, so that no document makes them grow without bound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

MOST: Final = 2**53 - 1
"""The largest cost: what every reader of JSON holds exactly, and more than any limit."""

Step: TypeAlias = tuple[Any, ...]
"""`("number", n)`, `("variable", name, when left out, when null)`, or `("sum" | "product" | "greatest", *steps)`."""


@dataclass(frozen=True, slots=True)
class Cost:
    """The steps to a cost; the last one is the whole."""

    steps: tuple[Step, ...]

    def of(self, variables: Mapping[str, Any]) -> int:
        """The cost with these variables, coerced: a list counts by its length, a number by itself."""
        values: list[int] = []
        for kind, *operands in self.steps:
            match kind:
                case "number":
                    value = operands[0]
                case "variable":
                    name, left_out, null = operands
                    value = left_out if name not in variables else size_of(variables[name], null)
                case "sum":
                    value = sum(values[each] for each in operands)
                case "product":
                    left, right = operands
                    value = values[left] * values[right]
                case _:
                    value = max(values[each] for each in operands)
            values.append(min(value, MOST))
        return values[-1]

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables that it depends on."""
        return tuple(sorted({step[1] for step in self.steps if step[0] == "variable"}))


def size_of(value: Any, null: int) -> int:  # noqa: ANN401 - whatever a variable holds
    """How many times the value of a multiplying argument multiplies; `null` says what null comes to."""
    if value is None:
        return null
    if isinstance(value, list | tuple):
        return len(value)
    return max(value, 0) if isinstance(value, int) else 1


@dataclass(slots=True)
class CostBuilder:
    """Puts steps together; a step that is there already is used again, what is known is computed at once."""

    _steps: list[Step] = field(default_factory=list)
    _places: dict[Step, int] = field(default_factory=dict)

    def number(self, value: int) -> int:
        """A number."""
        return self._step("number", min(value, MOST))

    def variable(self, name: str, left_out: int, null: int) -> int:
        """The size of a variable."""
        return self._step("variable", name, left_out, null)

    def sum(self, parts: Sequence[int]) -> int:
        """The sum of steps."""
        known = sum(self._steps[each][1] for each in parts if self._is_number(each))
        unknown = [each for each in parts if not self._is_number(each)]
        if not unknown:
            return self.number(known)
        if known:
            unknown.append(self.number(known))
        return unknown[0] if len(unknown) == 1 else self._step("sum", *unknown)

    def product(self, left: int, right: int) -> int:
        """The product of two steps."""
        for one, other in ((left, right), (right, left)):
            if self._is_number(one):
                known = self._steps[one][1]
                if known in {0, 1}:
                    return other if known else one
                if self._is_number(other):
                    return self.number(known * self._steps[other][1])
        return self._step("product", left, right)

    def greatest(self, parts: Sequence[int]) -> int:
        """The greatest of steps."""
        distinct = list(dict.fromkeys(parts))
        if all(self._is_number(each) for each in distinct):
            return self.number(max((self._steps[each][1] for each in distinct), default=0))
        return distinct[0] if len(distinct) == 1 else self._step("greatest", *distinct)

    def build(self, whole: int) -> Cost:
        """The cost that ends at a step, without the steps that it does not need."""
        needed = {whole}
        for place in range(whole, -1, -1):
            if place in needed and self._steps[place][0] not in {"number", "variable"}:
                needed.update(self._steps[place][1:])
        order = sorted(needed)
        moved = {old: new for new, old in enumerate(order)}
        return Cost(tuple(self._moved(self._steps[place], moved) for place in order))

    def _moved(self, step: Step, moved: Mapping[int, int]) -> Step:
        if step[0] in {"number", "variable"}:
            return step
        return (step[0], *(moved[each] for each in step[1:]))

    def _is_number(self, place: int) -> bool:
        return bool(self._steps[place][0] == "number")

    def _step(self, *step: Any) -> int:  # noqa: ANN401 - what a step holds
        if step not in self._places:
            self._places[step] = len(self._steps)
            self._steps.append(step)
        return self._places[step]
