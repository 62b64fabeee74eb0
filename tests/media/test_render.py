"""A spec becomes four files, or none."""

import os
import shutil
import signal
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from cliply.domain.attachments import Attachment, AttachmentKind
from cliply.domain.brand import BrandKit
from cliply.domain.captions import CaptionSettings, CaptionStyle
from cliply.domain.editing import Edit
from cliply.domain.effects import HookTitle, Logo, MagicZoom, ProgressBar, ZoomAt
from cliply.domain.export import ExportSettings, Quality
from cliply.domain.quality import QualityCheck
from cliply.domain.rendering import RenderSpec
from cliply.domain.sound import AudioSettings, MusicSettings
from cliply.domain.timeline import TransitionKind
from cliply.domain.transcript import Word
from cliply.errors import Cancelled, ErrorCode, InvalidInput, MediaError, Unavailable
from cliply.media.attachments import accept
from cliply.media.render import Rendered
from tests.media.specs_of import (
    BINARY,
    NUMBERED_PX,
    UPRIGHT_PX,
    WIDE_PX,
    beeps,
    colour_changes,
    counted,
    cut_of,
    encoded,
    flash_offsets_ms,
    halves,
    heard_off_ms,
    material_of,
    pictures,
    rendered,
    sound_of,
    span,
    spec_of,
    wide,
)
from tests.media.synthesis import Layout, Painter, Shot, compose, solid, tone

RED, BLUE, GREEN, YELLOW = (200, 0, 0), (0, 0, 200), (0, 200, 0), (200, 200, 0)
CUT_S, FLASH_S, LENGTH_S = 2.0, 2.8, 4.0
CHOSEN_POSTER = ExportSettings(poster_ms=200)
"""Looking for the best one takes longer than the rest of a small render."""
SINGLE = {"layout": "single"}


def flashing(left, right, from_s: float) -> Painter:
    """Two colours side by side, all white for 100 ms."""

    def paint(width: int, height: int, time_s: float) -> np.ndarray:
        if from_s - 1e-6 <= time_s < from_s + 0.1 - 1e-6:
            return np.full((height, width, 3), 255, np.uint8)
        return halves(left, right)(width, height, time_s)

    return paint


def late_video(path: Path, *, start_s: float = 0.85, rate: int = 20, size=(160, 90)) -> Path:
    """Its picture starts after its sound; then a cut, a flash and, with it, a beep."""
    shots = [
        Shot(CUT_S - start_s, halves(RED, BLUE)),
        Shot(LENGTH_S - CUT_S, flashing(GREEN, YELLOW, FLASH_S - CUT_S)),
    ]
    options = {"preset": "ultrafast", "g": "250", "sc_threshold": "0"}
    layout = Layout(fps=Fraction(rate), size=size, video_start_s=start_s, video_options=options)
    return compose(path, shots, beeps([FLASH_S], LENGTH_S), layout)


def looked_at(path: Path, cut_s: float = CUT_S, **changes: object):
    """Something is on the left before the cut and on the right after it."""
    cut_ms = round(cut_s * 1000)
    looks = [(0, 0.2), (cut_ms - 1, 0.2), (cut_ms, 0.8), (9_000, 0.8)]
    return material_of(path, cuts_ms=[cut_ms], looks=looks, **changes)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("render")


@pytest.fixture(scope="module")
def late(folder: Path) -> Path:
    return late_video(folder / "late.mp4", size=(640, 360))


@pytest.fixture(scope="module")
def words() -> tuple[Word, ...]:
    parts = [("Captions", 1_800, 2_300), ("stay", 2_300, 2_600), ("here.", 2_600, 2_700)]
    return tuple(Word(text=text, span=span(a, b)) for text, a, b in parts)


@pytest.fixture(scope="module")
def clip(late: Path, words: tuple[Word, ...], folder: Path) -> Rendered:
    """From the source's 0.5 s on: the picture begins 0.35 s into the clip."""
    edit = Edit.model_validate({"reframe": SINGLE, "export": {"quality": "preview"}})
    spec = spec_of(looked_at(late, words=words), edit, span(500, 3_500), preset="superfast")
    return rendered(spec, late, folder / "clip")


def test_picture_and_sound_have_the_clips_length_to_a_frame(clip):
    measured = clip.measured
    assert (measured.width, measured.height, measured.frames) == (540, 960, 90)
    assert measured.video_duration_ms == measured.audio_duration_ms == 3_000
    assert measured.size_bytes == clip.video.stat().st_size


def test_the_crop_jumps_with_the_frame_of_the_cut_and_the_beep_with_the_flash(clip):
    shown = pictures(clip.video, (108, 192))[:, :90]
    changes = colour_changes(shown)
    assert changes == [("red", 0), ("yellow", 45), ("white", 69), ("yellow", 72)]
    assert heard_off_ms(sound_of(clip.video)[0], 2.3) == pytest.approx(0, abs=0.2)


def test_captions_are_there_while_they_are_said_and_only_then(clip):
    lower = pictures(clip.video, (108, 192))[:, 130:175]
    dark = (lower.max(axis=3) < 60).sum(axis=(1, 2))
    assert dark[:38].max() == 0
    assert dark[41:66].min() > 8
    assert dark[77:].max() == 0


def test_the_stream_is_what_players_expect(clip):
    with av.open(str(clip.video)) as container:
        video = container.streams.video[0].codec_context
        assert (video.profile, video.pix_fmt, video.framerate) == ("High", "yuv420p", 30)
        assert (video.color_primaries, video.color_trc, video.colorspace) == (1, 1, 1)
        assert container.streams.audio[0].rate == 48_000
        assert container.streams.audio[0].channels == 2
    head = clip.video.read_bytes()
    assert head.index(b"moov") < head.index(b"mdat")


def test_sidecars_and_poster_lie_beside_the_clip_and_nothing_else(clip):
    assert {path.name for path in clip.video.parent.iterdir()} == {
        "clip.mp4", "clip.srt", "clip.vtt", "clip.jpg",
    }  # fmt: skip
    assert "00:00:01,300 --> " in clip.srt.read_text()
    assert "Captions stay here." in clip.vtt.read_text()
    with Image.open(clip.poster) as poster:
        assert poster.size == (540, 960)


def test_the_report_finds_nothing_but_the_still_beginning(clip):
    """The picture stands still before it begins, which is a finding; all else is well."""
    assert {finding.check for finding in clip.report.findings} == set(QualityCheck)
    assert not clip.report.repairs
    assert {finding.check for finding in clip.report.failed} <= {QualityCheck.frozen_frames}


@pytest.mark.parametrize(("suffix", "rate"), [(".ts", 25), (".mkv", 24), (".mp4", 60)])
def test_other_containers_and_rates_are_in_step_too(tmp_path, suffix, rate):
    path = late_video(tmp_path / f"late{suffix}", rate=rate)
    source = material_of(path, listens=False).source
    cut_s = source.video.start_ms / 1000 + CUT_S - 0.85
    edit = Edit.model_validate({"reframe": SINGLE})
    spec = spec_of(looked_at(path, cut_s), edit, span(1_700, 3_000), size_px=UPRIGHT_PX)
    video = encoded(spec, path, tmp_path)
    names, frames = zip(*colour_changes(pictures(video)), strict=True)
    assert names[:3] == ("red", "yellow", "white")
    assert frames[1] == pytest.approx((cut_s - 1.7) * 30, abs=0.51)
    assert abs(heard_off_ms(sound_of(video)[0], frames[2] / 30, 0.06)) <= 1000 / 30


def test_sound_that_starts_late_keeps_its_place(tmp_path):
    layout = Layout(size=NUMBERED_PX, audio_start_s=0.4)
    path = compose(tmp_path / "late.mkv", [Shot(1.2, solid(9, 9, 90))], beeps([0.3], 0.8), layout)
    spec = spec_of(material_of(path), wide(), span(100, 1_000), size_px=WIDE_PX)
    video = encoded(spec, path, tmp_path)
    assert heard_off_ms(sound_of(video)[0], 0.6) == pytest.approx(0, abs=0.5)


def test_drawn_sound_has_its_title_above_it(tmp_path):
    path = compose(tmp_path / "talk.flac", (), beeps([0.5], 1.0))
    edit = Edit(export=ExportSettings(quality=Quality.preview, poster_ms=500))
    clip = rendered(spec_of(material_of(path), edit, title="Bees"), path, tmp_path / "out")
    assert clip.measured.frames == 30
    assert pictures(clip.video)[5][150:300].max() > 230


# --- the same bytes --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def full(folder: Path) -> tuple[Path, RenderSpec, Mapping[str, Path]]:
    """A source, a spec with everything on, and its files."""
    source = counted(folder / "full.mp4", 30, 6)
    logo = folder / "logo.png"
    Image.new("RGBA", (64, 64), (255, 0, 0, 200)).save(logo)
    song = compose(folder / "song.wav", (), tone(8.0, channels=2))
    named: dict[str, tuple[Attachment, Path]] = {
        "logo": (accept(logo, AttachmentKind.image), logo),
        "song": (accept(song, AttachmentKind.audio), song),
    }
    edit = Edit(
        base_cut=cut_of((500, 2_000), (3_500, 5_000), transition=TransitionKind.crossfade),
        effects=(
            MagicZoom(at=(ZoomAt(span=span(700, 1_500)),)), HookTitle(), ProgressBar()
        ),
        captions=CaptionSettings(style=CaptionStyle.karaoke),
        audio_suite=AudioSettings(music=MusicSettings(attachment="song")),
        brand=BrandKit(logo=Logo(attachment="logo")),
        export=ExportSettings(quality=Quality.preview, poster_ms=900),
    )  # fmt: skip
    spoken = (
        Word(text="Hello", span=span(800, 1_200)),
        Word(text="bees.", span=span(4_000, 4_500)),
    )
    attachments = {name: one for name, (one, _) in named.items()}
    spec = spec_of(material_of(source, words=spoken), edit, attachments=attachments)
    return source, spec, {one.content_hash: path for one, path in named.values()}


def test_the_same_spec_gives_the_same_bytes(full, tmp_path):
    source, spec, files = full
    again = RenderSpec.model_validate_json(spec.model_dump_json())
    assert (again, again.digest) == (spec, spec.digest)
    one = rendered(spec, source, tmp_path / "one", files=files)
    two = rendered(again, source, tmp_path / "two", files=files)
    for name in ("video", "poster", "srt", "vtt"):
        assert getattr(one, name).read_bytes() == getattr(two, name).read_bytes()
    assert one.report == two.report


# --- nothing or all --------------------------------------------------------------------------


def endless(late: Path, seconds: int = 3) -> RenderSpec:
    """A clip whose render takes long enough to be stopped in the middle."""
    edit = Edit.model_validate({"reframe": SINGLE, "export": CHOSEN_POSTER})
    return spec_of(looked_at(late), edit, span(500, 500 + 1_000 * seconds), preset="medium")


def renders_again(late: Path, folder: Path) -> bool:
    """Whether a short clip can be made where another one failed."""
    edit = Edit.model_validate({"reframe": SINGLE, "export": CHOSEN_POSTER})
    spec = spec_of(looked_at(late), edit, span(2_000, 2_400), size_px=UPRIGHT_PX)
    return rendered(spec, late, folder).video.exists()


@pytest.mark.parametrize("reason", [KeyboardInterrupt, Cancelled])
def test_a_render_that_is_stopped_half_way_leaves_nothing_behind(tmp_path, late, reason):
    reached: list[float] = []

    def stop(part: float) -> None:
        reached.append(part)
        if part >= 0.5:
            raise reason

    with pytest.raises(reason):
        rendered(endless(late), late, tmp_path / "out", on_progress=stop)
    assert 0.5 <= reached[-1] < 1
    assert list((tmp_path / "out").iterdir()) == []
    assert not children()
    assert renders_again(late, tmp_path / "out")


def test_a_killed_ffmpeg_leaves_nothing_behind_and_may_be_tried_again(tmp_path, late):
    def kill(part: float) -> None:
        if part > 0.1:
            for pid in children():
                os.kill(pid, signal.SIGKILL)

    with pytest.raises(Unavailable, match="killed by signal 9") as error:
        rendered(endless(late), late, tmp_path / "out", on_progress=kill)
    assert error.value.code == ErrorCode.render_failed
    assert list((tmp_path / "out").iterdir()) == []
    assert renders_again(late, tmp_path / "out")


def children() -> set[int]:
    """Processes that this thread has started and that still run."""
    listed = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    return {int(pid) for pid in listed}


def test_a_full_disk_leaves_nothing_behind_and_may_be_tried_again(tmp_path, late):
    """What FFmpeg writes goes to a device that has no space left."""
    script = tmp_path / "ffmpeg"
    script.write_text(
        f"#!/bin/sh\nset -- $(printf '%s\\n' \"$@\" | sed 's|^file:.*/clip.mp4$|file:/dev/full|')\n"
        f'exec "{BINARY}" "$@"\n'
    )
    script.chmod(0o755)
    with pytest.raises(Unavailable) as error:
        rendered(endless(late, 1), late, tmp_path / "out", binary=script)
    assert error.value.code == ErrorCode.disk_full
    assert list((tmp_path / "out").iterdir()) == []
    assert renders_again(late, tmp_path / "out")


def test_a_missing_attachment_is_told_before_anything_is_done(full, tmp_path):
    source, spec, files = full
    for gone in files:
        there = {name: path for name, path in files.items() if name != gone}
        with pytest.raises(InvalidInput) as error:
            rendered(spec, source, tmp_path / "out", files=there)
        assert error.value.code == ErrorCode.attachment_missing
        assert gone[:12] in error.value.message
    assert not (tmp_path / "out").exists()


def test_a_damaged_source_leaves_nothing_behind(tmp_path, late):
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video at all" * 100)
    with pytest.raises(MediaError) as error:
        rendered(endless(late, 1), broken, tmp_path / "out")
    assert error.value.code == ErrorCode.source_not_media
    assert list((tmp_path / "out").iterdir()) == []


def test_another_file_in_the_sources_place_leaves_nothing_behind(tmp_path, late):
    other = compose(tmp_path / "sound.mp4", (), tone(4.0))
    with pytest.raises(MediaError) as error:
        rendered(endless(late, 1), other, tmp_path / "out")
    assert error.value.code == ErrorCode.render_failed
    assert list((tmp_path / "out").iterdir()) == []


def test_a_clip_that_was_there_stays_when_its_next_version_fails(tmp_path, late):
    assert renders_again(late, tmp_path)
    before = (tmp_path / "clip.mp4").read_bytes()

    def stop(_part: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        rendered(endless(late, 1), late, tmp_path, on_progress=stop)
    assert (tmp_path / "clip.mp4").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 4


def test_a_folder_that_can_not_be_made_is_the_callers_to_change(tmp_path, late):
    (tmp_path / "file").touch()
    with pytest.raises(InvalidInput) as error:
        rendered(endless(late, 1), late, tmp_path / "file" / "x")
    assert error.value.code == ErrorCode.output_unwritable


def test_paths_with_any_letters_work(tmp_path, late, words):
    folder = tmp_path / "it's [50%], a:b;c\\d = ü"
    folder.mkdir()
    path = shutil.copy(late, folder / "-in put%03d.mp4")
    edit = Edit(export=CHOSEN_POSTER)
    spec = spec_of(looked_at(path, words=words), edit, span(1_900, 2_500), size_px=UPRIGHT_PX)
    assert spec.cues
    assert rendered(spec, path, folder / "out").video.exists()


# --- repaired --------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong_db", [-6, 6])
def test_a_level_that_came_out_wrong_is_mended_without_touching_the_picture(tmp_path, wrong_db):
    source = counted(tmp_path / "hiss.mp4", 30, 6, noise=0.15)
    spec = spec_of(material_of(source), wide(export=CHOSEN_POSTER), size_px=WIDE_PX)
    gain = spec.audio.gain
    wrong = gain.model_copy(update={"gain_db": gain.gain_db + wrong_db})
    spec = spec.model_copy(update={"audio": spec.audio.model_copy(update={"gain": wrong})})
    clip = rendered(spec, source, tmp_path / "out")
    first, *_ = clip.report.repairs
    assert f"with {'+' if wrong_db < 0 else '-'}" in first
    assert clip.measured.integrated_lufs == pytest.approx(-14, abs=0.3)
    assert clip.measured.true_peak_dbtp <= -1
    assert picture_packets(clip.video) == picture_packets(encoded(spec, source, tmp_path / "raw"))
    offsets = flash_offsets_ms(clip.video)
    assert len(offsets) == 5
    assert max(map(abs, offsets)) < 0.1


def picture_packets(video: Path) -> list[tuple[int, bytes]]:
    with av.open(str(video)) as container:
        return [(one.pts, bytes(one)) for one in container.demux(video=0) if one.size]
