"""How the installation is, for those who run it."""

from typing import Literal

from pydantic import Field

from api.schemas.base import ErrorDetail, Schema
from cliply.domain.queues import Queue

PartState = Literal["ok", "late", "failed", "not_used"]


class Health(Schema):
    """The process answers."""

    status: Literal["ok"] = "ok"
    version: str = Field(description="Of Cliply.", examples=["0.1.0"])


class Parts(Schema):
    """What the API leans on."""

    database: PartState
    storage: PartState
    graph: PartState = Field(
        description="What starts runs: `late` when it has given no sign of life for two minutes, "
        "`not_used` where there is none."
    )
    queue: PartState = Field(description="`late` when something has waited for ten minutes.")


class Readiness(Schema):
    """Whether requests can be answered."""

    status: Literal["ready", "degraded"] = Field(
        description="`degraded`: requests are answered, but work waits."
    )
    parts: Parts
    oldest_waiting_s: int | None = Field(
        description="For how long the oldest work has waited to be begun; 0 when none does.", ge=0
    )


class NotReady(Schema):
    """Database or storage do not answer: send requests to another replica."""

    error: ErrorDetail
    parts: Parts


class QueueHealth(Schema):
    """One queue of steps."""

    name: Queue = Field(description="By what its steps use most.", examples=["asr"])
    waiting: int = Field(description="Steps that no worker has taken.", ge=0)
    workers: int = Field(description="Processes that take its steps.", ge=0)
    gpu_workers: int = Field(description="Those of them on a machine with a GPU.", ge=0)


class GpuHealth(Schema):
    """Work for graphics processors, and who does it."""

    workers: int = Field(description="Processes with a GPU that take work.", ge=0)
    queue_depth: int = Field(description="Work that waits to be begun.", ge=0)
    queues: list[QueueHealth] = Field(
        description="Every queue; empty where steps run beside the service."
    )
