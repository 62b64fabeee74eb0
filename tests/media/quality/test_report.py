"""The whole report of finished clips, good and bad."""

from pathlib import Path

import pytest

from cliply.domain.captions import CaptionSettings
from cliply.domain.export import Platform
from cliply.domain.faces import Box, FaceSample, FaceTrack, FaceTrackList
from cliply.domain.framing import AspectRatio, Pane
from cliply.domain.quality import QualityCheck, QualityReport
from cliply.domain.rendering import RenderSpec
from cliply.media import ffmpeg
from cliply.media.captions import caption_spec
from cliply.media.fonts import FontShelf
from cliply.media.measure import measure
from cliply.media.quality import Evidence, examine
from tests.media.quality.clips import (
    SIZE,
    Wanted,
    babble,
    cue,
    delayed,
    framing,
    frozen,
    spec_of,
    window,
    word,
    write_clip,
)

SHELF = FontShelf()
SAID = (word(300, 700, "bees"), word(2000, 2600, "honey"))
FACES = FaceTrackList(
    detector="test",
    sample_interval_ms=500,
    tracks=(
        FaceTrack(
            track_id=0,
            scene=0,
            samples=tuple(
                FaceSample(time_ms=ms, box=Box(0.45, 0.3, 0.1, 0.3), confidence=1.0)
                for ms in range(0, 3000, 500)
            ),
        ),
    ),
)


def captioned(**changes: object) -> RenderSpec:
    """A spec with everything that a check looks at."""
    cues = (cue(300, 1500, "Bees count"),)
    captions = caption_spec(
        CaptionSettings(), AspectRatio.landscape, SIZE, Platform.any, SHELF, [cues[0].text]
    )
    spec = spec_of(Wanted(cues=cues, captions=captions))
    return spec.model_copy(update=changes)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("report") / "good.mp4")


def report(video: Path, spec: RenderSpec, source: Path) -> QualityReport:
    evidence = Evidence(source=source, words=SAID, faces=FACES, repairs=("The level was raised.",))
    return examine(video, spec, measure(video, ffmpeg.find_ffmpeg(None)), evidence, shelf=SHELF)


def failed(found: QualityReport) -> set[QualityCheck]:
    return {finding.check for finding in found.failed}


def test_a_good_clip_passes_every_check(good: Path) -> None:
    found = report(good, captioned(), good)
    assert [finding.check for finding in found.findings] == list(QualityCheck)
    assert failed(found) == set()
    assert found.passed
    assert all(finding.value is not None for finding in found.findings)
    assert found.repairs == ("The level was raised.",)


def test_everything_that_is_wrong_is_found(good: Path) -> None:
    bad = write_clip(good.with_name("bad.mp4"), frozen(40, 60), delayed(babble(), 80))
    aside = framing(Pane(path=window(((0, 0.85),), size=(80, 144))))
    shifted = captioned().captions.model_copy(update={"bottom_px": 80.0, "top_px": 70.0})
    fast = (cue(300, 900, "They count nine landmarks"),)
    found = report(bad, captioned(framing=aside, captions=shifted, cues=fast), good)
    assert failed(found) >= {
        QualityCheck.av_offset,
        QualityCheck.frozen_frames,
        QualityCheck.face_cut_off,
        QualityCheck.caption_safe_area,
        QualityCheck.caption_speed,
    }
    assert not found.passed


def test_a_report_is_kept_as_json(good: Path) -> None:
    found = report(good, captioned(), good)
    assert QualityReport.model_validate_json(found.model_dump_json()) == found


def test_every_message_is_a_sentence(good: Path) -> None:
    for source in (good, None):
        for finding in report(good, captioned(), source).findings:
            assert finding.message[0].isupper()
            assert finding.message.endswith(".")
