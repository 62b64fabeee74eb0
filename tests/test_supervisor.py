import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from cliply.errors import ErrorCode, Unavailable
from cliply.supervisor import LOG_BYTES, Child, Pace, Supervisor

PROJECT = Path(__file__).resolve().parents[1]
SLEEPER = "import time; time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
WITH_GRANDCHILD = (
    "import subprocess, sys, time;"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    "print('grandchild', child.pid, flush=True); time.sleep(60)"
)
QUICK = Pace(ready_s=5, first_wait_s=0.1, longest_wait_s=0.4, healthy_s=60, stop_s=3)


def python(code: str) -> list[str]:
    return [sys.executable, "-S", "-u", "-c", code]


def until(holds: Callable[[], object], within_s: float = 15.0) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def lives(pid: int) -> bool:
    with suppress(ProcessLookupError, FileNotFoundError):
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def pids_in(log: Path) -> list[int]:
    """Numbers at the ends of the log's lines: processes tell their ids there."""
    *whole_lines, _ = log.read_text().split("\n") if log.exists() else [""]
    return [int(line.split()[-1]) for line in whole_lines]


@contextmanager
def running(supervisor: Supervisor) -> Iterator[None]:
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    try:
        yield
    finally:
        supervisor.stop()
        thread.join(20)
    assert not thread.is_alive()


SAYS_PID = f"import os; print('pid', os.getpid(), flush=True); {SLEEPER}"


def test_a_killed_child_is_started_again_with_growing_waits(tmp_path: Path) -> None:
    lines: list[str] = []
    supervisor = Supervisor(
        [Child("worker", python(SAYS_PID))], tmp_path, on_change=lines.append, pace=QUICK
    )
    log = tmp_path / "worker.log"

    with running(supervisor):
        for deaths in range(4):
            until(lambda seen=deaths: len(pids_in(log)) == seen + 1)
            os.kill(pids_in(log)[-1], signal.SIGKILL)
        until(lambda: len(pids_in(log)) == 5)

    waits = [line.split("again in ")[1].split(" s")[0] for line in lines if "again in" in line]
    assert waits == ["0.1", "0.2", "0.4", "0.4"]
    assert "ended by signal 9" in next(line for line in lines if "again in" in line)
    assert not any(map(lives, pids_in(log)))


def test_a_child_that_lived_long_enough_starts_over_with_the_first_wait(tmp_path: Path) -> None:
    lines: list[str] = []
    pace = Pace(first_wait_s=0.1, healthy_s=0.0)
    supervisor = Supervisor(
        [Child("worker", python("raise SystemExit(3)"))],
        tmp_path,
        on_change=lines.append,
        pace=pace,
    )

    with running(supervisor):
        until(lambda: sum("again in" in line for line in lines) >= 3)

    told = [line for line in lines if "again in" in line]
    assert all("exit status 3, starts again in 0.1 s" in line for line in told)


def test_each_child_waits_for_the_one_before_and_all_stop_in_reverse(tmp_path: Path) -> None:
    lines: list[str] = []
    flag = tmp_path / "flag"
    opens = f"import time, pathlib; time.sleep(0.4); pathlib.Path({str(flag)!r}).touch(); {SLEEPER}"
    looks = f"import pathlib; print('seen', int(pathlib.Path({str(flag)!r}).exists())); {SLEEPER}"
    children = [
        Child("first", python(opens), ready=flag.exists, told="open the door"),
        Child("second one", python(looks)),
    ]

    with running(Supervisor(children, tmp_path, on_change=lines.append, pace=QUICK)):
        until(lambda: pids_in(tmp_path / "second-one.log") == [1])

    assert lines == [
        "first: starting",
        "first: running, open the door",
        "second one: starting",
        "second one: running",
        "second one: stopped",
        "first: stopped",
    ]


def test_a_child_that_never_gets_ready_is_named_with_its_log(tmp_path: Path) -> None:
    children = [
        Child("store", python(SAYS_PID)),
        Child("server", python(f"print('waiting for port 7'); {SLEEPER}"), ready=lambda: False),
    ]
    pace = Pace(ready_s=0.6, stop_s=3)

    with pytest.raises(Unavailable, match=r"server was not ready within 0\.6 s") as caught:
        Supervisor(children, tmp_path, on_change=lambda _: None, pace=pace).run()

    assert caught.value.code is ErrorCode.process_not_ready
    assert 'ends with "waiting for port 7"' in caught.value.message
    assert str(tmp_path / "server.log") in caught.value.message
    assert not any(map(lives, pids_in(tmp_path / "store.log")))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["/no/such/program"], "exit status 1 .*/no/such/program can not be started"),
        (python("raise SystemExit('port 7 is taken')"), "exit status 1 .*port 7 is taken"),
    ],
)
def test_a_child_that_dies_before_it_is_ready_is_told_at_once(
    tmp_path: Path, arguments: list[str], words: str
) -> None:
    child = Child("server", arguments, ready=lambda: False)
    supervisor = Supervisor([child], tmp_path, on_change=str, pace=Pace(ready_s=600))

    with pytest.raises(Unavailable, match=words):
        supervisor.run()


def test_what_a_dead_child_had_started_dies_before_it_is_started_again(tmp_path: Path) -> None:
    log = tmp_path / "parent.log"
    supervisor = Supervisor(
        [Child("parent", python(WITH_GRANDCHILD))], tmp_path, on_change=str, pace=QUICK
    )

    with running(supervisor):
        until(lambda: len(pids_in(log)) == 1)
        orphan = pids_in(log)[0]
        os.kill(os.getpgid(orphan), signal.SIGKILL)
        until(lambda: len(pids_in(log)) == 2)
        assert not lives(orphan)


def test_a_child_that_ignores_the_request_to_end_is_killed(tmp_path: Path) -> None:
    lines: list[str] = []
    code = f"import os; print('pid', os.getpid()); {STUBBORN}"
    pace = Pace(stop_s=0.3)

    with running(
        Supervisor([Child("mule", python(code))], tmp_path, on_change=lines.append, pace=pace)
    ):
        until(lambda: pids_in(tmp_path / "mule.log"))
        time.sleep(0.3)

    assert lines[-1] == "mule: killed"
    assert not any(map(lives, pids_in(tmp_path / "mule.log")))


def test_added_variables_reach_the_child_beside_its_parents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIVEN", "1")
    code = f"import os; print('sum', os.environ['GIVEN'] + os.environ['ADDED']); {SLEEPER}"
    child = Child("worker", python(code), {"ADDED": "2"})

    with running(Supervisor([child], tmp_path, on_change=str, pace=QUICK)):
        until(lambda: pids_in(tmp_path / "worker.log") == [12])


def test_a_long_log_is_set_aside_at_the_start(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    log.write_bytes(b"x" * (LOG_BYTES + 1))

    with running(
        Supervisor([Child("worker", python(SAYS_PID))], tmp_path, on_change=str, pace=QUICK)
    ):
        until(lambda: log.with_suffix(".log.1").exists())
        until(lambda: len(pids_in(log)) == 1)

    assert log.with_suffix(".log.1").stat().st_size == LOG_BYTES + 1


def test_the_watch_is_called_while_children_run(tmp_path: Path) -> None:
    looks: list[float] = []
    supervisor = Supervisor(
        [], tmp_path, on_change=str, watch=lambda: looks.append(time.monotonic()), pace=QUICK
    )

    with running(supervisor):
        until(lambda: len(looks) >= 2)

    assert looks[1] - looks[0] >= 0.9


def test_the_watch_is_called_while_a_child_starts(tmp_path: Path) -> None:
    """What children need to get ready may have died."""
    looks: list[float] = []
    child = Child("late", [sys.executable, "-S", "-c", SLEEPER], ready=lambda: len(looks) >= 2)
    told: list[str] = []
    supervisor = Supervisor(
        [child], tmp_path, on_change=told.append, watch=lambda: looks.append(0.0), pace=QUICK
    )
    with running(supervisor):
        until(lambda: "late: running" in told)


IS_DEAF = "signal.getsignal(signal.SIGINT) == signal.SIG_IGN"
SCRIPT = f"""
import sys
from pathlib import Path
from cliply.supervisor import Child, Pace, Supervisor
children = [
    Child(name, [sys.executable, "-S", "-u", "-c", code])
    for name, code in {{
        "plain": "import os, signal; print('pid', {IS_DEAF} or os.getpid()); {SLEEPER}",
        "family": {WITH_GRANDCHILD!r},
        "mule": "import os; print('pid', os.getpid()); {STUBBORN}",
    }}.items()
]
Supervisor(children, Path(sys.argv[1]), pace=Pace(stop_s=1)).run()
"""


@contextmanager
def supervised_family(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], list[int]]]:
    """A supervisor as a shell's background job would be, and all processes under it."""
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(folder)],
        cwd=PROJECT,
        stdout=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )
    logs = [folder / f"{name}.log" for name in ("plain", "family", "mule")]
    try:
        until(lambda: all(map(pids_in, logs)), 60)
        time.sleep(0.3)
        told = [pid for log in logs for pid in pids_in(log)]
        yield process, [*told, os.getpgid(told[1])]
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_stop_signal_leaves_no_process(tmp_path: Path, number: signal.Signals) -> None:
    with supervised_family(tmp_path) as (process, family):
        assert len(family) == 4
        assert all(map(lives, family))

        process.send_signal(number)
        assert process.wait(20) == 0

        assert not any(map(lives, family))


def test_children_hear_interrupts_although_the_supervisor_was_started_deaf(tmp_path: Path) -> None:
    with supervised_family(tmp_path):
        assert pids_in(tmp_path / "plain.log")[0] > 1


def test_a_killed_supervisor_takes_everything_with_it(tmp_path: Path) -> None:
    with supervised_family(tmp_path) as (process, family):
        process.kill()
        process.wait()

        until(lambda: not any(map(lives, family)))
