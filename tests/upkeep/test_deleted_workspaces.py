"""What a deleted workspace leaves behind is removed, and nothing else."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine, select, text

from cliply.db.models import Workspace
from cliply.db.purging import GRACE, owned_tables
from cliply.db.system import system_session
from cliply.domain.ids import WorkspaceId
from cliply.storage.objects import ObjectStore
from cliply.upkeep.deleted_workspaces import purge_deleted_workspaces
from tests.rows import rendered_job


def delete(engine: Engine, workspace: WorkspaceId, ago: timedelta) -> None:
    with system_session(engine) as session:
        session.execute(
            text("update workspaces set deleted_at = now() - :ago where id = :id"),
            {"ago": ago, "id": workspace},
        )


def rows_of(engine: Engine, workspace: WorkspaceId) -> dict[str, int]:
    """How many rows the workspace owns, by table."""
    with system_session(engine) as session:
        counts = {
            table.name: len(
                session.execute(
                    select(table.c.workspace_id).where(table.c.workspace_id == workspace)
                ).all()
            )
            for table in owned_tables()
        }
    return {name: count for name, count in counts.items() if count}


def test_rows_and_objects_of_a_deleted_workspace_go_and_others_stay(
    engine: Engine,
    system_engine: Engine,
    workspace: WorkspaceId,
    rival: WorkspaceId,
    tmp_path: Path,
) -> None:
    store = ObjectStore((tmp_path / "objects").as_uri())
    for one in (workspace, rival):
        rendered_job(engine, one, 0, 30_000)
        store.put_bytes(f"{one.hex}/clips/x/c00/v1.mp4", b"clip")
        store.put_bytes(f"{one.hex}/search/rows.lance/data", b"rows")
    before = rows_of(system_engine, rival)
    delete(system_engine, workspace, GRACE + timedelta(hours=1))

    assert purge_deleted_workspaces(system_engine, store) == 1

    assert rows_of(system_engine, workspace) == {}
    assert store.list(workspace.hex) == []
    with system_session(system_engine) as session:
        assert session.get(Workspace, workspace) is None
    assert before.keys() >= {"jobs", "clips", "renders", "row_counts"}
    assert rows_of(system_engine, rival) == before
    assert len(store.list(rival.hex)) == 2


def test_a_workspace_is_kept_for_a_while_after_its_deletion(
    engine: Engine, system_engine: Engine, workspace: WorkspaceId, tmp_path: Path
) -> None:
    rendered_job(engine, workspace, 0)
    delete(system_engine, workspace, GRACE - timedelta(hours=1))

    purge_deleted_workspaces(system_engine, ObjectStore((tmp_path / "objects").as_uri()))

    assert rows_of(system_engine, workspace)["jobs"] == 1
