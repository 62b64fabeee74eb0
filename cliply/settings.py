"""Every setting, typed, in one place. Read only where processes are composed."""

import os
import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    Field,
    PositiveInt,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from cliply.domain.links import DOMAINS, Playlists
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
    listen_url: SecretStr | None = None
    """Role `cliply_app` straight to Postgres, where `app_database_url` goes through a pooler."""

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

    link_domains: Annotated[tuple[str, ...], NoDecode] = DOMAINS
    """Sites whose links are taken, with their subdomains; commas between."""
    link_playlists: Playlists = "first"
    """Whether the first video of a playlist is taken, or none."""
    link_networks: Annotated[tuple[str, ...], NoDecode] = ()
    """Private networks that links may lead to after all, without encryption, as in `10.0.0.0/8`."""
    proxy_url: SecretStr | None = None
    """`http://user:password@host:port`, commas between: each try at a link takes the next."""
    cookies_file: Path | None = None
    """Cookies for links, as browsers export them (Netscape format)."""
    js_runtime: Path | None = None
    """Deno, Node or Bun, which YouTube's player code runs in when a link is fetched."""

    concurrent_jobs: PositiveInt = 4
    """Jobs of one workspace that are at work at once, unless the workspace has its own number."""
    queued_jobs: PositiveInt = 100
    """Jobs of one workspace that may wait; one more is refused until some have begun."""
    keep_sources_days: PositiveInt = 7
    """How long sources and analysis are kept after the last job of them has ended."""
    keep_runs_days: PositiveInt = 90
    """How long runs, steps and events of ended jobs are kept."""

    dagster_port: PositiveInt = 3070
    execution: Literal["local", "celery", "kubernetes"] = "local"
    """Where steps run: beside the service, on workers (`cliply worker`), or in pods."""
    celery_broker_url: SecretStr | None = None
    """Redis that wakes workers: `redis://:password@host:6379/0` or `rediss://…`."""
    concurrent_runs: PositiveInt = 4
    """Runs that are at work at once, of all workspaces together."""

    environment: Literal["development", "production"] = "development"
    """`production` refuses to start with a setting that is only good for trying out."""
    api_host: str = "127.0.0.1"
    api_port: PositiveInt = 8070
    api_workers: PositiveInt = 1
    """Processes of the API."""
    public_url: str | None = None
    """Where people reach the API, as in `https://clips.example.com`; unset is host and port."""
    jwt_keys: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    """`kid:secret` pairs, commas between: the first signs access tokens, all are accepted.
    Unset generates one in the home."""
    secret_key: SecretStr | None = None
    """Signs upload and download links and encrypts webhook secrets; 32 characters at least.
    Unset generates one in the home."""
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    """Web origins that may call the API from a browser."""
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    """Addresses or networks whose `X-Forwarded-For` is believed."""
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    """Host names that the API answers to; unset is all."""
    max_body_bytes: PositiveInt = 1_000_000
    """Of a JSON request; uploads have limits of their own."""
    max_upload_bytes: PositiveInt = 2 * 1024**3
    registration: Literal["open", "invited"] = "open"
    """Whether anybody may make an account, or only those who were invited."""
    rate_limits: Literal["postgres", "redis", "off"] = "postgres"
    """Where requests are counted; `off` is for benchmarks and refused in production."""
    requests_per_minute: PositiveInt = 100
    """Of one user or API token."""
    streams_per_process: int = Field(default=2000, ge=1, le=10_000)
    """Jobs that are watched live at once, in one process of the API."""
    streams_per_user: int = Field(default=50, ge=1, le=10_000)
    """Those of one user or API token among them."""
    redis_url: SecretStr | None = None
    mail: Literal["console", "smtp"] = "console"
    """`console` prints mails instead of sending them; refused in production."""
    mail_from: str = "Cliply <cliply@localhost>"
    smtp_host: str | None = None
    smtp_port: PositiveInt = 587
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    webhook_networks: Annotated[tuple[str, ...], NoDecode] = ()
    """Private networks that webhooks may be sent to after all, as in `10.0.0.0/8`."""
    log_format: Literal["auto", "json", "text"] = "auto"
    """Of the API's log; `auto` is text on a terminal and JSON elsewhere."""
    otlp_endpoint: str | None = None
    """An OpenTelemetry collector, as in `http://127.0.0.1:4318`; without it no spans are sent."""
    metrics_token: SecretStr | None = None
    """What Prometheus sends as its bearer token to read `/metrics`; unset, only this machine
    reads it, and in production nobody."""
    operator_tokens: Annotated[tuple[str, ...], NoDecode] = ()
    """Digests of operators' tokens, as `cliply operator-token` prints them; commas between."""
    prometheus_multiproc_dir: Path | None = None
    """Where the processes of the API add their metrics up; `cliply api` sets it."""

    @field_validator("transcribers", mode="before")
    @classmethod
    def _read_order(cls, names: object) -> object:
        return order_of(names) if isinstance(names, str) else names

    @field_validator(
        "jwt_keys", "cors_origins", "trusted_proxies", "allowed_hosts", "webhook_networks",
        "operator_tokens",
        "link_domains", "link_networks", mode="before",
    )  # fmt: skip
    @classmethod
    def _read_list(cls, names: object) -> object:
        if not isinstance(names, str):
            return names
        return tuple(name.strip() for name in names.split(",") if name.strip())

    @field_validator("operator_tokens")
    @classmethod
    def _check_digests(cls, digests: tuple[str, ...]) -> tuple[str, ...]:
        if not all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in digests):
            raise ValueError("give digests as `cliply operator-token` prints them, not tokens")
        return digests

    @field_validator("llm_providers", mode="before")
    @classmethod
    def _read_rankers(cls, names: object) -> object:
        return rankers_of(names) if isinstance(names, str) else names

    @field_validator("trusted_proxies", "webhook_networks", "link_networks")
    @classmethod
    def _check_networks(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            ip_network(name, strict=False)
        return names

    @model_validator(mode="after")
    def _check_redis(self) -> Self:
        if self.rate_limits == "redis" and self.redis_url is None:
            raise ValueError("RATE_LIMITS=redis needs REDIS_URL, as in redis://127.0.0.1:6379")
        return self

    @model_validator(mode="after")
    def _check_execution(self) -> Self:
        if self.execution == "celery" and self.celery_broker_url is None:
            raise ValueError(
                "EXECUTION=celery needs CELERY_BROKER_URL, as in redis://127.0.0.1:6379/0"
            )
        return self

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


LEAST_SECRET_BYTES = 32
"""As long as the digest that the keys are used with."""


def check_production(settings: Settings) -> None:
    """Raises SettingsError that names every setting which is only good for trying out."""
    if settings.environment != "production":
        return
    faults = [*_secret_faults(settings), *_outside_faults(settings)]
    if faults:
        raise SettingsError(
            f"ENVIRONMENT=production does not start like this: {'; '.join(faults)}. "
            "docs/how-to/run-the-api.md tells more."
        )


def _secret_faults(settings: Settings) -> list[str]:
    faults = []
    if not settings.jwt_keys:
        faults.append("set JWT_KEYS, as in 2026-11:<32 random characters>")
    for key in settings.jwt_keys:
        kid, _, secret = key.get_secret_value().partition(":")
        if len(secret.encode()) < LEAST_SECRET_BYTES:
            faults.append(f"the secret of the key {kid[:20]!r} in JWT_KEYS needs 32 characters")
    if settings.secret_key is None:
        faults.append("set SECRET_KEY to 32 random characters")
    elif len(settings.secret_key.get_secret_value().encode()) < LEAST_SECRET_BYTES:
        faults.append("SECRET_KEY needs 32 characters")
    if settings.metrics_token and len(settings.metrics_token.get_secret_value()) < 16:
        faults.append("METRICS_TOKEN needs 16 characters")
    return faults


def _outside_faults(settings: Settings) -> list[str]:
    """What is wrong with how the installation meets the world."""
    faults = []
    if settings.rate_limits == "off":
        faults.append("set RATE_LIMITS to postgres or redis")
    if settings.mail == "console":
        faults.append("set MAIL=smtp with SMTP_HOST, or nobody gets a mail")
    elif settings.smtp_host is None:
        faults.append("set SMTP_HOST")
    if settings.public_url is None or urlsplit(settings.public_url).scheme != "https":
        faults.append("set PUBLIC_URL to the https:// address that people use")
    if "*" in settings.cors_origins:
        faults.append("name the web origins in CORS_ORIGINS instead of *")
    if not settings.allowed_hosts or "*" in settings.allowed_hosts:
        faults.append("name the hosts that the API answers to in ALLOWED_HOSTS")
    return faults
