import cv2
import numpy as np

from cliply.domain.mood import Mood, MoodSeries
from cliply.domain.timing import TimeRange
from cliply.media.mood_picture import BRIGHT, DARK, TURN, mood_picture


def test_bright_utterances_stand_up_dark_ones_hang_down_and_turns_are_marked() -> None:
    moods = (
        Mood(span=TimeRange(start_ms=0, end_ms=4_000), score=0.8, change=0.0),
        Mood(span=TimeRange(start_ms=6_000, end_ms=10_000), score=-0.8, change=0.8),
    )

    picture = cv2.imdecode(np.frombuffer(mood_picture(MoodSeries(moods=moods)), np.uint8), 1)

    height, width = picture.shape[:2]
    assert tuple(picture[height // 4, width // 5]) == BRIGHT
    assert tuple(picture[3 * height // 4, width // 5]) not in (BRIGHT, DARK)
    assert tuple(picture[3 * height // 4, 4 * width // 5]) == DARK
    assert tuple(picture[5, 6 * (width - 1) // 10]) == TURN


def test_where_nobody_judged_there_is_no_picture() -> None:
    assert mood_picture(MoodSeries()) == b""
