"""Every setting, typed, in one place. Read only where processes are composed."""

import os
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    Field,
    PositiveInt,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from cliply.domain.rankers import STANDARD_ORDER as RANKERS
from cliply.domain.rankers import RankerName
from cliply.domain.rankers import order_of as rankers_of
from cliply.domain.transcribers import STANDARD_ORDER, TranscriberName, order_of
from cliply.errors import SettingsError

PROJECT = Path(__file__).resolve().parent.parent


def default_home() -> Path:
    """`.cliply` beside the code in a checkout, `~/.cliply` for an installed package."""
    if (PROJECT / "pyproject.toml").exists():
        return PROJECT / ".cliply"
    return Path.home() / ".cliply"


class Settings(BaseSettings):
    """One installation. Variables are upper-case field names; see `.env.example`."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    cliply_home: Path = Field(default_factory=default_home)
    """Folder of the database, objects, Dagster's instance and caches."""

    database_url: SecretStr | None = None
    """Owner role, for migrations and Dagster; unset starts the embedded Postgres."""
    app_database_url: SecretStr | None = None
    """Role `cliply_app`, under row security."""
    system_database_url: SecretStr | None = None
    """Role `cliply_system`, which sees every workspace."""

    storage_url: str | None = None
    """`file:///…`, `s3://bucket/prefix`, `gs://…` or `az://…`; unset is a folder in the home."""
    aws_endpoint_url: str | None = None
    aws_region: str = "us-east-1"
    aws_access_key_id: SecretStr | None = None
    aws_secret_access_key: SecretStr | None = None

    ffmpeg_binary: Path | None = None
    """Another FFmpeg than the packaged one; it needs libass, libx264 and alimiter."""
    render_workers: PositiveInt = Field(default_factory=lambda: len(os.sched_getaffinity(0)))
    """Clips rendered at once; one core each."""

    transcribers: Annotated[tuple[TranscriberName, ...], NoDecode] = STANDARD_ORDER
    """Who is asked for the words of a source, in this order; commas between the names."""
    whisperx_model: str = "large-v3"
    """Weights of the accurate tier: `large-v3`, `large-v2`, or a folder with a converted model."""
    whisper_model: str = "small"
    """A folder with a converted model, or a model name to look up."""
    models_dir: Path | None = None
    """Folder of model weights; unset is `models` in the home."""
    model_hub: Literal["auto", "never"] = "auto"
    """Whether `cliply models fetch` may ask the model hub; a job never does."""
    hf_endpoint: str = "https://huggingface.co"
    """The model hub, or a mirror of it."""
    hf_token: SecretStr | None = None
    """For models whose terms have to be accepted on the hub, such as that for diarization."""
    embedding_model: str | None = None
    """Folder or name of an open_clip model, or `none`; unset takes clip-vit-l-14, clip-vit-b-32."""
    face_model: str | None = None
    """A face detector: path of an ONNX or PyTorch file, or the name of a model; unset uses the
    packaged one."""
    face_recogniser: Path | None = None
    """An SFace ONNX file that tells persons apart; unset goes by their colours."""

    scan_mode: Literal["exact", "fast"] = "exact"
    """`fast` leaves out frames that no other depends on and looks again at doubtful cuts."""
    scan_cuts: Literal["content", "adaptive", "both"] = "content"
    """Who decides where a shot ends; `adaptive` suits old film and shaking cameras."""

    deepgram_api_key: SecretStr | None = None
    """For speech recognition by Deepgram, which gets the sound; without it it is not asked."""
    deepgram_model: str = "nova-3"
    deepgram_url: str = "https://api.deepgram.com"

    llm_providers: Annotated[tuple[RankerName, ...], NoDecode] = RANKERS
    """Who is asked to rank moments, in this order, those with a key; `none` for nobody."""
    cerebras_api_key: SecretStr | None = None
    cerebras_model: str = "gpt-oss-120b"
    cerebras_url: str = "https://api.cerebras.ai/v1"
    groq_api_key: SecretStr | None = None
    groq_model: str = "openai/gpt-oss-120b"
    groq_url: str = "https://api.groq.com/openai/v1"
    together_api_key: SecretStr | None = None
    together_model: str = "openai/gpt-oss-120b"
    together_url: str = "https://api.together.ai/v1"
    llm_url: str | None = None
    """Of any other server with the OpenAI wire (`custom`), up to and with `/v1`."""
    llm_model: str | None = None
    llm_api_key: SecretStr | None = None
    """For the server at `llm_url`, if it wants one."""
    llm_output: Literal["auto", "tool", "json"] = "auto"
    """How models answer; `auto` is `json` for `custom` and a tool call for the others."""
    llm_timeout_s: float = Field(default=20.0, gt=0, le=50)
    """How long one of them may take before the next is asked."""

    pexels_api_key: SecretStr | None = None
    """For free footage; without it none is searched."""
    pexels_url: str = "https://api.pexels.com"

    dagster_port: PositiveInt = 3070

    @field_validator("transcribers", mode="before")
    @classmethod
    def _read_order(cls, names: object) -> object:
        return order_of(names) if isinstance(names, str) else names

    @field_validator("llm_providers", mode="before")
    @classmethod
    def _read_rankers(cls, names: object) -> object:
        return rankers_of(names) if isinstance(names, str) else names

    @model_validator(mode="after")
    def _check_database(self) -> Self:
        urls = (self.database_url, self.app_database_url, self.system_database_url)
        if any(urls) and not all(urls):
            raise ValueError(
                "DATABASE_URL, APP_DATABASE_URL and SYSTEM_DATABASE_URL go together: "
                "set all three for an external Postgres, none for the embedded one"
            )
        return self

    @property
    def resolved_models_dir(self) -> Path:
        return self.models_dir or self.cliply_home / "models"

    @property
    def resolved_storage_url(self) -> str:
        return self.storage_url or (self.cliply_home / "objects").resolve().as_uri()


def load_settings() -> Settings:
    """Settings from the environment and `.env`; raises SettingsError naming the variable."""
    try:
        return Settings()
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc']).upper() or 'settings'}: {fault['msg']}"
            for fault in error.errors()
        )
        raise SettingsError(f"Mend the settings and start again. {faults}") from None
