"""What a process that downloads can not do."""

import subprocess
import sys
from pathlib import Path

import pytest

CONFINED = """
import os, socket, subprocess, sys
from cliply.links.confinement import confine
confine(cpu_s=60, memory_bytes=1 << 30, file_bytes=1000, port={port}, programs=["/bin/true"])
try:
    {body}
except PermissionError as error:
    print("refused", error)
else:
    print("done")
"""


def confined(body: str, port: int = 1) -> str:
    code = CONFINED.format(port=port, body=body)
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    ).stdout


@pytest.mark.parametrize(
    "body",
    [
        "socket.create_connection(('127.0.0.1', 22))",
        "socket.create_connection(('127.0.0.2', 1))",
        "socket.socket(socket.AF_INET6).connect(('::1', 1))",
        "socket.socket(socket.AF_UNIX).connect('/tmp/.s.PGSQL.5432')",
        "socket.getaddrinfo('example.com', 443)",
        "socket.gethostbyname('example.com')",
        "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 53))",
        "subprocess.run(['/bin/sh', '-c', 'true'])",
        "os.system('true')",
        "os.execv('/bin/sh', ['sh'])",
        "os.posix_spawn('/bin/sh', ['sh'], {{}})",
    ],
)
def test_it_reaches_nothing_but_its_proxy_and_starts_nothing_but_its_programs(body: str) -> None:
    assert confined(body.replace("{{}}", "{}")).startswith("refused")


def test_what_it_needs_it_may() -> None:
    assert confined("subprocess.run(['/bin/true'], check=True)").startswith("done")


def test_its_files_have_an_end(tmp_path: Path) -> None:
    file = tmp_path / "much"

    confined(f"open({str(file)!r}, 'wb').write(b'x' * 5000)")

    assert file.stat().st_size == 1000
