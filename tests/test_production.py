"""An installation that is only good for trying out does not start in production."""

import re
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy import Engine

from cliply.db.health import check_app_role
from cliply.errors import SettingsError
from cliply.installation import open_limiter
from cliply.limits.postgres import PostgresLimiter
from cliply.limits.redis import RedisLimiter
from cliply.settings import Settings, check_production

SECRET = "0123456789abcdef0123456789abcdef"
SAFE: dict[str, Any] = {
    "environment": "production",
    "jwt_keys": (SecretStr(f"2026-11:{SECRET}"),),
    "secret_key": SecretStr(SECRET),
    "rate_limits": "postgres",
    "mail": "smtp",
    "smtp_host": "mail.example",
    "public_url": "https://clips.example",
    "cors_origins": ("https://app.example",),
    "allowed_hosts": ("clips.example",),
}


def settings(**changed: Any) -> Settings:
    return Settings(_env_file=None, **{**SAFE, **changed})


def test_a_safe_installation_starts() -> None:
    check_production(settings())


def test_development_starts_with_nothing_set() -> None:
    check_production(Settings(_env_file=None))


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"jwt_keys": ()}, "JWT_KEYS"),
        ({"jwt_keys": (SecretStr("k1:short"),)}, "JWT_KEYS"),
        ({"jwt_keys": (SecretStr(SECRET),)}, "JWT_KEYS"),  # no name before a colon
        ({"secret_key": None}, "SECRET_KEY"),
        ({"secret_key": SecretStr("short")}, "SECRET_KEY"),
        ({"rate_limits": "off"}, "RATE_LIMITS"),
        ({"mail": "console"}, "MAIL=smtp"),
        ({"smtp_host": None}, "SMTP_HOST"),
        ({"public_url": None}, "PUBLIC_URL"),
        ({"public_url": "http://clips.example"}, "PUBLIC_URL"),
        ({"cors_origins": ("*",)}, "CORS_ORIGINS"),
        ({"allowed_hosts": ()}, "ALLOWED_HOSTS"),
        ({"allowed_hosts": ("*",)}, "ALLOWED_HOSTS"),
        ({"metrics_token": SecretStr("short")}, "METRICS_TOKEN"),
    ],
)
def test_an_unsafe_setting_is_named(changed: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(named)) as caught:
        check_production(settings(**changed))

    assert caught.value.message.count(";") == 0, "one fault, one part"
    assert SECRET not in caught.value.message
    assert "short" not in caught.value.message


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        check_production(Settings(_env_file=None, environment="production", rate_limits="off"))

    named = re.findall(r"[A-Z]+_[A-Z_]+", caught.value.message)
    assert {"JWT_KEYS", "SECRET_KEY", "RATE_LIMITS", "PUBLIC_URL", "ALLOWED_HOSTS"} <= set(named)


@pytest.mark.parametrize(
    "changed",
    [
        {"trusted_proxies": "10.0.0.0/8, nonsense"},
        {"webhook_networks": "300.1.2.3"},
        {"rate_limits": "redis", "redis_url": None},
    ],
)
def test_a_setting_that_can_not_be_used_is_refused_when_it_is_read(changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        settings(**changed)


def test_the_role_under_row_security_is_no_superuser(engine: Engine, owner_engine: Engine) -> None:
    check_app_role(engine)

    with pytest.raises(SettingsError, match="APP_DATABASE_URL"):
        check_app_role(owner_engine)


def test_requests_are_counted_where_the_settings_say(system_engine: Engine) -> None:
    redis = settings(rate_limits="redis", redis_url=SecretStr("redis://127.0.0.1:1"))

    assert isinstance(open_limiter(settings(), system_engine), PostgresLimiter)
    assert isinstance(open_limiter(redis, system_engine), RedisLimiter)
    assert open_limiter(Settings(_env_file=None, rate_limits="off"), system_engine) is None
