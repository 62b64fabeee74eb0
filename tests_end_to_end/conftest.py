"""The fixtures of the other tests."""

from tests.conftest import (
    database,
    engine,
    home,
    new_home,
    owner_engine,
    rival,
    s3_storage,
    shared_media,
    system_engine,
    talk,
    workspace,
)

__all__ = [
    "database", "engine", "home", "new_home", "owner_engine", "rival", "s3_storage",
    "shared_media", "system_engine", "talk", "workspace",
]  # fmt: skip
