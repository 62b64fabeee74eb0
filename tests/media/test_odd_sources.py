"""The odd sources are what they claim to be, and are probed as such."""

from pathlib import Path

import av
import numpy as np
import pytest

from cliply.domain.media import SourceMedia
from cliply.media.frames import as_planar, small_grey
from cliply.media.probe import probe
from tests.media.odd_sources import (
    BEEP_HZ,
    COLOURS,
    FLASH_S,
    LENGTH_S,
    ODD_SOURCES,
    OddSource,
    combing,
)
from tests.media.synthesis import Picture


@pytest.fixture(scope="module", params=sorted(ODD_SOURCES))
def odd(request: pytest.FixtureRequest) -> OddSource:
    return ODD_SOURCES[request.param]


@pytest.fixture(scope="module")
def path(odd: OddSource, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return odd.make(tmp_path_factory.mktemp(odd.name))


@pytest.fixture(scope="module")
def media(path: Path) -> SourceMedia:
    return probe(path)


def pictures(path: Path, media: SourceMedia) -> list[tuple[float, Picture]]:
    """Every eighth frame and those round the flash, as shown, with their times in seconds."""
    shown = []
    assert media.video is not None
    with av.open(str(path)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number % 8 == 0 or abs(frame.time - FLASH_S) < 0.3:
                rgb = frame.to_ndarray(format="rgb24")
                shown.append((frame.time, np.rot90(rgb, -media.video.rotation // 90)))
    return shown


def test_it_is_probed_as_a_player_shows_it(odd: OddSource, media: SourceMedia) -> None:
    video = media.video
    assert video is not None
    assert (video.width, video.height) == odd.shown_size
    assert video.is_hdr is odd.name.startswith("hdr")
    assert video.is_interlaced is (odd.name == "interlaced")
    assert video.is_variable_rate is (odd.name == "variable-rate")
    assert (media.audio is None) is (odd.sound is None)
    assert media.duration_ms == pytest.approx(LENGTH_S * 1000, abs=120)
    if odd.sound is not None:
        assert media.audio.channels == odd.sound().samples.shape[0]


def test_its_colours_are_where_they_should_be(
    odd: OddSource, path: Path, media: SourceMedia
) -> None:
    _, first = pictures(path, media)[0]
    height, width = first.shape[:2]
    for (x, y), colour in COLOURS.items():
        seen = first[round(y * height), round(x * width)].astype(int)
        if media.video.is_hdr:
            assert_leans_like(seen, colour)
        else:
            assert np.abs(seen - colour).max() <= odd.tolerance, (x, y)


def assert_leans_like(seen: np.ndarray, colour: tuple[int, int, int]) -> None:
    """HDR without tone mapping is pale, but the strongest channel stays the strongest."""
    assert np.argmax(seen) == np.argmax(colour)


def test_it_flashes_white_at_two_seconds(path: Path) -> None:
    with av.open(str(path)) as container:
        white = [
            frame.time
            for frame in container.decode(video=0)
            if small_grey(as_planar(frame), (16, 9), 0).min() > 120
        ]
    assert white[0] == pytest.approx(FLASH_S, abs=0.001)
    assert white[-1] < FLASH_S + 0.1


def test_it_beeps_at_two_seconds(odd: OddSource, path: Path) -> None:
    if odd.sound is None:
        return
    with av.open(str(path)) as container:
        resampler = av.AudioResampler("flt", "mono", 48_000)
        blocks = [
            part.to_ndarray()[0]
            for frame in container.decode(audio=0)
            for part in resampler.resample(frame)
        ]
    loud = np.flatnonzero(np.abs(np.concatenate(blocks)) > 0.1)
    assert bool(len(loud)) is odd.hears_beep
    if odd.hears_beep:
        assert loud[0] / 48_000 == pytest.approx(FLASH_S, abs=2 / BEEP_HZ + 0.003)
        assert loud[-1] / 48_000 == pytest.approx(FLASH_S + 0.1, abs=2 / BEEP_HZ + 0.003)


def test_two_fields_comb_and_one_picture_does_not(tmp_path: Path) -> None:
    for name, combs in (("interlaced", True), ("anamorphic", False)):
        made = ODD_SOURCES[name].make(tmp_path)
        seen = [combing(picture[:, :, 1]) for _, picture in pictures(made, probe(made))]
        assert (float(np.median(seen)) > 1) is combs
