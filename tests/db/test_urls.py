import pytest

from cliply.db.urls import DatabaseUrls
from cliply.errors import SettingsError

OWNER = "postgresql://boss:s3cret@db.example/cliply?options=-cstatement_timeout%3D9"
APP = "postgres://cliply_app:s3cret@db.example/cliply"
SYSTEM = "postgresql+psycopg2://cliply_system:s3cret@db.example/cliply"


def test_urls_of_an_external_database_get_their_drivers() -> None:
    urls = DatabaseUrls.parse(OWNER, APP, SYSTEM)
    assert {url.drivername for url in (urls.owner, urls.app, urls.system)} == {"postgresql+psycopg"}
    assert urls.dagster.drivername == "postgresql+psycopg2"
    assert urls.dagster.query["options"] == "-cstatement_timeout=9 -csearch_path=dagster"


def test_a_password_is_never_shown() -> None:
    urls = DatabaseUrls.parse(OWNER, APP, SYSTEM)
    assert "s3cret" not in f"{urls} {urls!r} {urls.dagster}"


@pytest.mark.parametrize(
    ("owner", "app", "system", "variable"),
    [
        ("no url s3cret", APP, SYSTEM, "DATABASE_URL"),
        ("sqlite:///s3cret.db", APP, SYSTEM, "DATABASE_URL"),
        (OWNER, OWNER, SYSTEM, "APP_DATABASE_URL"),
        (OWNER, APP, "postgresql://cliply_system@h/s3cret", "SYSTEM_DATABASE_URL"),
    ],
)
def test_a_wrong_url_is_named_and_not_quoted(
    owner: str, app: str, system: str, variable: str
) -> None:
    with pytest.raises(SettingsError, match=f"^{variable}") as failure:
        DatabaseUrls.parse(owner, app, system)
    assert "s3cret" not in failure.value.message
