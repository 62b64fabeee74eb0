"""What all requests of one process share."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from pydantic import SecretStr
from sqlalchemy import URL, Engine

from cliply.db.urls import parse_listen_url
from cliply.identity.access_tokens import AccessTokens
from cliply.identity.mail import MailSender
from cliply.installation import link_rules_of
from cliply.limits.rules import RateLimiter
from cliply.links.rules import LinkRules
from cliply.search.database import SearchPlace
from cliply.search.embedder import EmbeddingModel
from cliply.settings import Settings
from cliply.storage.objects import ObjectStore


@dataclass(frozen=True)
class Backend:
    """Made once by `api.main`, or by a test."""

    settings: Settings
    engine: Engine
    """Role `cliply_app`, under row security: all that routes of a workspace use."""
    system: Engine
    """Role `cliply_system`: sign-in, before there is a workspace."""
    store: ObjectStore
    search: SearchPlace
    access_tokens: AccessTokens
    secret: SecretStr
    """Signs links and encrypts secrets at rest."""
    limiter: RateLimiter | None
    """None does not limit."""
    mail: MailSender
    embedding_models: Sequence[EmbeddingModel] = ()
    """Asked in this order by searches; none searches by words alone."""

    @cached_property
    def links(self) -> LinkRules:
        """Which links are taken."""
        return link_rules_of(self.settings)

    @property
    def listen_url(self) -> URL:
        """Where notifications are heard. Raises SettingsError."""
        given = self.settings.listen_url
        return parse_listen_url(given.get_secret_value()) if given else self.engine.url

    @property
    def base_url(self) -> str:
        """Where the API is reached from outside, without a slash at its end."""
        settings = self.settings
        own = f"http://{settings.api_host}:{settings.api_port}"
        return (settings.public_url or own).rstrip("/")
