"""An installation of many machines, as the trials see it."""

import time
from dataclasses import dataclass
from pathlib import Path

from tests_end_to_end.scale_out.installation import Installation as Many
from tests_faults.installation import Installation, postmaster_of


@dataclass(frozen=True)
class WorkerInstallation(Installation):
    """Whoever runs these machines starts again what has died: here the trial does."""

    many: Many

    @classmethod
    def of(cls, many: Many) -> "WorkerInstallation":
        return cls("workers", many.home, many.address, many.system, many.app, many.store, {}, many)

    def end(self, kind: str) -> int:
        many = self.many
        if kind == "broker":
            many.broker.kill()
            many.broker.start()
        elif kind == "Postgres":
            pid = postmaster_of(many.database.home)
            self.kill(pid)
            while Path(f"/proc/{pid}").exists():
                time.sleep(0.05)
            many.database.revive()
        elif kind in ("worker of steps", "worker of runs"):
            worker = many.steps if kind == "worker of steps" else many.rest
            worker.kill()
            worker.start()
        else:
            return super().end(kind)
        return 1
