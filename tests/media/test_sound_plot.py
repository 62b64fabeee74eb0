"""The picture of a source's sound shows each kind of event in its lane."""

import cv2
import numpy as np
import polars as pl

from cliply.domain.audio import AudioFeatures, AudioState, SoundEvent, SoundKind
from cliply.domain.timing import TimeRange
from cliply.media.sound_plot import COLOURS, LANE_PX, sound_picture


def test_an_event_is_bright_in_its_lane_and_doubt_is_dim() -> None:
    likelihood = np.zeros(100, np.float32)
    likelihood[20:40] = 1.0
    likelihood[60:80] = 0.4
    levels = pl.DataFrame({"peak_dbfs": np.full(100, -6.0), "rms_dbfs": np.full(100, -20.0)})
    levels = levels.with_columns(
        pl.Series(kind.value, likelihood if kind is SoundKind.applause else 0 * likelihood)
        for kind in SoundKind
    )
    span = TimeRange(start_ms=2_000, end_ms=4_000)
    event = SoundEvent(kind=SoundKind.applause, span=span, likelihood=1.0)
    features = AudioFeatures(state=AudioState.heard, duration_ms=10_000, events=(event,))
    picture = cv2.imdecode(np.frombuffer(sound_picture(levels, features), np.uint8), 1)
    assert picture is not None
    assert picture.shape == (240 + len(SoundKind) * LANE_PX, 1200, 3)
    lane = 240 + list(SoundKind).index(SoundKind.applause) * LANE_PX
    bright, dim = picture[lane + LANE_PX - 3, 360], picture[lane + LANE_PX - 3, 840]
    assert tuple(bright) == COLOURS[SoundKind.applause]
    assert 0 < int(dim.astype(int).sum()) < int(bright.astype(int).sum()) * 0.6
    assert not (picture[240 : 240 + LANE_PX, 300:] == COLOURS[SoundKind.laughter]).all(2).any()


def test_a_source_without_sound_has_a_picture_too() -> None:
    columns = ["peak_dbfs", "rms_dbfs", *(kind.value for kind in SoundKind)]
    levels = pl.DataFrame({name: np.zeros(0, np.float32) for name in columns})
    silent = AudioFeatures(state=AudioState.silent, duration_ms=1_000)
    picture = cv2.imdecode(np.frombuffer(sound_picture(levels, silent), np.uint8), 1)
    assert picture is not None
