"""The how-to for integrators does what it says, from an account to clips on the disk."""

import os
import re
import subprocess
from pathlib import Path

from cliply.media.probe import probe

HOW_TO = Path(__file__).resolve().parent.parent.parent / "docs" / "how-to" / "use-the-api.md"


def script() -> str:
    """All shell blocks of the page, in order."""
    return "\n".join(re.findall(r"```sh\n(.*?)```", HOW_TO.read_text(), re.DOTALL))


def test_the_pages_script_makes_clips_with_curl_alone(
    up: str, shared_media: Path, tmp_path: Path
) -> None:
    environment = {**os.environ, "API": up, "VIDEO": str(shared_media / "manifesto.mp4")}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script()],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=480,
    )
    print(done.stdout)  # noqa: T201
    assert done.returncode == 0, done.stdout + done.stderr
    (clip,) = tmp_path.glob("*.mp4")
    media = probe(clip)
    assert 4_000 <= media.duration_ms <= 16_000
    assert media.video is not None
    assert (media.video.width, media.video.height) == (1080, 1920)
    assert len(list(tmp_path.glob("*.srt"))) == len(list(tmp_path.glob("*.jpg"))) == 1
