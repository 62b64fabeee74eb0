"""Queues, tags, instance and deployment name the same things."""

from pathlib import Path

import pytest
import yaml
from pydantic import SecretStr, ValidationError

from cli.instance import instance_yaml
from clip_assets.queues import POD_TAG, QUEUE_TAG, goes_to
from cliply.domain.queues import NEEDS, Queue, place_of
from cliply.settings import PROJECT, Settings
from definitions import ASSETS

EXPECTED = {
    "source_video": "cpu", "listening": "cpu", "transcript": "asr", "mood": "cpu",
    "scan": "vision", "candidates": "cpu", "ranking": "llm", "clips": "render",
    "embeddings": "vision",
}  # fmt: skip


def test_every_step_has_the_queue_of_what_it_uses_most() -> None:
    tags = {asset.op.name: asset.op.tags for asset in ASSETS}
    assert {name: of.get(QUEUE_TAG, "cpu") for name, of in tags.items()} == EXPECTED


def test_pods_ask_for_what_their_queue_needs() -> None:
    assert set(NEEDS) == set(Queue)
    resources = goes_to(Queue.asr)[POD_TAG]["container_config"]["resources"]
    assert resources["limits"] == {"nvidia.com/gpu": "1"}
    assert resources["requests"] == {"cpu": "2", "memory": "8Gi"}
    assert "limits" not in goes_to(Queue.llm)[POD_TAG]["container_config"]["resources"]


@pytest.mark.parametrize(("priority", "place"), [(10, 0), (1, 0), (0, 3), (-1, 9), (-10, 9)])
def test_urgent_work_goes_first(priority: int, place: int) -> None:
    assert place_of(priority) == place


def settings(tmp_path: Path, **given: object) -> Settings:
    return Settings(_env_file=None, cliply_home=tmp_path, **given)  # type: ignore[arg-type]


def test_alone_the_instance_is_as_the_file_says(tmp_path: Path) -> None:
    assert instance_yaml(settings(tmp_path)) == (PROJECT / "dagster.yaml").read_text()


def test_with_workers_the_instance_names_the_broker_and_hides_it(tmp_path: Path) -> None:
    url = SecretStr("redis://:hush@broker:6379/0")
    text = instance_yaml(settings(tmp_path, execution="celery", celery_broker_url=url))
    described = yaml.safe_load(text)
    assert "hush" not in text
    assert described["run_launcher"]["config"]["broker_url"] == {"env": "CELERY_BROKER_URL"}
    assert described["run_storage"]["class"] == "KeptRuns"
    assert "pools" not in described["concurrency"]


def test_the_number_of_runs_is_that_of_the_settings(tmp_path: Path) -> None:
    described = yaml.safe_load(instance_yaml(settings(tmp_path, concurrent_runs=12)))
    runs = described["concurrency"]["runs"]
    assert runs["max_concurrent_runs"] == 12
    assert runs["tag_concurrency_limits"][0]["limit"] == 6


def test_celery_without_a_broker_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="CELERY_BROKER_URL"):
        settings(tmp_path, execution="celery")
