"""What a deployment shows is set by a kind and a key, which agree, or the server does not start."""

import uuid

import pytest

from db.deployment import Part, Within
from domain.ids import encode_global_id
from server.settings import Settings, SettingsError, load_settings, public_values

KEY = uuid.UUID("0198c0de-0000-7000-8000-000000000001")
OTHER = uuid.UUID("0198c0de-0000-7000-8000-000000000002")


@pytest.fixture(autouse=True)
def _no_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path_factory.mktemp("empty"))


def load(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return load_settings()


@pytest.mark.parametrize(
    ("environment", "within"),
    [
        ({}, None),
        ({"FILTER_TO": "all"}, None),
        ({"FILTER_TO": "function", "FUNCTION_ID": str(KEY)}, Within(Part.FUNCTION, KEY)),
        ({"FILTER_TO": "function", "FUNCTION_ID": encode_global_id("Function", KEY)}, Within(Part.FUNCTION, KEY)),
        ({"FILTER_TO": "organisation", "ORGANISATION_ID": str(KEY)}, Within(Part.ORGANISATION, KEY)),
        ({"FILTER_TO": "organization", "ORGANIZATION_ID": str(KEY)}, Within(Part.ORGANISATION, KEY)),
        (
            {"FILTER_TO": "organization", "ORGANIZATION_ID": str(KEY), "ORGANISATION_ID": str(KEY)},
            Within(Part.ORGANISATION, KEY),
        ),
    ],
)
def test_both_spellings_and_both_forms_of_a_key_are_read(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], within: Within | None
) -> None:
    assert load(monkeypatch, environment).within == within


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"FILTER_TO": "function"}, "FILTER_TO is function, and FUNCTION_ID does not say which"),
        ({"FILTER_TO": "organization"}, "FILTER_TO is organisation, and ORGANISATION_ID does not say which"),
        ({"FUNCTION_ID": str(KEY)}, "FUNCTION_ID is set, and FILTER_TO is not function"),
        (
            {"FILTER_TO": "all", "ORGANIZATION_ID": str(KEY)},
            "ORGANISATION_ID is set, and FILTER_TO is not organisation",
        ),
        (
            {"FILTER_TO": "function", "FUNCTION_ID": str(KEY), "ORGANISATION_ID": str(KEY)},
            "ORGANISATION_ID is set, and FILTER_TO is not organisation",
        ),
        (
            {"FILTER_TO": "organisation", "ORGANISATION_ID": str(KEY), "ORGANIZATION_ID": str(OTHER)},
            "ORGANISATION_ID and ORGANIZATION_ID name different organisations",
        ),
        ({"FILTER_TO": "functions"}, "FILTER_TO: Input should be 'all', 'function' or 'organisation'"),
        ({"FILTER_TO": "function", "FUNCTION_ID": "camp"}, "FUNCTION_ID: expected a key such as"),
        (
            {"FILTER_TO": "function", "FUNCTION_ID": encode_global_id("Event", KEY)},
            "FUNCTION_ID: is the id of a thing of type Event",
        ),
    ],
)
def test_what_contradicts_itself_or_is_missing_is_refused(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], message: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        load(monkeypatch, environment)

    assert refused.value.faults[0].startswith(message)


def test_what_is_shown_is_among_the_settings_that_may_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = public_values(load(monkeypatch, {"FILTER_TO": "function", "FUNCTION_ID": str(KEY)}))

    assert (shown["filter_to"], shown["function_id"], shown["organisation_id"]) == ("function", str(KEY), None)
