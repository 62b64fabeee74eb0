"""Where a source is read from, and what happens when it is no longer what it was."""

from fractions import Fraction
from pathlib import Path

import pytest

from cliply.errors import ErrorCode, MediaError
from cliply.media.probe import probe
from cliply.media.seeking import LANDING_MS, decode_from_ms
from tests.media.synthesis import Layout, alternating_shots, compose, tone

LAYOUT = Layout(
    fps=Fraction(25),
    size=(160, 90),
    video_options={"preset": "ultrafast", "g": "25", "x264-params": "scenecut=0"},
)


def test_a_transport_stream_is_read_from_the_keyframe_before_the_clip(tmp_path: Path) -> None:
    path = compose(tmp_path / "talk.ts", alternating_shots([6.0]), tone(6), LAYOUT)
    source = probe(path)
    assert source.video is not None
    start_ms = decode_from_ms(source, path, source.video.start_ms + 3_500)
    assert start_ms == pytest.approx(source.video.start_ms + 3_000 - LANDING_MS, abs=41)


@pytest.mark.parametrize(
    "without_video", [tone(6), (tone(6), tone(6, 200.0))], ids=["fewer streams", "other streams"]
)
def test_a_transport_stream_that_lost_its_video_is_told(tmp_path: Path, without_video) -> None:
    path = compose(tmp_path / "talk.ts", alternating_shots([6.0]), tone(6), LAYOUT)
    source = probe(path)
    compose(path, (), without_video)
    with pytest.raises(MediaError, match=r"talk\.ts no longer has the video") as raised:
        decode_from_ms(source, path, 3_500)
    assert raised.value.code is ErrorCode.source_corrupt
