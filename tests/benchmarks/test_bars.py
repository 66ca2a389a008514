from collections.abc import Callable
from types import ModuleType

import pytest


@pytest.mark.parametrize(
    ("value", "bar", "less_is_better", "reached"),
    [(2.0, 2.0, False, True), (1.999, 2.0, False, False), (0.2, 0.2, True, True), (0.201, 0.2, True, False)],
)
def test_a_bar_is_reached_or_not(
    program: Callable[[str], ModuleType], value: float, bar: float, *, less_is_better: bool, reached: bool
) -> None:
    assert program("bars").Bar("", "", value, bar, less_is_better=less_is_better).reached is reached


@pytest.mark.parametrize(
    ("value", "bar", "less_is_better", "found"),
    [(1.999, 2.0, False, "1.99"), (24.99, 25.0, False, "24.9"), (0.2001, 0.2, True, "0.21")],
)
def test_a_figure_is_never_rounded_to_its_bar(
    program: Callable[[str], ModuleType], value: float, bar: float, *, less_is_better: bool, found: str
) -> None:
    assert program("bars").Bar("", "", value, bar, unit="", less_is_better=less_is_better).found == found


def test_a_straight_line_explains_what_grows_evenly_and_nothing_that_grows_faster(
    program: Callable[[str], ModuleType],
) -> None:
    growth = program("growth")

    even = growth.fit(growth.SIZES, [1.0 + 0.01 * rows for rows in growth.SIZES], [])
    square = growth.fit(growth.SIZES, [1.0 + 0.0001 * rows**2 for rows in growth.SIZES], [])

    assert even.at_zero == pytest.approx(1.0)
    assert even.per_row == pytest.approx(0.01)
    assert even.r_squared == pytest.approx(1.0)
    assert square.r_squared < 0.99
