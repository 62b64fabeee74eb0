"""The demo talk is what its truth says it is."""

from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from cliply.errors import Cancelled, InvalidInput
from cliply.media.audio_features import measure_audio
from cliply.media.demo_stage import ShotKind
from cliply.media.probe import probe
from cliply.services.demo import DemoTruth, compose_demo, srt_of
from cliply.services.demo_script import DEMO_SCRIPT, MARA, THEO, Line

SHORT = (
    Line(MARA, ShotKind.wide, "Bees vote by dancing."),
    Line(THEO, ShotKind.second, "Do they? How?"),
    Line(MARA, ShotKind.first, "You are right!", 900, is_loud=True),
    Line(THEO, ShotKind.slide, "One twelfth.", slide=("Honey", "One spoon")),
)


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, DemoTruth, list[float]]:
    path = tmp_path_factory.mktemp("demo") / "talk.mp4"
    seen: list[float] = []
    return path, compose_demo(path, SHORT, on_progress=seen.append), seen


def frames(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]


def test_the_file_is_what_it_should_be(talk: tuple[Path, DemoTruth, list[float]]) -> None:
    path, truth, _ = talk
    source = probe(path)
    assert source.video is not None
    assert source.audio is not None
    assert (source.video.width, source.video.height, source.video.frame_rate) == (1280, 720, 30)
    assert (source.video.codec, source.audio.codec) == ("h264", "aac")
    assert source.duration_ms == pytest.approx(truth.duration_ms, abs=40)
    assert [file.name for file in path.parent.iterdir()] == ["talk.mp4"]


def test_the_picture_changes_at_the_cuts_and_only_there(
    talk: tuple[Path, DemoTruth, list[float]],
) -> None:
    path, truth, _ = talk
    small = [cv2.resize(frame, (64, 36), interpolation=cv2.INTER_AREA) for frame in frames(path)]
    change = [np.abs(b.astype(int) - a).mean() for a, b in pairwise(small)]
    cuts = [round((place + 1) * 1000 / 30) for place, value in enumerate(change) if value > 8]
    assert cuts == list(truth.cuts_ms)
    assert len(cuts) == 3


def test_a_face_detector_finds_the_faces_where_they_are(
    talk: tuple[Path, DemoTruth, list[float]],
) -> None:
    import dlib

    path, truth, _ = talk
    pictures = frames(path)
    detector = dlib.get_frontal_face_detector()
    for shot in truth.shots:
        picture = pictures[(shot.span.start_ms + shot.span.duration_ms // 2) * 30 // 1000]
        grey = cv2.resize(picture, (640, 360), interpolation=cv2.INTER_AREA)
        found = sorted((box.center().x / 640, box.center().y / 360) for box in detector(grey, 0))
        expected = [box.centre for _, box in shot.faces]
        assert len(found) == len(expected), shot.kind
        for (x, y), (true_x, true_y) in zip(found, expected, strict=True):
            assert x == pytest.approx(true_x, abs=0.03)
            assert y == pytest.approx(true_y, abs=0.05)


def test_only_the_speaking_mouth_moves(talk: tuple[Path, DemoTruth, list[float]]) -> None:
    path, truth, _ = talk
    wide = truth.shots[0]
    said = [word.span for word in truth.words if word.speaker == "Mara"][:4]
    first, last = said[0].start_ms * 30 // 1000, said[-1].end_ms * 30 // 1000
    pictures = frames(path)[first:last]
    motion = {}
    for name, box in wide.faces:
        left, right = round(box.x * 1280), round((box.x + box.width) * 1280)
        top, bottom = round((box.y + 0.6 * box.height) * 720), round((box.y + box.height) * 720)
        mouths = [picture[top:bottom, left:right].astype(int) for picture in pictures]
        motion[name] = np.mean([np.abs(b - a).mean() for a, b in pairwise(mouths)])
    assert motion["Mara"] > 3 * motion["Theo"]


def test_the_words_are_heard_when_the_truth_says(
    talk: tuple[Path, DemoTruth, list[float]],
) -> None:
    path, truth, _ = talk
    features = measure_audio(path, probe(path)).features
    for word in truth.words:
        heard = sum(span.overlap_ms(word.span) for span in features.speech)
        assert heard > 0.5 * word.span.duration_ms, word.text
    assert [word.speaker for word in truth.words[:5]] == ["Mara"] * 4 + ["Theo"]


def test_the_cheer_is_the_loudest_moment(talk: tuple[Path, DemoTruth, list[float]]) -> None:
    path, truth, _ = talk
    assert truth.loud is not None
    levels = measure_audio(path, probe(path)).levels
    loudest = int(levels["start_ms"].to_list()[levels["rms_dbfs"].arg_max() or 0])
    assert truth.loud.contains(loudest)


def test_subtitles_hold_every_word_in_order(talk: tuple[Path, DemoTruth, list[float]]) -> None:
    truth = talk[1]
    text = srt_of(truth)
    lines = [line for block in text.strip().split("\n\n") for line in block.split("\n")[2:]]
    assert " ".join(lines).split() == " ".join(word.text for word in truth.words).split()
    assert text.startswith("1\n00:00:00,600 --> ")


def test_progress_reaches_one(talk: tuple[Path, DemoTruth, list[float]]) -> None:
    seen = talk[2]
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_the_same_script_gives_the_same_file(
    talk: tuple[Path, DemoTruth, list[float]], tmp_path: Path
) -> None:
    path, truth, _ = talk
    again = tmp_path / "again.mp4"
    assert compose_demo(again, SHORT) == truth
    assert again.read_bytes() == path.read_bytes()


def test_nothing_is_left_when_it_is_stopped(tmp_path: Path) -> None:
    def stop(fraction: float) -> None:
        if fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        compose_demo(tmp_path / "talk.mp4", SHORT[:1], on_progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="nowhere"):
        compose_demo(tmp_path / "nowhere" / "talk.mp4", SHORT[:1])


def test_the_script_of_the_talk_has_everything_a_clip_finder_needs() -> None:
    text = " ".join(line.text for line in DEMO_SCRIPT)
    assert sum(line.is_loud for line in DEMO_SCRIPT) == 1
    assert text.count("?") >= 5
    assert " um," in text
    assert "Uh," in text
    assert {line.shot for line in DEMO_SCRIPT} == set(ShotKind)
