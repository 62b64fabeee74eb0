"""`make bench [NAME=…]`: measure, print the table, write it as JSON."""

import json
import platform
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import cast

from benchmarks.timing import Row, load_average, table

NAMES = (
    "scale_out",
    "scan",
    "render",
    "clip",
    "memory",
    "crop_path",
    "speech",
    "highlights",
    "search",
    "audio",
    "upload",
    "api",
    "realtime",
    "jobs",
)
RESULTS = Path(__file__).parent / "results" / "latest.json"


def main() -> None:
    """Run the named benchmarks, or all; a name that is not measured now keeps its last rows."""
    wanted = sys.argv[1:] or list(NAMES)
    unknown = sorted(set(wanted) - set(NAMES))
    if unknown:
        sys.exit(f"there is no benchmark {unknown[0]}; choose from {', '.join(NAMES)}")
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for name in wanted:
        measure = cast(Callable[[], list[Row]], import_module(f"benchmarks.{name}").measure)
        rows = measure()
        print(table(rows), flush=True)
        results[name] = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": f"{platform.machine()}, load {load_average():.1f}",
            "rows": [row.as_json() for row in rows],
        }
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(results, indent=2) + "\n")


main()
