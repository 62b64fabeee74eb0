from pathlib import Path

import pytest

from cliply.errors import CliplyError, ErrorCode
from cliply.models.catalogue import Model, ModelPurpose, whisper
from cliply.models.fetching import Hub, fetch_model, require_model
from cliply.models.manifest import read_manifest, sha256_of
from cliply.models.store import locate
from cliply.models.verification import verify_models
from tests.models.hub import COMMIT, HubState, serve_hub

TINY = whisper("tiny", 1, "someone/tiny", "tests")
SPEAKERS = Model(
    name="speakers",
    purpose=ModelPurpose.diarization,
    use="tests",
    licence="none",
    size_bytes=1,
    needs=("config.yaml", "inner/weights.safetensors|inner/weights.bin"),
    repo="someone/speakers",
    is_gated=True,
)
BROUGHT = Model(
    name="noise",
    purpose=ModelPurpose.noise,
    use="tests",
    licence="none",
    size_bytes=1,
    needs=("*.rnnn",),
    origin="a page",
    is_file=True,
)


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What the hub's library would keep in the home, and pieces of 4 kB instead of 10 MB."""
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 4096)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return put(
        tmp_path / "tiny-repo",
        {"model.bin": b"w" * 50_000, "config.json": b"{}", "tokenizer.json": b"[]"}
        | {"vocabulary.txt": b"a", "README.md": b"read me"},
    )


@pytest.fixture
def speakers(tmp_path: Path) -> Path:
    files = {"config.yaml": b"a: 1", "inner/weights.bin": b"x", "inner/weights.safetensors": b"y"}
    return put(tmp_path / "speakers-repo", files)


def put(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def hub_at(state: HubState, *, is_allowed: bool = True, token: str | None = None) -> Hub:
    return Hub(state.address, is_allowed, token)


def code_of(model: Model, folder: Path, hub: Hub) -> tuple[ErrorCode, str]:
    with pytest.raises(CliplyError) as caught:
        fetch_model(model, folder, hub)
    return caught.value.code, caught.value.message


def test_a_model_is_fetched_without_what_nobody_needs_and_recorded(
    tiny: Path, tmp_path: Path
) -> None:
    with serve_hub(tiny=tiny) as state:
        place = fetch_model(TINY, tmp_path / "models", hub_at(state))
    assert place == tmp_path / "models" / "tiny"
    assert (place / "model.bin").read_bytes() == (tiny / "model.bin").read_bytes()
    assert not (place / "README.md").exists()
    entry = read_manifest(tmp_path / "models").models["tiny"]
    assert (entry.path, entry.repo, entry.revision) == ("tiny", "someone/tiny", COMMIT)
    assert entry.files["model.bin"].sha256 == sha256_of(tiny / "model.bin")
    assert sorted(entry.files) == ["config.json", "model.bin", "tokenizer.json", "vocabulary.txt"]


def test_of_two_formats_the_first_is_fetched(speakers: Path, tmp_path: Path) -> None:
    with serve_hub(speakers=speakers) as state:
        place = fetch_model(SPEAKERS, tmp_path / "models", hub_at(state))
    assert (place / "inner" / "weights.safetensors").exists()
    assert not (place / "inner" / "weights.bin").exists()


def test_a_model_that_is_there_is_not_asked_for_again(tiny: Path, tmp_path: Path) -> None:
    with serve_hub(tiny=tiny) as state:
        fetch_model(TINY, tmp_path / "models", hub_at(state))
        asked = len(state.requests)
        fetch_model(TINY, tmp_path / "models", hub_at(state))
        assert len(state.requests) == asked


def test_a_download_that_broke_off_goes_on_where_it_stopped(tiny: Path, tmp_path: Path) -> None:
    with serve_hub(tiny=tiny) as state:
        state.breaks_after = 20_000
        code, _ = code_of(TINY, tmp_path / "models", hub_at(state))
        assert code is ErrorCode.hub_unavailable
        assert locate(TINY, tmp_path / "models") is None
        fetch_model(TINY, tmp_path / "models", hub_at(state))
        ranges = [wanted for verb, _, wanted in state.requests if verb == "GET" and wanted]
    assert ranges == ["bytes=16384-"]
    assert verify_models(tmp_path / "models").faults == ()


def test_a_file_that_arrives_damaged_is_told_and_not_recorded(tiny: Path, tmp_path: Path) -> None:
    with serve_hub(tiny=tiny) as state:
        state.damages = "model.bin"
        code, message = code_of(TINY, tmp_path / "models", hub_at(state))
    assert code is ErrorCode.model_changed
    assert "model.bin of tiny was damaged" in message
    assert read_manifest(tmp_path / "models").models == {}


def test_a_gated_model_says_where_to_accept_its_terms(speakers: Path, tmp_path: Path) -> None:
    with serve_hub(speakers=speakers) as state:
        state.gated["someone/speakers"] = "hf_secret"
        code, message = code_of(SPEAKERS, tmp_path / "models", hub_at(state))
        assert code is ErrorCode.hub_refused
        assert f"{state.address}/someone/speakers" in message
        assert "HF_TOKEN" in message
        place = fetch_model(SPEAKERS, tmp_path / "models", hub_at(state, token="hf_secret"))
    assert place.is_dir()
    assert "hf_secret" not in (tmp_path / "models" / "models.json").read_text()


def test_a_repository_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with serve_hub() as state:
        code, message = code_of(TINY, tmp_path / "models", hub_at(state))
    assert code is ErrorCode.hub_refused
    assert "someone/tiny" in message


def test_a_repository_in_another_format_is_refused_before_anything_is_fetched(
    tmp_path: Path,
) -> None:
    other = put(tmp_path / "other", {"pytorch_model.bin": b"x", "config.json": b"{}"})
    with serve_hub(tiny=other) as state:
        code, message = code_of(TINY, tmp_path / "models", hub_at(state))
        assert state.paths_got() == []
    assert code is ErrorCode.model_unsupported
    assert "model.bin" in message


def test_a_hub_that_is_not_there_or_does_not_answer_is_given_up_within_seconds(
    tmp_path: Path,
) -> None:
    with serve_hub() as state:
        state.is_silent = True
        for endpoint in (state.address, "http://127.0.0.1:9"):
            hub = Hub(endpoint, is_allowed=True, answer_limit_s=0.3)
            code, message = code_of(TINY, tmp_path / "models", hub)
            assert code is ErrorCode.hub_unavailable
            assert "goes on where it stopped" in message


def test_where_the_hub_is_not_allowed_it_is_not_asked(tiny: Path, tmp_path: Path) -> None:
    with serve_hub(tiny=tiny) as state:
        code, message = code_of(TINY, tmp_path / "models", hub_at(state, is_allowed=False))
        assert state.requests == []
    assert code is ErrorCode.hub_not_allowed
    assert str(tmp_path / "models" / "tiny") in message


def test_weights_that_a_person_brought_are_recorded_without_the_hub(tmp_path: Path) -> None:
    hub = Hub("http://127.0.0.1:9", is_allowed=False)
    code, message = code_of(BROUGHT, tmp_path, hub)
    assert code is ErrorCode.model_missing
    assert "*.rnnn from a page" in message
    (tmp_path / "talk.rnnn").write_bytes(b"one")
    assert fetch_model(BROUGHT, tmp_path, hub) == tmp_path / "talk.rnnn"
    assert verify_models(tmp_path).names == ("noise",)
    (tmp_path / "talk.rnnn").write_bytes(b"two")
    assert verify_models(tmp_path).faults[0].code is ErrorCode.model_changed
    fetch_model(BROUGHT, tmp_path, hub)
    assert verify_models(tmp_path).faults == ()


def test_weights_are_found_where_the_hubs_own_programs_keep_them(tmp_path: Path) -> None:
    cached = tmp_path / "cache" / "models--someone--tiny"
    files = dict.fromkeys(("model.bin", "config.json", "tokenizer.json"), b"x")
    folder = put(cached / "snapshots" / COMMIT, files)
    put(cached, {"refs/main": COMMIT.encode()})
    assert locate(TINY, tmp_path / "models") == folder


def test_an_unknown_name_says_how_to_see_the_known_ones() -> None:
    for name in ("no such model", "../../etc", "a/../b"):
        with pytest.raises(CliplyError) as caught:
            require_model(name)
        assert caught.value.code is ErrorCode.model_unknown
