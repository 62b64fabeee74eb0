"""What processes are forked from may have no threads."""

import subprocess
import sys

from cli.slow_modules import SLOW
from cliply.settings import PROJECT

CODE = """
import importlib, os, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print(sorted({"polars", "pyarrow", "torch"} & set(sys.modules)), len(os.listdir("/proc/self/task")))
"""


def test_what_is_imported_before_a_fork_starts_no_thread() -> None:
    found = subprocess.run(
        [sys.executable, "-c", CODE, "dagster._grpc.impl", *SLOW],
        cwd=PROJECT,
        env={"OPENBLAS_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout == "[] 1\n"
