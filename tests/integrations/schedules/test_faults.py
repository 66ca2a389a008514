import pytest

from integrations.schedules.faults import Faults, shown
from integrations.schedules.model import BrokenSchedule, Fault


def test_nothing_is_refused_without_a_fault() -> None:
    Faults("a.xml").settle()


def test_all_faults_are_told_at_once() -> None:
    faults = Faults("a.xml")
    faults.add("line 3, <title>", "is empty")
    faults.add("line 9, <start>", "is no time")

    with pytest.raises(BrokenSchedule) as refusal:
        faults.settle()

    assert refusal.value.faults == (Fault("line 3, <title>", "is empty"), Fault("line 9, <start>", "is no time"))
    assert str(refusal.value).splitlines() == [
        "a.xml: 2 faults; nothing of it was taken",
        "  line 3, <title>: is empty",
        "  line 9, <start>: is no time",
    ]


def test_faults_beyond_a_hundred_are_only_counted() -> None:
    faults = Faults("a.xml")
    for line in range(1, 131):
        faults.add(f"line {line}", "is wrong")

    with pytest.raises(BrokenSchedule) as refusal:
        faults.settle()

    assert len(refusal.value.faults) == 100
    assert str(refusal.value).startswith("a.xml: 130 faults;")
    assert str(refusal.value).endswith("… and 30 more")


def test_an_attempt_that_fails_is_a_fault_at_its_place() -> None:
    faults = Faults("a.xml")

    assert faults.attempt("line 1", int, "7") == 7
    assert faults.attempt("line 2", int, "") is None
    assert faults.attempt("line 3", int, "seven") is None
    assert faults.fatal("line 4", "ends here").faults[0].where == "line 3"


def test_a_text_of_the_file_is_shown_short_and_without_control_characters() -> None:
    assert shown("a\x1b[2Jb") == r"'a\x1b[2Jb'"
    assert len(shown("x" * 1000)) == 62
