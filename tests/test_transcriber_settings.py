from pathlib import Path

import pytest

from cliply.domain.transcribers import STANDARD_ORDER
from cliply.errors import SettingsError
from cliply.installation import engines_of
from cliply.settings import Settings, load_settings


def test_unless_told_otherwise_all_are_asked_and_nothing_leaves_this_machine() -> None:
    engines = engines_of(Settings(_env_file=None))
    assert engines.order == STANDARD_ORDER
    assert engines.deepgram_key is None


def test_the_order_is_read_from_names_between_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRANSCRIBERS", " deepgram, Sidecar ,pocketsphinx")
    assert engines_of(load_settings()).order == ("deepgram", "sidecar", "pocketsphinx")


@pytest.mark.parametrize("names", ["whisper,sidecar", "sidecar,sidecar", ""])
def test_a_wrong_order_stops_the_start_and_names_what_exists(
    names: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRANSCRIBERS", names)
    with pytest.raises(SettingsError, match=r"TRANSCRIBERS: .*choose from sidecar, embedded"):
        load_settings()


def test_every_setting_of_the_engines_reaches_them(tmp_path: Path) -> None:
    settings = Settings(
        _env_file=None,
        models_dir=tmp_path,
        render_workers=3,
        transcribers="deepgram",
        whisper_model="base",
        whisperx_model="large-v2",
        deepgram_api_key="secret",
        deepgram_model="nova-2",
        deepgram_url="http://localhost:1",
    )
    engines = engines_of(settings)
    assert (engines.models_dir, engines.workers, engines.order) == (tmp_path, 3, ("deepgram",))
    assert (engines.whisper_model, engines.whisperx_model) == ("base", "large-v2")
    assert (engines.deepgram_model, engines.deepgram_url) == ("nova-2", "http://localhost:1")
    assert engines.deepgram_key == settings.deepgram_api_key
    assert "secret" not in repr(engines)
