"""Transitions look like what an editor calls by their name."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from cliply.domain.timeline import TransitionKind
from cliply.media import ffmpeg
from cliply.media.board import Board
from cliply.media.transitions import Meeting, gone_over
from tests.media.specs_of import BINARY, NTSC, pictures

WIDTH, HEIGHT = 96, 160
STRIPE = slice(44, 52)


def striped(colour: str, frames: int, rate: Fraction) -> str:
    """A colour with a white stripe down its middle."""
    return (
        f"color={colour}:s={WIDTH}x{HEIGHT}:r={rate},trim=end_frame={frames},"
        f"drawbox=x={STRIPE.start}:w={STRIPE.stop - STRIPE.start}:h={HEIGHT}:color=white:t=fill,"
        f"format=yuv420p,settb=1/({rate})"
    )


def shown(folder: Path, kind: TransitionKind, frames: int = 12, rate: Fraction = Fraction(30)):
    """The frames of a transition from red to blue."""
    board = Board(folder=folder, attachments={})
    before, after = (
        board.chain("", striped(colour, frames, rate), "in") for colour in ("red", "blue")
    )
    meeting = Meeting(before, after, frames, rate, (WIDTH, HEIGHT))
    end = gone_over(kind, meeting, board)
    graph = ["-filter_complex", f"{board.graph};{end}null[v]", "-map", "[v]", "-r", str(rate)]
    lossless = ["-c:v", "libx264", "-qp", "0", "-preset", "ultrafast", "-y", f"{folder}/shown.mp4"]
    ffmpeg.run(BINARY, [*graph, *lossless], duration_ms=1000, timeout_s=30)
    return pictures(folder / "shown.mp4").astype(int)


def reds(picture: np.ndarray) -> np.ndarray:
    return (picture[..., 0] > 150) & (picture[..., 2] < 90)


def blues(picture: np.ndarray) -> np.ndarray:
    return (picture[..., 2] > 150) & (picture[..., 0] < 90)


def stripe_px(picture: np.ndarray) -> float:
    """Mean width of what is white."""
    return float((picture.min(axis=2) > 150).sum(axis=1).mean())


@pytest.mark.parametrize("kind", list(TransitionKind))
@pytest.mark.parametrize(("frames", "rate"), [(3, Fraction(30)), (12, NTSC), (31, Fraction(25))])
def test_it_lasts_its_frames_and_leads_from_one_to_the_other(tmp_path, kind, frames, rate):
    found = shown(tmp_path, kind, frames, rate)
    assert len(found) == frames
    assert reds(found[0]).mean() > 0.6
    red, _, blue = found[-1].mean(axis=(0, 1))
    assert blue > red + 40


def test_a_crossfade_mixes_both_all_over(tmp_path):
    middle = shown(tmp_path, TransitionKind.crossfade)[6]
    assert np.ptp(middle[:, :40, 0]) < 12
    assert 60 < middle[:, :40, 0].mean() < 190
    assert 60 < middle[:, :40, 2].mean() < 190


def test_a_wipe_uncovers_from_the_right_and_moves_nothing(tmp_path):
    found = shown(tmp_path, TransitionKind.wipe)
    assert reds(found[6])[:, :40].all()
    assert blues(found[6])[:, 56:].all()
    for picture in found:
        assert (picture[:, 45:51].min(axis=2) > 200).all()


def test_a_zoom_dives_into_one_and_out_of_the_other(tmp_path):
    found = shown(tmp_path, TransitionKind.zoom)
    widths = [stripe_px(picture) for picture in found]
    assert widths[0] == pytest.approx(8, abs=1)
    assert widths[5] > 1.7 * widths[0]
    assert widths[:6] == sorted(widths[:6])
    assert widths[7:] == sorted(widths[7:], reverse=True)
    assert widths[-1] == pytest.approx(8, abs=1)
    assert not blues(found[3]).any()
    assert not reds(found[9]).any()


def test_a_glitch_flickers_and_tears_the_picture_and_its_colours(tmp_path):
    found = shown(tmp_path, TransitionKind.glitch)
    is_red = [reds(picture).sum() > blues(picture).sum() for picture in found]
    assert is_red == [True] * 4 + [False] + [True] + [False] * 6
    torn = [len({tuple(row) for row in picture.min(axis=2) > 150}) > 1 for picture in found]
    assert sum(torn[1:-1]) >= 8
    assert not torn[0]
    assert not torn[-1]


def test_a_swipe_pushes_one_out_to_the_left_with_the_other(tmp_path):
    found = shown(tmp_path, TransitionKind.swipe)
    edges = [int(blues(picture)[80].argmax()) for picture in found[2:-1]]
    assert edges == sorted(edges, reverse=True)
    assert edges[0] > 80
    assert edges[-1] < 8
    sharp, blurred = (np.abs(np.diff(found[n][80, :, 1])).max() for n in (0, 6))
    assert blurred < sharp / 3
