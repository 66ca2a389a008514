"""Places for those who stay: so many, and all told to leave at the end."""

import pytest

from server.http.refusals import Refused
from server.places import Places


def test_there_are_so_many_and_one_that_is_left_is_free_again() -> None:
    places = Places(1)

    with places.take(lambda: None), pytest.raises(Refused) as refused, places.take(lambda: None):
        pass
    with places.take(lambda: None):
        assert places.taken == 1

    assert refused.value.status == 503
    assert places.taken == 0


def test_at_the_end_everyone_is_told_to_leave_and_nobody_is_let_in() -> None:
    places = Places(3)
    left: list[str] = []

    with places.take(lambda: left.append("first")), places.take(lambda: left.append("second")):
        places.close()
        with pytest.raises(Refused), places.take(lambda: left.append("late")):
            pass

    assert sorted(left) == ["first", "second"]
