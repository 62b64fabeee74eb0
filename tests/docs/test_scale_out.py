"""What the deployment and its guide name is there."""

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from clip_assets.queues import pod_of
from cliply.domain.queues import NEEDS, Queue
from cliply.settings import PROJECT, Settings

DEPLOY = PROJECT / "deploy"
GUIDE = PROJECT / "docs/how-to/scale-out.md"
NOT_OURS = {"SIGTERM", "GET"}


def documents(path: Path) -> list[dict[str, Any]]:
    return [one for one in yaml.safe_load_all(path.read_text()) if one]


def containers(path: Path) -> list[dict[str, Any]]:
    found = [one for one in documents(path) if one["kind"] == "Deployment"]
    return [one["spec"]["template"]["spec"]["containers"][0] for one in found]


def test_workers_take_every_queue_with_what_it_needs() -> None:
    taken = {}
    for container in containers(DEPLOY / "kubernetes/workers.yaml"):
        words = container["args"]
        names = [after for word, after in pairwise(words) if word == "--queue"]
        taken |= {Queue(name): container for name in names}
    assert set(taken) == set(Queue)
    for queue, container in taken.items():
        limits = pod_of(queue)["container_config"]["resources"].get("limits")
        assert container["resources"].get("limits") == limits
        assert container["image"].endswith(":gpu" if NEEDS[queue].gpus else ":base")


def test_a_step_has_less_time_to_end_than_its_pod() -> None:
    for one in documents(DEPLOY / "kubernetes/workers.yaml"):
        pod = one["spec"]["template"]["spec"]
        words = pod["containers"][0]["args"]
        grace = float(words[words.index("--grace") + 1])
        assert grace + 10 < pod["terminationGracePeriodSeconds"]


def test_only_what_may_be_many_is_many() -> None:
    (graph,) = documents(DEPLOY / "kubernetes/graph.yaml")
    assert graph["spec"]["replicas"] == 1
    assert graph["spec"]["strategy"] == {"type": "Recreate"}


def test_variables_of_deployment_and_guide_are_settings() -> None:
    known = {name.upper() for name in Settings.model_fields}
    files = ("api", "graph", "workers")
    named = {
        one["name"]
        for name in files
        for container in containers(DEPLOY / f"kubernetes/{name}.yaml")
        for one in container["env"]
    }
    chart = documents(DEPLOY / "kubernetes/dagster.yaml")[0]
    (code,) = chart["dagster-user-deployments"]["deployments"]
    named |= {one["name"] for one in code["env"]}
    named |= set(re.findall(r"`([A-Z][A-Z0-9_]{4,})[`=]", GUIDE.read_text())) - NOT_OURS
    assert named <= known, named - known


def test_the_chart_runs_the_pinned_release_and_pods() -> None:
    project = (PROJECT / "pyproject.toml").read_text()
    (release,) = re.findall(r'"dagster==([\d.]+)"', project)
    assert f"--version {release}" in GUIDE.read_text()
    assert f"--version {release}" in (DEPLOY / "kubernetes/dagster.yaml").read_text()
    library = re.findall(r'"dagster-postgres==([\d.]+)"', project)[0]
    assert f"dagster-k8s=={library}" in (DEPLOY / "Dockerfile").read_text()


def test_every_stage_of_the_image_comes_from_one_before() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    stages: list[str] = []
    for source, name in re.findall(r"^FROM (\S+) AS (\S+)$", text, re.MULTILINE):
        assert source in stages or source.startswith("python:")
        stages.append(name)
    assert {"base", "gpu"} <= set(stages)
    assert set(re.findall(r"--from=(\S+)", text)) <= set(stages)
    assert text.count("USER cliply") == 2


def test_the_image_holds_every_package_of_ours() -> None:
    kept = {
        line[1:]
        for line in (DEPLOY / "Dockerfile.dockerignore").read_text().split()
        if line[0] == "!"
    }
    project = (PROJECT / "pyproject.toml").read_text()
    packages = re.findall(r'"(\w+)\*"', project)
    assert packages
    assert {*packages, "definitions.py", "uv.lock", "dagster.yaml"} <= kept


def test_the_guide_names_every_queue() -> None:
    assert all(f"`{queue}`" in GUIDE.read_text() for queue in Queue)
