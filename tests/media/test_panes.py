import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from cliply.domain.framing import (
    CropPath,
    CropPoint,
    FramedSpan,
    Layout,
    Pane,
    Region,
)
from cliply.domain.media import SourceLimits, VideoStream
from cliply.domain.timing import TimeRange
from cliply.media import ffmpeg
from cliply.media.board import Board
from cliply.media.crop_path import centre_at
from cliply.media.panes import progressive, run_picture, waveform_picture
from cliply.media.probe import probe
from cliply.media.runs import Piece, Run
from tests.media.synthesis import Layout as FileLayout
from tests.media.synthesis import Shot, compose

RATE = Fraction(30)
ANY_LENGTH = SourceLimits(min_duration_ms=1)
HALVES = (Region(0, 0, 1, 0.5), Region(0, 0.5, 1, 0.5))


@pytest.fixture(scope="module")
def binary() -> Path:
    return ffmpeg.find_ffmpeg(None)


def ramp(width: int, height: int, time_s: float) -> np.ndarray:
    """Its brightness tells the column, from 16 at the left to 240 at the right."""
    row = np.linspace(16, 240, width)
    return np.repeat(np.tile(row, (height, 1))[..., None], 3, axis=2).round().astype(np.uint8)


def ramp_file(path: Path, seconds: float = 5.0, **layout) -> Path:
    made = FileLayout(**({"fps": RATE, "size": (640, 360)} | layout))
    return compose(path, [Shot(seconds, ramp)], (), made)


def path_of(*points, jumps_ms=(), size_px=(160, 142)) -> CropPath:
    return CropPath(
        width_px=size_px[0],
        height_px=size_px[1],
        points=tuple(CropPoint(time_ms=t, x=x, y=0.5) for t, x in points),
        jumps_ms=jumps_ms,
    )


def run_of(
    *panes: Pane, layout=Layout.single, pieces=((0, 150),), speed=Fraction(1), **rest
) -> Run:
    """Pieces as (source time of the first frame in ms, frames), all in one layout."""
    framed = FramedSpan(
        span=TimeRange(start_ms=0, end_ms=60_000), layout=layout, panes=panes, reason=""
    )
    return Run(
        tuple(
            Piece(
                span=number,
                framed=framed,
                source_start_s=Fraction(start_ms, 1000),
                frames=frames,
                speed=speed,
                frame_rate=RATE,
                **rest,
            )
            for number, (start_ms, frames) in enumerate(pieces)
        )
    )


def shown(
    binary: Path, source: Path, run: Run, size_px: tuple[int, int], folder: Path, **video
) -> np.ndarray:
    """The run's pictures [n, height, width, 3] in RGB."""
    stream = probe(source, ANY_LENGTH).video.model_copy(update=video)
    board = Board(folder=folder, attachments={})
    views = [board.label("view") for _ in run.pieces]
    board.add(f"[0:v]settb=AVTB{progressive(stream)},split={len(views)}{''.join(views)}")
    cut = [
        board.chain(view, _frames_of(piece), "cut")
        for view, piece in zip(views, run.pieces, strict=True)
    ]
    link = board.chain("".join(cut), f"concat=n={len(cut)},settb=1/{RATE},fps={RATE}", "in")
    end = run_picture(run, stream, size_px, board, link, name="r0", can_tonemap=True)
    return pictures(binary, board, end, size_px, "-i", str(source))


def _frames_of(piece: Piece) -> str:
    start = float(piece.source_start_s)
    return (
        f"trim=start={max(0.0, start - 0.05)},setpts=(PTS-{start}/TB)/{float(piece.speed)},"
        f"fps={RATE}:start_time=0,tpad=stop=-1:stop_mode=clone,trim=end_frame={piece.frames}"
    )


def pictures(binary: Path, board: Board, end: str, size_px: tuple[int, int], *inputs) -> np.ndarray:
    for name, content in board.files.items():
        (board.folder / name).write_bytes(content)
    command = [str(binary), "-v", "error", *inputs, "-filter_complex", board.graph, "-map", end]
    raw = ["-fps_mode", "passthrough", "-pix_fmt", "rgb24", "-f", "rawvideo", "-"]
    done = subprocess.run([*command, *raw], capture_output=True, check=True)
    return np.frombuffer(done.stdout, np.uint8).reshape(-1, size_px[1], size_px[0], 3)


def middle_of(picture: np.ndarray) -> float:
    """Where the middle of a window over the ramp lies, 0…1."""
    width = picture.shape[1]
    seen = picture[:, width // 2 - 4 : width // 2 + 4].mean()
    return float((seen - 16) / 224)


def marked(x: float, y: float):
    """A white square on blue, its centre at these fractions of the coded picture."""

    def paint(width: int, height: int, _time_s: float) -> np.ndarray:
        picture = np.full((height, width, 3), (20, 30, 160), np.uint8)
        left, top, half = round(x * width), round(y * height), height // 12
        picture[top - half : top + half, left - half : left + half] = 255
        return picture

    return paint


def whiteness(picture: np.ndarray) -> np.ndarray:
    return picture.min(axis=2) > 180


def centre_of(spots: np.ndarray) -> tuple[float, float]:
    """Centre of what is set, as fractions of the picture."""
    rows, columns = np.nonzero(spots)
    return (columns.mean() + 0.5) / spots.shape[1], (rows.mean() + 0.5) / spots.shape[0]


def moving_split() -> tuple[CropPath, CropPath]:
    upper = path_of((0, 0.2), (1000, 0.2), (1700, 0.8), (2500, 0.3), jumps_ms=(2500,))
    lower = path_of((0, 0.8), (1500, 0.4), (2500, 0.7), jumps_ms=(2500,))
    return upper, lower


def split_of(*paths: CropPath, **rest) -> Run:
    panes = [Pane(region=r, path=p) for r, p in zip(HALVES, paths, strict=True)]
    return run_of(*panes, layout=Layout.split, **rest)


@pytest.mark.parametrize(
    ("pieces", "speed"), [(((0, 90),), 1), (((1000, 45),), 2), (((1700, 40), (300, 30)), 1)]
)
def test_each_pane_follows_its_own_path_and_jumps_with_the_frame_of_the_cut(
    binary, tmp_path, pieces, speed
):
    """A pan is 0.03 of the picture a frame: a frame late would show."""
    source = ramp_file(tmp_path / "ramp.mp4", 5.1)
    paths = moving_split()
    run = split_of(*paths, pieces=pieces, speed=Fraction(speed))
    found = shown(binary, source, run, (180, 320), tmp_path)
    assert len(found) == run.frames
    for n, picture in enumerate(found):
        for path, half in zip(paths, (picture[20:140], picture[180:300]), strict=True):
            expected = centre_at(path, run.source_ms(n))[0]
            assert middle_of(half) == pytest.approx(expected, abs=0.013), n


@pytest.mark.parametrize(
    ("layout", "marker"),
    [
        ({"size": (853, 481), "pixel_format": "yuv444p"}, (0.7, 0.35)),
        ({"size": (640, 360), "pixel_format": "yuv420p10le"}, (0.7, 0.35)),
        ({"size": (640, 360), "rotation": 90}, (0.35, 0.3)),
        ({"size": (320, 360), "sample_aspect": Fraction(2)}, (0.7, 0.35)),
        (
            {"size": (640, 360), "frame_times_s": [n / 15 + n % 3 / 40 for n in range(20)]},
            (0.7, 0.35),
        ),
    ],
    ids=["odd", "10-bit", "rotated", "anamorphic", "variable rate"],
)
def test_a_window_shows_its_place_in_any_kind_of_picture(binary, tmp_path, layout, marker):
    """The marker is at (0.7, 0.35) as a player shows the picture."""
    file = FileLayout(fps=RATE, **layout)
    source = compose(tmp_path / "marked.mp4", [Shot(1.0, marked(*marker))], (), file)
    video = probe(source, ANY_LENGTH).video
    unit = min(video.width, video.height) // 4 * 2
    path = CropPath(width_px=unit, height_px=unit, points=(CropPoint(time_ms=0, x=0.7, y=0.35),))
    run = run_of(Pane(path=path), pieces=((0, 15),))
    spots = whiteness(shown(binary, source, run, (200, 200), tmp_path)[3])
    assert centre_of(spots) == pytest.approx((0.5, 0.5), abs=0.015)
    rows, columns = spots.any(axis=1).sum(), spots.any(axis=0).sum()
    assert columns == pytest.approx(rows * float(file.sample_aspect), rel=0.08)


@pytest.mark.parametrize("panes", [1, 2])
def test_a_high_dynamic_range_is_brought_down(binary, tmp_path, panes):
    """Reference white, 58 % of PQ, is bright; untouched it would be a middle grey."""
    board = Board(folder=tmp_path, attachments={})
    grey = "color=c=0x949494:s=320x180:r=30:d=0.2,format=yuv420p10le"
    tags = "color_trc=smpte2084:color_primaries=bt2020:colorspace=bt2020nc:range=limited"
    link = board.chain("", f"{grey},setparams={tags}", "in")
    still = path_of((0, 0.5))
    run = split_of(still, still) if panes == 2 else run_of(Pane(path=still))
    video = stream_of(320, 180, is_hdr=True, pixel_format="yuv420p10le")
    end = run_picture(run, video, (90, 160), board, link, name="r0", can_tonemap=True)
    found = pictures(binary, board, end, (90, 160))[0]
    assert found[20].mean() > 195
    assert found[140].mean() == pytest.approx(found[20].mean(), abs=2)


def test_fields_of_an_interlaced_source_are_not_shown_as_combs(binary, tmp_path):
    def fields(width: int, height: int, time_s: float) -> np.ndarray:
        picture = np.full((height, width, 3), 40, np.uint8)
        for field in (0, 1):
            left = 40 + round(400 * (time_s + field / 50))
            picture[field::2, left : left + 80] = 230
        return picture

    options = {"preset": "ultrafast", "crf": "10", "x264-params": "interlaced=1"}
    file = FileLayout(fps=Fraction(25), size=(640, 360), video_options=options)
    source = compose(tmp_path / "fields.mkv", [Shot(0.8, fields)], (), file)
    assert probe(source, ANY_LENGTH).video.is_interlaced
    path = CropPath(width_px=640, height_px=360, points=(CropPoint(time_ms=0, x=0.5, y=0.5),))
    run = run_of(Pane(path=path), pieces=((0, 15),))

    def combs(**video) -> float:
        picture = shown(binary, source, run, (640, 360), tmp_path, **video)[8]
        rows = picture[40:320].mean(axis=2)
        return float(np.abs(np.diff(rows, axis=0)).mean())

    assert combs() < 0.25 * combs(is_interlaced=False)


def stream_of(width: int, height: int, **rest) -> VideoStream:
    return VideoStream(
        index=0,
        codec="h264",
        width=width,
        height=height,
        coded_width=width,
        coded_height=height,
        frame_rate=RATE,
        duration_ms=60_000,
        **({"pixel_format": "yuv420p"} | rest),
    )


@pytest.mark.parametrize("width", [1.0, 0.5])
def test_a_fitted_picture_is_whole_and_its_backdrop_dark_and_blurred(binary, tmp_path, width):
    source = ramp_file(tmp_path / "ramp.mp4", 0.2, size=(320, 180))
    size = (round(320 * width), 180)
    found = shown(binary, source, run_of(layout=Layout.fit, pieces=((0, 3),)), size, tmp_path)[0]
    row = found[90].mean(axis=1)
    assert row[2] == pytest.approx(17, abs=5)
    assert row[-3] == pytest.approx(239, abs=5)
    if width < 1:
        assert found[5].mean() < 0.75 * found[90].mean()


def test_sound_is_drawn_where_it_is_loud(binary, tmp_path):
    board = Board(folder=tmp_path, attachments={})
    link = board.chain("", "sine=f=400:d=2,volume='gt(t,1)':eval=frame", "sound")
    end = waveform_picture(board, link, (180, 320), RATE, 45)
    found = pictures(binary, board, end, (180, 320)).astype(int)
    assert len(found) == 45
    bars = [int((found[n, ..., 0] - found[n, ..., 2] > 100).sum()) for n in (10, 40)]
    assert bars[1] > 3 * max(bars[0], 100)


def test_a_waveform_has_no_picture_to_cut(tmp_path):
    board = Board(folder=tmp_path, attachments={})
    run = run_of(layout=Layout.waveform)
    with pytest.raises(ValueError, match="waveform"):
        run_picture(run, stream_of(640, 360), (90, 160), board, "[v]", name="r0", can_tonemap=True)


@pytest.mark.parametrize(
    "size_px", [(1080, 1920), (540, 960), (1080, 1350), (1080, 1080), (540, 676)]
)
@pytest.mark.parametrize(
    "regions",
    [
        HALVES,
        tuple(Region(0, n / 3, 1, 1 / 3) for n in range(3)),
        tuple(Region(n / 3, 0, 1 / 3, 1) for n in range(3)),
        (Region(0, 0, 1, 0.31640625), Region(0, 0.31640625, 1, 1 - 0.31640625)),
    ],
)
def test_regions_in_pixels_are_even_and_cover_the_frame_once(size_px, regions):
    covered = np.zeros(size_px, int)
    for x, y, width, height in (region.in_px(size_px) for region in regions):
        assert not any(side % 2 for side in (x, y, width, height))
        covered[x : x + width, y : y + height] += 1
    assert covered.min() == covered.max() == 1


def test_a_still_window_sends_no_commands_and_is_cut_before_it_is_enlarged(tmp_path):
    board = Board(folder=tmp_path, attachments={})
    run = run_of(Pane(path=path_of((0, 0.5), size_px=(202, 360))))
    run_picture(run, stream_of(640, 360), (1080, 1920), board, "[v]", name="r0", can_tonemap=True)
    assert board.files == {}
    assert board.graph.startswith("[v]crop=204:360:218:0,scale=")


def test_every_window_listens_to_its_own_commands_only(tmp_path):
    board = Board(folder=tmp_path, attachments={})
    for name in ("r0", "r1"):
        run_picture(
            split_of(*moving_split()), stream_of(640, 360), (90, 160), board, "[v]",
            name=name, can_tonemap=True,
        )  # fmt: skip
    assert set(board.files) == {"r0p0.cmd", "r0p1.cmd", "r1p0.cmd", "r1p1.cmd"}
    for name in board.files:
        window = f"crop@{name.removesuffix('.cmd')}"
        assert board.graph.count(f"{window}=") == 1
        lines = board.files[name].decode().splitlines()
        assert all(line.count(window) == 2 for line in lines)


def test_a_jump_is_sent_a_millisecond_early(tmp_path):
    board = Board(folder=tmp_path, attachments={})
    path = path_of((0, 0.3), (2000, 0.7), jumps_ms=(2000,))
    run = run_of(Pane(path=path), pieces=((500, 90),))
    run_picture(run, stream_of(640, 360), (90, 160), board, "[v]", name="r0", can_tonemap=True)
    (line,) = board.files["r0p0.cmd"].decode().splitlines()
    assert line.startswith("1.499000 crop@r0p0 x ")
