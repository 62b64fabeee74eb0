"""Postgres as assets and sensors see it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cached_property

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cliply.db.session import create_app_engine, workspace_session
from cliply.db.system import system_session
from cliply.db.urls import DatabaseUrls
from cliply.domain.ids import WorkspaceId


class Database:
    """Sessions through the same doors as everybody else's.

    A plain object and no configurable resource: its addresses hold passwords, and a
    resource's configuration is shown in the Dagster UI.
    """

    def __init__(self, connect: Callable[[], DatabaseUrls]) -> None:
        self._connect = connect

    @cached_property
    def urls(self) -> DatabaseUrls:
        return self._connect()

    @cached_property
    def engine(self) -> Engine:
        """Role `cliply_app`, under row security."""
        return create_app_engine(self.urls.app)

    @cached_property
    def system_engine(self) -> Engine:
        """Role `cliply_system`, which sees every workspace: for sensors only."""
        return create_app_engine(self.urls.system)

    def close(self) -> None:
        """Give back the connections of those doors that were used."""
        for opened in ("engine", "system_engine"):
            if opened in self.__dict__:
                self.__dict__.pop(opened).dispose()

    def workspace(self, workspace_id: WorkspaceId) -> AbstractContextManager[Session]:
        """One transaction that sees one workspace."""
        return workspace_session(self.engine, workspace_id)

    def every_workspace(self) -> AbstractContextManager[Session]:
        """One transaction that sees all workspaces: for sensors only."""
        return system_session(self.system_engine)
