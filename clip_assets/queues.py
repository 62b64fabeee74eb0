"""Where a step waits for a worker: the same tags for Celery and for Kubernetes."""

from collections.abc import Mapping
from typing import Any

from cliply.domain.queues import NEEDS, Queue

QUEUE_TAG = "dagster-celery/queue"
POD_TAG = "dagster-k8s/config"


def goes_to(queue: Queue) -> Mapping[str, Any]:
    """Op tags; a step without them goes to the queue `cpu`."""
    return {QUEUE_TAG: queue.value, POD_TAG: pod_of(queue)}


def pod_of(queue: Queue) -> Mapping[str, Any]:
    """What a pod of this queue asks of its node."""
    needs = NEEDS[queue]
    asked: dict[str, Any] = {
        "requests": {"cpu": f"{needs.cpus:g}", "memory": f"{needs.memory_gib:g}Gi"}
    }
    if not needs.gpus:
        return {"container_config": {"resources": asked}}
    asked["limits"] = {"nvidia.com/gpu": str(needs.gpus)}
    tolerated = [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]
    return {
        "container_config": {"resources": asked},
        "pod_spec_config": {"tolerations": tolerated},
    }
