"""Intro and outro: whole, as loud as the clip, and everything else moved by their length."""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from cliply.domain.attachments import AttachmentKind
from cliply.domain.brand import BrandKit
from cliply.domain.rendering import RenderSpec
from cliply.domain.transcript import Word
from cliply.media.attachments import accept
from tests.media.mixing import level_db, tone_db
from tests.media.specs_of import (
    NTSC,
    WIDE_PX,
    colour_name,
    counted,
    encoded,
    flash_offsets_ms,
    material_of,
    pictures,
    seen,
    sound_of,
    span,
    spec_of,
    wide,
)
from tests.media.synthesis import Layout, Shot, compose, solid, tone

RED, BLUE = (200, 0, 0), (0, 0, 200)
INTRO_S, OUTRO_S = 1.5, 1.2
WORDS = (
    Word(text="Numbers", span=span(1_000, 1_400)),
    Word(text="pass.", span=span(1_400, 1_900)),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("brand")


@pytest.fixture(scope="module")
def source(folder: Path) -> Path:
    return counted(folder / "source.mp4", NTSC, 5)


@pytest.fixture(scope="module")
def brand(folder: Path) -> Mapping[str, Path]:
    """A square and soft intro at 24 frames a second, an upright and silent outro at 25."""
    square = Layout(fps=Fraction(24), size=(64, 64))
    upright = Layout(fps=Fraction(25), size=(64, 128))
    soft = tone(INTRO_S, 997.0, amplitude=0.02, channels=2)
    return {
        "intro": compose(folder / "intro.mp4", [Shot(INTRO_S, solid(*RED))], soft, square),
        "outro": compose(folder / "outro.mp4", [Shot(OUTRO_S, solid(*BLUE))], (), upright),
    }


@pytest.fixture(scope="module")
def spec(source: Path, brand: Mapping[str, Path]) -> RenderSpec:
    accepted = {name: accept(path, AttachmentKind.video) for name, path in brand.items()}
    edit = wide(brand=BrandKit(intro="intro", outro="outro"))
    material = material_of(source, words=WORDS)
    return spec_of(material, edit, span(500, 4_500), size_px=WIDE_PX, attachments=accepted)


@pytest.fixture(scope="module")
def clip(spec: RenderSpec, source: Path, brand: Mapping[str, Path], folder: Path) -> Path:
    clips = (spec.brand.intro, spec.brand.outro)
    files = {one.content_hash: brand[name] for one, name in zip(clips, brand, strict=True)}
    return encoded(spec, source, folder / "out", files)


def test_intro_and_outro_are_shown_whole_on_black_for_their_own_time(spec, clip):
    timeline = spec.timeline
    assert timeline.intro_frames == round(INTRO_S * NTSC) == 45
    assert timeline.outro_frames == round(OUTRO_S * NTSC) == 36
    shown = pictures(clip)
    assert len(shown) == timeline.frames == 45 + 120 + 36
    for frames, name, width in ((shown[:45], "red", 108), (shown[-36:], "blue", 54)):
        left = (WIDE_PX[0] - width) // 2 + 2
        assert {colour_name(picture[2:-2, left:-left]) for picture in frames} == {name}
        assert {colour_name(picture[:, : left - 4]) for picture in frames} == {"black"}


def test_the_clip_begins_with_the_frame_after_the_intro_and_stays_in_step(spec, clip):
    body = seen(clip)[45:-36]
    assert [one.number for one in body] == list(range(15, 135))
    offsets = flash_offsets_ms(clip)
    assert len(offsets) == 4
    assert max(map(abs, offsets)) < 0.2


def test_the_intro_is_as_loud_as_clips_are_and_the_outro_silent(spec, clip):
    sound = sound_of(clip)
    assert sound.shape[1] == pytest.approx(spec.timeline.samples, abs=1024)
    assert spec.audio.gain.target_lufs == -14
    assert tone_db(sound, 997, 0.2, INTRO_S - 0.2) == pytest.approx(-14, abs=0.3)
    end_s = spec.timeline.frames / NTSC
    assert level_db(sound, float(end_s) - OUTRO_S + 0.05, float(end_s)) < -90


def test_words_are_captioned_after_the_intro(spec):
    (cue,) = spec.cues
    intro_ms = spec.timeline.clip_ms(45)
    started = [word.span.start_ms for word in cue.words]
    assert started == pytest.approx([intro_ms + 500, intro_ms + 900], abs=1)


def test_without_sound_anywhere_there_is_silence(tmp_path, brand):
    mute = compose(tmp_path / "mute.mkv", [Shot(1.0, solid(*RED))], (), Layout())
    outro = accept(brand["outro"], AttachmentKind.video)
    edit = wide(brand=BrandKit(outro="outro"))
    spec = spec_of(material_of(mute), edit, size_px=WIDE_PX, attachments={"outro": outro})
    clip = encoded(spec, mute, tmp_path, {outro.content_hash: brand["outro"]})
    sound = sound_of(clip)
    assert sound.shape[1] == pytest.approx(spec.timeline.samples, abs=1024)
    assert not np.any(sound)


def test_a_brand_without_clips_adds_no_frames(source):
    spec = spec_of(material_of(source, listens=False), wide(brand=BrandKit()), span(0, 2_002))
    assert spec.timeline.frames == 60
