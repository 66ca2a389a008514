"""Places for those who stay: so many, and all told to leave at the end."""

from contextlib import ExitStack

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


def test_one_address_may_take_some_and_not_all() -> None:
    places = Places(10, most_of_one=2)
    crowd = "2001:db8::1", "2001:db8::2", "2001:db8::3"

    with ExitStack() as stack:
        for address in crowd[:2]:
            stack.enter_context(places.take(lambda: None, address))
        with pytest.raises(Refused) as refused:
            stack.enter_context(places.take(lambda: None, crowd[2]))
        stack.enter_context(places.take(lambda: None, "192.0.2.7"))
        assert places.taken == 3
    with places.take(lambda: None, crowd[2]):
        assert places.taken == 1

    assert (refused.value.status, refused.value.code) == (429, "TOO_MANY_CONNECTIONS")
    assert not places._of_address, "nothing is remembered of those who have left"


def test_at_the_end_everyone_is_told_to_leave_and_nobody_is_let_in() -> None:
    places = Places(3)
    left: list[str] = []

    with places.take(lambda: left.append("first")), places.take(lambda: left.append("second")):
        places.close()
        with pytest.raises(Refused), places.take(lambda: left.append("late")):
            pass

    assert sorted(left) == ["first", "second"]
