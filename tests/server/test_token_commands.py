"""`boxoffice token`: a token of this installation, from nothing, and what it says."""

import io
from pathlib import Path

import pytest

from server.console import CommandError
from server.settings import Settings, load_settings
from server.token_commands import issue, show


@pytest.fixture
def given(tmp_path: Path) -> Settings:
    """Nothing but a folder: the secret is made and kept there."""
    return load_settings(data_folder=tmp_path / "data")


@pytest.fixture(autouse=True)
def _data_folder(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()


async def test_what_is_issued_is_shown_again(
    given: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await issue(given, "ada", "admin", 5)
    token = capsys.readouterr().out
    monkeypatch.setattr("sys.stdin", io.StringIO(token))
    await show(given, "-")

    shown = capsys.readouterr().out
    assert len(token.split()) == 1
    assert "Subject   ada\nRole      admin\n" in shown


async def test_a_token_of_another_installation_is_told_so(
    given: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "other").mkdir()
    await issue(given.model_copy(update={"data_folder": tmp_path / "other"}), "ada", None, 5)

    with pytest.raises(CommandError, match="InvalidSignatureError"):
        await show(given, capsys.readouterr().out.strip())


@pytest.mark.parametrize("subject", ["", "a\nb", "x" * 256])
async def test_nobody_is_called_that(given: Settings, subject: str) -> None:
    with pytest.raises(CommandError, match="1 to 255 printable"):
        await issue(given, subject, None, 5)


async def test_where_only_an_issuer_signs_no_token_is_issued(given: Settings) -> None:
    with pytest.raises(CommandError, match="only the issuer can sign"):
        await issue(given.model_copy(update={"token_jwks_url": "https://issuer.example/jwks.json"}), "ada", None, 5)


async def test_no_token_is_issued_that_would_be_refused(given: Settings) -> None:
    with pytest.raises(CommandError, match="TOKEN_MAX_LIFETIME_SECONDS"):
        await issue(given, "ada", None, 525_600)
