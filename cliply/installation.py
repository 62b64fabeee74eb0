"""The database, storage and transcribers of one installation, as its settings say."""

import atexit
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import SecretStr

from cliply.db.urls import DatabaseUrls
from cliply.domain.rankers import RankerName
from cliply.embedded import EmbeddedPostgres
from cliply.errors import SettingsError
from cliply.search.database import SearchPlace, bucket_options
from cliply.selection.ranking.providers import Provider
from cliply.settings import Settings
from cliply.storage.objects import ObjectStore

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from cliply.identity.mail import MailSender
    from cliply.limits.rules import RateLimiter
    from cliply.links.rules import LinkRules
    from cliply.services.face_models import FaceModels
    from cliply.services.ranking import Panel
    from cliply.speech.engines import Engines


def open_store(settings: Settings) -> ObjectStore:
    """Object storage as the settings say."""
    key, secret = settings.aws_access_key_id, settings.aws_secret_access_key
    return ObjectStore(
        settings.resolved_storage_url,
        endpoint=settings.aws_endpoint_url,
        region=settings.aws_region,
        access_key_id=key.get_secret_value() if key else None,
        secret_access_key=secret.get_secret_value() if secret else None,
    )


def open_search(settings: Settings) -> SearchPlace:
    """Where search tables lie: beside the objects of their workspace."""
    key, secret = settings.aws_access_key_id, settings.aws_secret_access_key
    return SearchPlace(
        settings.resolved_storage_url,
        bucket_options(
            endpoint=settings.aws_endpoint_url,
            region=settings.aws_region,
            access_key_id=key.get_secret_value() if key else None,
            secret_access_key=secret.get_secret_value() if secret else None,
        ),
    )


def link_rules_of(settings: Settings) -> "LinkRules":
    """Which links are taken, and how they are fetched."""
    from cliply.links.rules import LinkRules
    from cliply.outbound.addresses import Reach, read_networks  # an HTTP client takes 0.1 s

    proxies = settings.proxy_url.get_secret_value() if settings.proxy_url else ""
    return LinkRules(
        downloads=settings.cliply_home / "downloads",
        ffmpeg=settings.ffmpeg_binary,
        domains=tuple(domain.lower().strip(".") for domain in settings.link_domains),
        reach=Reach(read_networks(settings.link_networks)),
        playlists=settings.link_playlists,
        max_bytes=settings.max_upload_bytes,
        proxies=tuple(SecretStr(one.strip()) for one in proxies.split(",") if one.strip()),
        cookies=settings.cookies_file,
        js_runtime=settings.js_runtime,
    )


def open_limiter(settings: Settings, system: "Engine") -> "RateLimiter | None":
    """What counts requests for all processes of the API; None when nothing limits them."""
    if settings.rate_limits == "off":
        return None
    if settings.rate_limits == "redis" and settings.redis_url is not None:
        from cliply.limits.redis import RedisLimiter  # its client takes 0.1 s

        return RedisLimiter(settings.redis_url)
    from cliply.limits.postgres import PostgresLimiter

    return PostgresLimiter(system)


def engines_of(settings: Settings) -> "Engines":
    """Who is asked for the words of a source."""
    from cliply.speech.engines import Engines  # 0.8 s, which most commands do without

    return Engines(
        models_dir=settings.resolved_models_dir,
        workers=settings.render_workers,
        order=settings.transcribers,
        whisper_model=settings.whisper_model,
        whisperx_model=settings.whisperx_model,
        deepgram_key=settings.deepgram_api_key,
        deepgram_model=settings.deepgram_model,
        deepgram_url=settings.deepgram_url,
    )


def panel_of(settings: Settings) -> "Panel":
    """Who is asked to rank candidates."""
    from cliply.services.ranking import Panel

    known = {
        RankerName.cerebras: Provider(
            "cerebras", settings.cerebras_url, settings.cerebras_model, settings.cerebras_api_key
        ),
        RankerName.groq: Provider(
            "groq", settings.groq_url, settings.groq_model, settings.groq_api_key
        ),
        RankerName.together: Provider(
            "together",
            settings.together_url,
            settings.together_model,
            settings.together_api_key,
            limit_name="max_tokens",
        ),
        RankerName.custom: Provider(
            "custom",
            settings.llm_url,
            settings.llm_model,
            settings.llm_api_key,
            needs_key=False,
            output="json",
            limit_name="max_tokens",
        ),
    }
    form = settings.llm_output
    chosen = [known[name] for name in settings.llm_providers]
    if form != "auto":
        chosen = [replace(provider, output=form) for provider in chosen]
    return Panel(tuple(chosen), settings.llm_timeout_s)


def face_models_of(settings: Settings) -> "FaceModels":
    """The models that find faces and tell them apart."""
    from cliply.services.face_models import find_face_models

    return find_face_models(
        settings.face_model, settings.face_recogniser, settings.resolved_models_dir
    )


def open_mail(settings: Settings) -> "MailSender":
    """Who sends mails. Raises SettingsError without a mail server."""
    from cliply.identity.mail import ConsoleMail, SmtpMail

    if settings.mail == "console":
        return ConsoleMail()
    if settings.smtp_host is None:
        raise SettingsError("MAIL=smtp needs SMTP_HOST; set it, or MAIL=console prints mails.")
    return SmtpMail(
        settings.smtp_host,
        settings.smtp_port,
        settings.mail_from,
        settings.smtp_user,
        settings.smtp_password,
    )


@contextmanager
def database_urls(settings: Settings) -> Iterator[DatabaseUrls]:
    """The external database, or the embedded one for as long as the body runs."""
    external = _external_urls(settings)
    if external is not None:
        yield external
        return
    with EmbeddedPostgres(settings.cliply_home) as urls:
        yield urls


def connect(settings: Settings) -> DatabaseUrls:
    """The database for as long as this process lives."""
    external = _external_urls(settings)
    if external is not None:
        return external
    server = EmbeddedPostgres(settings.cliply_home)
    atexit.register(server.release)
    return server.acquire()


def _external_urls(settings: Settings) -> DatabaseUrls | None:
    urls = (settings.database_url, settings.app_database_url, settings.system_database_url)
    if urls[0] is None or urls[1] is None or urls[2] is None:
        return None
    return DatabaseUrls.parse(*(url.get_secret_value() for url in urls if url is not None))
