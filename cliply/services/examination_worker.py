"""The process that `examination` starts: bounds itself, probes one file, prints one answer."""

import json
import resource
import sys
from pathlib import Path
from typing import Any

OPEN_FILES = 64


def main() -> None:
    """Print `{"media": …}`, or `{"code": …, "message": …}` for a file that is refused."""
    asked = json.loads(sys.argv[1])
    bound(asked["cpu_s"], asked["memory_bytes"])
    sys.stdout.write(json.dumps(answer(asked)))


def bound(cpu_s: int, memory_bytes: int) -> None:
    """Limits that the process can not lift again; SIGXCPU ends it when its time is over."""
    limits = {
        resource.RLIMIT_CPU: cpu_s,
        resource.RLIMIT_AS: memory_bytes,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: OPEN_FILES,
    }
    for kind, most in limits.items():
        hard = resource.getrlimit(kind)[1]
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (allowed, allowed))


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """What is known about the file. The imports come after the bounds."""
    from cliply.domain.media import SourceLimits
    from cliply.errors import MediaError
    from cliply.media.probe import probe

    try:
        media = probe(Path(asked["path"]), SourceLimits.model_validate(asked["limits"]))
    except MediaError as error:
        return {"code": error.code.value, "message": error.message}
    return {"media": media.model_dump(mode="json")}


if __name__ == "__main__":
    main()
