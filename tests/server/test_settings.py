"""Settings: everything wrong is told at once, before anything starts."""

import pytest

from server.settings import Settings, SettingsError, load_settings, public_values

KEY = "k" * 32
URL = "https://issuer.example/jwks.json"
JWKS = {"TOKEN_JWKS_URL": URL, "TOKEN_ISSUER": "https://issuer.example", "TOKEN_AUDIENCE": "tickets"}


@pytest.fixture(autouse=True)
def _no_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Neither the developer's environment nor a `.env` here has a say."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path_factory.mktemp("empty"))


def faults(**environment: str) -> list[str]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        with pytest.raises(SettingsError) as refused:
            load_settings()
    return refused.value.faults


def test_nothing_has_to_be_set() -> None:
    settings = load_settings()

    assert settings.database_url is None
    assert settings.port == 8000


def test_what_is_given_goes_before_the_environment_and_that_before_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("with-file")
    (folder / ".env").write_text("PORT=1111\nHOST=file.example\nLOG_LEVEL=error\n")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PORT", "2222")
    monkeypatch.setenv("HOST", "environment.example")

    settings = load_settings(port=3333)

    assert (settings.port, settings.host, settings.log_level) == (3333, "environment.example", "error")


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")

    assert load_settings().database_url is None


def test_every_fault_is_told_at_once_with_the_contradictions_among_the_rest() -> None:
    found = faults(
        PORT="eighty",
        LOG_LEVEL="loud",
        DATABASE_URL="postgresql://u@localhost/boxoffice",
        HTTP_MAX_URL_BYTES="9000",
        HTTP_MAX_HEAD_BYTES="8000",
    )

    assert len(found) == 4
    assert found[0].startswith("LOG_LEVEL: Input should be 'debug', 'info'")
    assert found[1] == ("PORT: Input should be a valid integer, unable to parse string as an integer (it is 'eighty')")
    assert found[2].startswith("HTTP_MAX_URL_BYTES is above HTTP_MAX_HEAD_BYTES")
    assert found[3].startswith("SECRET_KEY is missing")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("DATABASE_URL", "mysql://root:hunter2@db/x", "scheme 'mysql' is not PostgreSQL's"),
        ("DATABASE_URL", "hunter2", "not a URL"),
        ("DATABASE_URL", "postgresql://u:hunter2@db", "names no database"),
        ("REDIS_URL", "http://:hunter2@cache", "expected redis://"),
        ("SECRET_KEY", "hunter2", "at least 32 characters"),
        ("WEBHOOK_SOURCES", "cron=hunter2", "expected a JSON object"),
        ("WEBHOOK_SOURCES", '{"cron": {"form": "standard", "secrets": ["hunter2"]}}', "secret 1 of 'cron'"),
    ],
)
def test_a_secret_that_is_wrong_is_refused_without_being_shown(name: str, value: str, message: str) -> None:
    (fault,) = faults(**{name: value, "SECRET_KEY": value if name == "SECRET_KEY" else KEY})

    assert fault.startswith(f"{name}: ")
    assert message in fault
    assert "hunter2" not in fault


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"DATABASE_URL": "postgresql://u@db/x"}, "SECRET_KEY is missing"),
        ({"DATABASE_TIMEOUT_SECONDS": "20"}, "DATABASE_TIMEOUT_SECONDS is above REQUEST_TIMEOUT_SECONDS"),
        ({"HTTP_MAX_URL_BYTES": "40000"}, "HTTP_MAX_URL_BYTES is above HTTP_MAX_HEAD_BYTES"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(environment: dict[str, str], message: str) -> None:
    (fault,) = faults(**environment)

    assert fault.startswith(message)


def test_what_may_be_shown_says_only_whether_a_secret_is_set() -> None:
    settings = load_settings(database_url="postgresql://u:hunter2@db/x", secret_key=KEY)

    shown = public_values(settings)

    assert shown["database_url"] is True
    assert shown["redis_url"] is False
    assert shown["secret_key"] is True
    assert shown["port"] == 8000
    assert "hunter2" not in repr(settings)


def test_every_setting_says_what_it_is_for_and_belongs_to_a_group() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert isinstance(field.json_schema_extra, dict), name
        assert field.json_schema_extra["group"], name


def test_the_limits_of_http_are_the_settings_ones() -> None:
    settings = load_settings(http_max_body_bytes=4096, http_max_json_depth=10)

    assert settings.http_limits.max_body_bytes == 4096
    assert settings.http_limits.max_json_depth == 10


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"TOKEN_SECRET": "hunter2"}, "TOKEN_SECRET: needs at least 32 characters"),
        ({"TOKEN_SECRET": KEY, "SECRET_KEY": KEY}, "TOKEN_SECRET is the same as SECRET_KEY"),
        (
            {"TOKEN_ROLE_CLAIMS": "user_metadata.role"},
            "TOKEN_ROLE_CLAIMS: user_metadata is written by users themselves",
        ),
        ({"TOKEN_ROLE_CLAIMS": "role,,a..b"}, "TOKEN_ROLE_CLAIMS: expected claims"),
        ({"TOKEN_ROLE_CLAIMS": " , "}, "TOKEN_ROLE_CLAIMS: expected claims"),
        ({"TOKEN_JWKS_ALGORITHMS": "RS256,HS256", **JWKS}, "TOKEN_JWKS_ALGORITHMS: expected some of RS256"),
        ({"TOKEN_JWKS_ALGORITHMS": "none", **JWKS}, "TOKEN_JWKS_ALGORITHMS: expected some of RS256"),
        ({"TOKEN_JWKS_ALGORITHMS": ",", **JWKS}, "TOKEN_JWKS_ALGORITHMS: expected some of RS256"),
        *(
            ({**JWKS, "TOKEN_JWKS_URL": url}, "TOKEN_JWKS_URL: expected")
            for url in (
                "http://issuer.example/jwks.json",
                "http://127.0.0.1.issuer.example/jwks.json",
                "http://localhost/jwks.json",
                "file:///etc/jwks.json",
                "https://",
                "issuer.example/jwks.json",
                "https://user:hunter2@issuer.example/jwks.json",
            )
        ),
        ({"TOKEN_JWKS_URL": URL, "TOKEN_AUDIENCE": "a"}, "TOKEN_ISSUER is missing"),
        ({"TOKEN_JWKS_URL": URL, "TOKEN_ISSUER": "i"}, "TOKEN_AUDIENCE is missing"),
        (
            {"TOKEN_ADMIN_VALUES": "root,boss", "TOKEN_ANONYMOUS_VALUES": "boss"},
            "TOKEN_ADMIN_VALUES and TOKEN_ANONYMOUS_VALUES share a value",
        ),
    ],
)
def test_settings_of_tokens_that_cannot_be_meant_are_refused(environment: dict[str, str], message: str) -> None:
    (fault,) = faults(**environment)

    assert fault.startswith(message)
    assert "hunter2" not in fault


@pytest.mark.parametrize("url", [URL, "http://127.0.0.1:9999/jwks.json", "http://[::1]/jwks.json"])
def test_published_keys_come_by_https_or_from_this_machine(url: str) -> None:
    assert load_settings(token_jwks_url=url, token_issuer="i", token_audience="a").token_jwks_url == url


def test_everything_wrong_with_tokens_is_told_at_once() -> None:
    found = faults(
        TOKEN_SECRET=KEY,
        SECRET_KEY=KEY,
        TOKEN_JWKS_URL=URL,
        TOKEN_ADMIN_VALUES="x",
        TOKEN_ANONYMOUS_VALUES="x",
        TOKEN_ROLE_CLAIMS="user_metadata.role",
    )

    assert {fault.split()[0].rstrip(":") for fault in found} == {
        "TOKEN_ROLE_CLAIMS",
        "TOKEN_ISSUER",
        "TOKEN_AUDIENCE",
        "TOKEN_SECRET",
        "TOKEN_ADMIN_VALUES",
    }


STRIPE = '{"stripe": {"form": "stripe", "secrets": ["whsec_as_the_dashboard_shows_it"]}}'


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"STRIPE_SECRET_KEY": "sk_live_0123456789"}, "WEBHOOK_SOURCES has no source `stripe`"),
        ({"WEBHOOK_SOURCES": STRIPE}, "STRIPE_SECRET_KEY is missing"),
        (
            {"STRIPE_SECRET_KEY": "rk_live_0123456789", "WEBHOOK_SOURCES": STRIPE, "TRIAL_PAYMENTS": "true"},
            "TRIAL_PAYMENTS is on beside a live",
        ),
        ({"WEBHOOK_SOURCES": STRIPE.replace('{"stripe"', '{"trial"')}, "has a source `trial`"),
        ({"PAYMENT_TIMEOUT_SECONDS": "20"}, "PAYMENT_TIMEOUT_SECONDS is above"),
        ({"STRIPE_SECRET_KEY": "pk_test_hunter2hunter2"}, "expected a secret key"),
        ({"STRIPE_API_URL": "http://example.org"}, "expected https://"),
    ],
)
def test_payments_are_set_up_whole_or_not_at_all(given: dict[str, str], message: str) -> None:
    (fault,) = faults(**given)

    assert message in fault
    assert "hunter2" not in fault
