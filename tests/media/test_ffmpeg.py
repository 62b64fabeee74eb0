import os
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

from cliply.errors import Cancelled, ErrorCode, MediaError, SettingsError, Unavailable
from cliply.media import ffmpeg

ENDLESS = ["-re", "-f", "lavfi", "-i", "color=black:s=64x64:r=10", "-f", "null", "-"]


@pytest.fixture(scope="module")
def binary() -> Path:
    return ffmpeg.find_ffmpeg(None)


def children() -> set[str]:
    return set(Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split())


def test_the_packaged_ffmpeg_has_the_filters_that_renders_need(binary):
    assert {"ass", "sendcmd", "alimiter", "showwaves", "zscale"} <= ffmpeg.filters(binary)


@pytest.mark.parametrize("make", [lambda p: None, lambda p: p.mkdir(), lambda p: p.write_text("")])
def test_a_binary_that_can_not_be_run_is_a_settings_error(tmp_path, make):
    path = tmp_path / "ffmpeg"
    make(path)
    with pytest.raises(SettingsError) as error:
        ffmpeg.find_ffmpeg(path)
    assert error.value.code == ErrorCode.ffmpeg_missing


def test_a_program_that_is_no_ffmpeg_is_a_settings_error():
    with pytest.raises(SettingsError):
        ffmpeg.filters(Path("/bin/false"))


def test_the_toolchain_names_version_binary_and_cpu(binary):
    found = ffmpeg.toolchain(binary)
    assert found == ffmpeg.toolchain(binary)
    assert found.ffmpeg_version[:1].isalnum()
    assert len(found.ffmpeg_hash) == 16
    assert found.cpu_class


def test_the_cpu_class_is_the_best_set_the_cpu_lists(tmp_path):
    listing = tmp_path / "cpuinfo"
    listing.write_text("model name : x\nflags : fpu sse2 sse4_2 avx avx2\nflags : fpu\n")
    assert ffmpeg.cpu_class(listing) == "avx2"
    assert ffmpeg.cpu_class(tmp_path / "none") == os.uname().machine


def test_progress_is_told_twice_a_second_and_ends_at_one(binary):
    told: list[tuple[float, float]] = []
    ffmpeg.run(
        binary,
        ["-re", "-f", "lavfi", "-i", "color=black:s=64x64:r=25:d=1.5", "-f", "null", "-"],
        duration_ms=1500,
        timeout_s=30,
        on_progress=lambda part: told.append((time.monotonic(), part)),
    )
    times, parts = zip(*told, strict=True)
    assert max(b - a for a, b in pairwise(times)) < 0.5
    assert list(parts) == sorted(parts)
    assert parts[-1] == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("reason", [KeyboardInterrupt, Cancelled, ZeroDivisionError])
def test_whatever_the_callback_raises_ends_the_child(binary, reason):
    before = children()

    def stop(_part: float) -> None:
        raise reason

    with pytest.raises(reason):
        ffmpeg.run(binary, ENDLESS, duration_ms=1000, timeout_s=30, on_progress=stop)
    assert children() == before


def test_a_run_that_takes_too_long_is_stopped_and_may_be_tried_again(binary):
    before = children()
    with pytest.raises(Unavailable) as error:
        ffmpeg.run(binary, ENDLESS, duration_ms=60_000, timeout_s=0.5)
    assert error.value.code == ErrorCode.ffmpeg_timeout
    assert children() == before


def test_a_run_that_stands_still_is_stopped(binary, tmp_path):
    pipe = tmp_path / "nobody-writes"
    os.mkfifo(pipe)
    with pytest.raises(Unavailable) as error:
        ffmpeg.run(
            binary,
            ["-f", "wav", "-i", str(pipe), "-f", "null", "-"],
            duration_ms=1000,
            timeout_s=30,
            stall_s=0.6,
        )
    assert error.value.code == ErrorCode.ffmpeg_timeout


def test_a_source_that_can_not_be_read_is_final_and_says_why(binary, tmp_path):
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"not a video" * 100)
    with pytest.raises(MediaError) as error:
        ffmpeg.run(binary, ["-i", str(broken), "-f", "null", "-"], duration_ms=1000, timeout_s=30)
    assert error.value.code == ErrorCode.render_failed
    assert "Invalid data" in error.value.message


def test_a_full_disk_may_be_tried_again(binary):
    source = ["-f", "lavfi", "-i", "testsrc2=s=320x180:d=2", "-c:v", "mpeg4", "-f", "mpegts"]
    with pytest.raises(Unavailable) as error:
        ffmpeg.run(binary, [*source, "-y", "file:/dev/full"], duration_ms=2000, timeout_s=30)
    assert error.value.code == ErrorCode.disk_full


def test_memory_is_bounded(binary):
    wide = ["-f", "lavfi", "-i", "color=s=8000x8000:d=1", "-vf", "tpad=stop=50", "-f", "null", "-"]
    with pytest.raises((MediaError, Unavailable)):
        ffmpeg.run(binary, wide, duration_ms=1000, timeout_s=30, memory_bytes=300 << 20)


def test_the_child_sees_nothing_of_our_environment(binary, tmp_path, monkeypatch):
    monkeypatch.setenv("FFREPORT", f"file={tmp_path}/report.log")
    one_frame = ["-f", "lavfi", "-i", "color=s=16x16:d=0.1", "-f", "null", "-"]
    ffmpeg.run(binary, one_frame, duration_ms=100, timeout_s=30)
    assert not (tmp_path / "report.log").exists()


def test_a_killed_parent_takes_its_ffmpeg_along(tmp_path, binary):
    script = (
        "import sys; from pathlib import Path; from cliply.media.ffmpeg import run; "
        "endless = ['-f', 'lavfi', '-re', '-i', 'testsrc', '-f', 'null', '-']; "
        "run(Path(sys.argv[1]), endless, duration_ms=600_000, timeout_s=600, "
        "on_progress=lambda done: print(done, flush=True))"
    )
    command = [sys.executable, "-c", script, str(binary)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as parent:
        parent.stdout.readline()
        (child,) = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
        parent.kill()
    deadline = time.monotonic() + 10
    while is_running(int(child)):
        assert time.monotonic() < deadline, "FFmpeg went on"
        time.sleep(0.05)


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
