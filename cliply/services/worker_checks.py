"""Whether workers take the work of every queue."""

from collections.abc import Sequence

from cliply.domain.queues import Queue
from cliply.queues.board import WorkerSeen, unserved
from cliply.services.doctor import Finding, Verdict

PART = "workers"


def check_workers(workers: Sequence[WorkerSeen], concurrent_runs: int) -> Finding:
    """Broken when a queue has no worker: jobs then wait in it for ever."""
    missing = unserved(workers)
    if missing:
        wanted = " ".join(f"--queue {queue}" for queue in missing)
        return Finding(
            PART,
            Verdict.broken,
            f"nobody takes {', '.join(missing)}",
            f"Start `cliply worker {wanted}` on some machine.",
        )
    places = sum(one.processes for one in workers if Queue.runs in one.queues)
    if places < concurrent_runs:
        return Finding(
            PART,
            Verdict.degraded,
            f"{places} places for {concurrent_runs} runs",
            "Start more workers for the queue runs, or lower CONCURRENT_RUNS.",
        )
    gpus = sum(bool(one.gpus) for one in workers)
    return Finding(PART, Verdict.ok, f"{len(workers)} workers, {gpus} with a GPU")
