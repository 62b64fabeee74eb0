"""Every setting, typed, in one place. Read only where processes are composed."""

import os
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, PositiveInt, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

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

    whisper_model: str = "small"
    """A folder with a converted model, or a model name to look up."""
    models_dir: Path | None = None
    """Folder of model weights; unset is `models` in the home."""
    model_hub: Literal["auto", "never"] = "auto"
    """Whether missing weights may be fetched from the model hub."""
    face_model: Path | None = None
    """An ONNX face detector (YuNet); unset uses the packaged HOG detector."""

    pexels_api_key: SecretStr | None = None
    """For free footage; without it none is searched."""
    pexels_url: str = "https://api.pexels.com"

    dagster_port: PositiveInt = 3070

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
