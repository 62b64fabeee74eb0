"""Dagster keeps its history beside our tables, in a schema of its own."""

import time
from pathlib import Path

import dagster as dg
import pytest
import yaml
from sqlalchemy import Engine, text

from cliply.db.urls import DatabaseUrls
from cliply.settings import PROJECT


@pytest.mark.filterwarnings("ignore")  # Dagster's own
def test_dagster_stores_and_watches_in_its_own_schema(
    database: DatabaseUrls, owner_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_PG_URL", database.dagster.render_as_string(hide_password=False))
    described = yaml.safe_load((PROJECT / "dagster.yaml").read_text())
    storages = {name: described[name] for name in described if name.endswith("_storage")}
    (tmp_path / "dagster.yaml").write_text(
        yaml.safe_dump({**storages, "telemetry": described["telemetry"]})
    )
    seen: list[str] = []

    @dg.asset
    def number() -> int:
        return 1

    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        result = dg.materialize([number], instance=instance)
        assert instance.get_latest_materialization_event(number.key) is not None
        instance.watch_event_logs(result.run_id, None, lambda event, _: seen.append(event.message))
        deadline = time.monotonic() + 20
        while not seen and time.monotonic() < deadline:
            time.sleep(0.05)
    assert seen
    with owner_engine.connect() as connection:
        tables = connection.execute(
            text("select schemaname from pg_tables where tablename in ('runs', 'event_logs')")
        )
        assert set(tables.scalars()) == {"dagster"}
