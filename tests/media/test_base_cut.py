"""Cut, reordered, faded and sped up: the very frames, and the sound where it belongs."""

import random
from fractions import Fraction
from itertools import count
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliply.domain.editing import Edit
from cliply.domain.framing import Layout as Look
from cliply.domain.rendering import RenderSpec
from cliply.domain.timeline import SAMPLE_RATE, KeptSpan, Timeline, TransitionKind
from cliply.media.ffmpeg import find_ffmpeg, run
from tests.media.mixing import ebur128, level_db
from tests.media.sounds import sine
from tests.media.specs_of import (
    NTSC,
    NUMBERED_PX,
    WIDE_PX,
    beeps,
    counted,
    cut_of,
    encoded,
    flash_offsets_ms,
    grey,
    heard_off_ms,
    material_of,
    numbered,
    pictures,
    seen,
    sound_of,
    span,
    spec_of,
    wide,
)
from tests.media.synthesis import Layout, Shot, compose, solid, tone

LENGTH_S = 24


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("base-cut")


@pytest.fixture(scope="module")
def steady(folder: Path) -> Path:
    return counted(folder / "steady.mp4", 30, LENGTH_S, every_s=0.5)


@pytest.fixture(scope="module")
def ntsc(folder: Path) -> Path:
    return counted(folder / "ntsc.mp4", NTSC, LENGTH_S, every_s=0.5)


def numbers(spec: RenderSpec) -> list[int]:
    """Which frame of a source at the clip's rate each frame is to show; -1 in transitions."""
    timeline = spec.timeline
    shown = [-1] * timeline.frames
    taken = [0] * timeline.frames
    for kept, at in timeline.placed:
        for n in range(kept.frames):
            shown[at + n] = round(kept.start_frame + n * kept.speed)
            taken[at + n] += 1
    return [n if count == 1 else -1 for n, count in zip(shown, taken, strict=True)]


def spans_of(count: int) -> list[tuple[int, int]]:
    chosen, spans, at = random.Random(3), [], 700
    for _ in range(count):
        spans.append((at, at + chosen.randint(500, 900)))
        at = spans[-1][1] + chosen.randint(200, 450)
    return spans


@pytest.mark.parametrize("rate", [Fraction(30), NTSC])
def test_twenty_cuts_show_the_very_frames_and_every_beep_with_its_flash(
    steady, ntsc, tmp_path, rate
):
    source = steady if rate == 30 else ntsc
    cut = cut_of(*spans_of(20))
    spec = spec_of(material_of(source), wide(base_cut=cut), size_px=WIDE_PX)
    assert (len(spec.timeline.spans), spec.timeline.frame_rate) == (20, rate)
    video = encoded(spec, source, tmp_path)
    assert [one.number for one in seen(video)] == numbers(spec)
    offsets = flash_offsets_ms(video)
    assert len(offsets) > 20
    assert max(map(abs, offsets)) < 0.1
    assert sound_of(video).shape[1] == pytest.approx(spec.timeline.samples, abs=1024)


def test_the_hook_plays_first_and_in_step(steady, tmp_path):
    cut = cut_of((2_000, 4_000), (9_000, 11_000), hook=span(20_300, 21_800))
    spec = spec_of(material_of(steady), wide(base_cut=cut), size_px=WIDE_PX)
    video = encoded(spec, steady, tmp_path)
    found = [one.number for one in seen(video)]
    assert found == numbers(spec)
    assert found[:3] == [609, 610, 611]
    assert max(map(abs, flash_offsets_ms(video))) < 0.1


@pytest.mark.parametrize("kind", list(TransitionKind))
def test_a_transition_changes_the_frames_it_lasts_and_no_others(steady, tmp_path, kind):
    cut = cut_of((700, 2_900), (8_700, 10_900), (4_300, 5_900), transition=kind)
    spec = spec_of(material_of(steady), wide(base_cut=cut), size_px=WIDE_PX)
    assert [one.frames for one in spec.timeline.transitions if one] == [12, 12]
    video = encoded(spec, steady, tmp_path)
    found, wanted = seen(video), numbers(spec)
    assert len(found) == spec.timeline.frames
    assert all(a.number == b for a, b in zip(found, wanted, strict=True) if b >= 0)
    between = [a for a, b in zip(found, wanted, strict=True) if b < 0]
    assert len(between) == 24
    sound = sound_of(video)[0]
    flashes = [one.time_s for one, n in zip(found, wanted, strict=True) if n > 0 and n % 15 == 0]
    assert len(flashes) > 5
    assert max(abs(heard_off_ms(sound, time_s)) for time_s in flashes) < 1


def test_the_sound_keeps_its_level_through_a_transition(tmp_path):
    path = counted(tmp_path / "hiss.mkv", 30, 6, every_s=9, noise=0.1)
    cut = cut_of((500, 2_000), (4_000, 5_500), transition=TransitionKind.wipe)
    spec = spec_of(material_of(path), wide(base_cut=cut), size_px=WIDE_PX)
    sound = sound_of(encoded(spec, path, tmp_path))
    start_s = float(spec.timeline.placed[1].at_frame / 30)
    middle = level_db(sound, start_s + 0.15, start_s + 0.25)
    assert middle == pytest.approx(level_db(sound, 0.5, 1.3), abs=0.5)


@pytest.mark.parametrize("speed", [1.25, 0.75])
def test_another_speed_keeps_picture_and_sound_within_a_frame(ntsc, tmp_path, speed):
    cut = cut_of((2_000, 6_000), (9_000, 12_000), speed=speed)
    spec = spec_of(material_of(ntsc), wide(base_cut=cut), size_px=WIDE_PX)
    video = encoded(spec, ntsc, tmp_path)
    found, wanted = seen(video), numbers(spec)
    assert len(found) == round(7 * NTSC / Fraction(str(speed)))
    assert max(abs(a.number - b) for a, b in zip(found, wanted, strict=True)) <= 1
    offsets = flash_offsets_ms(video)
    assert len(offsets) >= 10
    assert max(map(abs, offsets)) < 1000 / NTSC


def test_another_speed_keeps_the_pitch(tmp_path):
    tone_s = 3.0
    path = compose(tmp_path / "tone.mkv", [Shot(tone_s, solid(9, 9, 9))], tone(tone_s, 440.0))
    cut = cut_of((500, 2_500), speed=1.5)
    spec = spec_of(material_of(path), wide(base_cut=cut), size_px=WIDE_PX)
    heard = sound_of(encoded(spec, path, tmp_path / "out"))[0][9_600:52_800]
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard)), 4 * len(heard)))
    loudest_hz = np.argmax(spectrum) * SAMPLE_RATE / (4 * len(heard))
    assert loudest_hz == pytest.approx(440, abs=1)


def test_an_hour_into_a_source_frames_and_sound_are_where_they_should_be(tmp_path):
    """A picture for two seconds at either end of an hour; sound in the last ten seconds."""
    there = [*range(60), *range(107_880, 107_940)]
    times = [n / 30 for n in there]
    options = {"preset": "ultrafast", "g": "30"}
    layout = Layout(
        size=NUMBERED_PX, frame_times_s=times, audio_start_s=3_590.0, video_options=options,
        to_frame=grey,
    )  # fmt: skip
    path = tmp_path / "hour.mkv"
    compose(path, [Shot(3_600, numbered(times, [30, 90]))], beeps([7.0], 10, 1), layout)
    cut = cut_of((100, 1_900), (3_596_200, 3_597_800))
    spec = spec_of(material_of(path, listens=False), wide(base_cut=cut), size_px=WIDE_PX)
    video = encoded(spec, path, tmp_path)
    assert [one.number for one in seen(video)] == [*range(3, 57), *range(66, 114)]
    sound = sound_of(video)[0]
    assert heard_off_ms(sound, (54 + 24) / 30) == pytest.approx(0, abs=0.5)
    assert not sound[: 54 * 1_600].any()


def test_a_picture_that_begins_late_stands_still_before_and_is_in_step_after(tmp_path):
    path = counted(tmp_path / "late.mkv", 25, 4, video_start_s=0.8)
    spec = spec_of(material_of(path), wide(), span(200, 3_800), size_px=WIDE_PX)
    video = encoded(spec, path, tmp_path)
    shown = [one.number for one in seen(video)]
    assert shown[:19] == [0] * 19
    assert shown[-1] == 74
    assert flash_offsets_ms(video) == pytest.approx([0, 0], abs=0.2)


def test_a_picture_that_ends_early_stands_still_while_the_sound_goes_on(tmp_path):
    path = spoken_over(tmp_path / "short.mkv", picture_s=2.0, sound_s=3.0)
    reframe = {"aspect_ratio": "16:9", "layout": "single"}
    edit = Edit.model_validate({"reframe": reframe})
    spec = spec_of(material_of(path), edit, span(500, 3_000), size_px=WIDE_PX)
    video = encoded(spec, path, tmp_path)
    shown = [one.number for one in seen(video)]
    assert shown == [*range(15, 60), *[59] * 30]
    assert heard_off_ms(sound_of(video)[0], 2.0) == pytest.approx(0, abs=0.2)


def test_where_the_picture_ends_the_sound_is_drawn(tmp_path):
    path = spoken_over(tmp_path / "short.mkv", picture_s=3.0, sound_s=6.0)
    cut = cut_of((500, 1_200), (1_500, 5_000), (5_200, 5_900))
    spec = spec_of(material_of(path), wide(base_cut=cut), size_px=(480, 270))
    assert [one.layout for one in spec.framing.spans] == [Look.single, Look.waveform]
    video = encoded(spec, path, tmp_path)
    shown = seen(video)
    assert len(shown) == spec.timeline.frames == 147
    assert [one.number for one in shown[:66]] == [*range(15, 36), *range(45, 90)]
    drawn = [yellow(picture) for picture in pictures(video)]
    loud = 21 + 60
    assert np.argmax(drawn) == loud
    assert [n for n, level in enumerate(drawn) if level > 1_000] == [loud, loud + 1]
    assert heard_off_ms(sound_of(video)[0], loud / 30) == pytest.approx(0, abs=0.2)


def test_sound_alone_is_drawn_cut_and_faded(tmp_path):
    path = tmp_path / "talk.flac"
    compose(path, (), beeps([1.0, 2.0, 3.0, 4.0], 5.0))
    cut = cut_of((700, 2_300), (3_500, 4_900), transition=TransitionKind.crossfade)
    spec = spec_of(material_of(path), Edit(base_cut=cut), size_px=(270, 480))
    timeline = spec.timeline
    video = encoded(spec, path, tmp_path)
    shown, sound = pictures(video), sound_of(video)
    assert len(shown) == timeline.frames
    assert sound.shape[1] == pytest.approx(timeline.samples, abs=1024)
    for moment_ms in (1_000, 2_000, 4_000):
        here_s = timeline.moment_in_clip(moment_ms) / 1000
        assert heard_off_ms(sound[0], here_s) == pytest.approx(0, abs=1)
        loud, quiet = (yellow(shown[round(at_s * 30)]) for at_s in (here_s, here_s + 0.3))
        assert loud > 3 * quiet


@pytest.mark.parametrize("packets", [1, 2, 4])
def test_lost_packets_are_silence_and_what_follows_is_in_step(steady, tmp_path, packets):
    path = without_sound_packets(steady, tmp_path / "lossy.mp4", range(100, 100 + packets))
    cut = cut_of((1_700, 3_900), (4_200, 5_900))
    spec = spec_of(material_of(path), wide(base_cut=cut), size_px=WIDE_PX)
    offsets = flash_offsets_ms(encoded(spec, path, tmp_path))
    assert len(offsets) == 7
    assert max(map(abs, offsets)) < 1


def without_sound_packets(path: Path, target: Path, lost: range) -> Path:
    """A copy of a file in which some packets of the sound, by number, are missing."""
    with av.open(str(path)) as source, av.open(str(target), "w") as container:
        streams = {one.index: container.add_stream_from_template(one) for one in source.streams}
        heard = count()
        for packet in source.demux():
            is_lost = packet.stream.type == "audio" and next(heard) in lost
            if packet.dts is not None and not is_lost:
                packet.stream = streams[packet.stream.index]
                container.mux(packet)
    return target


def test_a_source_without_sound_gets_silence_as_long_as_the_picture(tmp_path):
    path = compose(tmp_path / "mute.mp4", [Shot(2.0, solid(9, 90, 9))], (), Layout())
    cut = cut_of((0, 700), (1_000, 1_900))
    spec = spec_of(material_of(path), wide(base_cut=cut), size_px=WIDE_PX)
    sound = sound_of(encoded(spec, path, tmp_path))
    assert sound.shape[1] == pytest.approx(spec.timeline.samples, abs=1024)
    assert not sound.any()


def test_a_hint_how_to_mix_5_1_down_does_not_change_the_level(tmp_path):
    """AC-3 may ask for a quiet centre; the level was measured with the standard mix."""
    path = surround(tmp_path / "surround.mkv", "-center_mixlev", "0.5", "-dmix_mode", "loro",
                    "-loro_cmixlev", "0.5", "-loro_surmixlev", "0.5")  # fmt: skip
    with av.open(str(path)) as source:
        hinted = [data.type for frame in source.decode(audio=0) for data in frame.side_data]
    assert hinted, "the coder wrote no hint"
    spec = spec_of(material_of(path), Edit(base_cut=cut_of((500, 5_500))), size_px=(270, 480))
    lufs, _ = ebur128(encoded(spec, path, tmp_path))
    assert lufs == pytest.approx(-14, abs=0.3)


def surround(path: Path, *options: str) -> Path:
    """Six seconds of AC-3 with a tone in its centre alone."""
    raw = path.with_suffix(".f32")
    samples = np.zeros((6 * 48_000, 6), np.float32)
    samples[:, 2] = sine(6.0, peak=0.1, channels=1)[0]
    raw.write_bytes(samples.tobytes())
    run(find_ffmpeg(None), [
        "-f", "f32le", "-ar", "48000", "-ch_layout", "5.1", "-i", str(raw),
        "-c:a", "ac3", *options, str(path),
    ], duration_ms=6_000, timeout_s=60)  # fmt: skip
    return path


def spoken_over(path: Path, *, picture_s: float, sound_s: float) -> Path:
    """A picture under a longer sound with a beep half a second after the picture's end."""
    times = [n / 30 for n in range(round(picture_s * 30))]
    layout = Layout(size=NUMBERED_PX, to_frame=grey)
    sound = beeps([picture_s + 0.5], sound_s, channels=1)
    return compose(path, [Shot(picture_s, numbered(times, []))], sound, layout)


def yellow(picture: np.ndarray) -> int:
    """Pixels of drawn sound."""
    levels = picture.astype(int)
    return int((levels[..., 0] - levels[..., 2] > 60).sum())


rates = st.sampled_from([Fraction(24), Fraction(25), Fraction(30), NTSC, Fraction(24_000, 1001)])


@given(rates, st.lists(st.integers(1, 9_000), min_size=1, max_size=60))
def test_however_long_and_often_cut_no_frames_sound_is_half_a_sample_off(rate, lengths):
    spans = tuple(KeptSpan(start_frame=7 * n, frames=n) for n in lengths)
    timeline = Timeline(frame_rate=rate, spans=spans)
    edges = [at for _, at in timeline.placed] + [timeline.frames]
    for frame in edges:
        off = Fraction(timeline.samples_at(frame), SAMPLE_RATE) - frame / rate
        assert abs(off) <= Fraction(1, 2 * SAMPLE_RATE)
    parts = [
        timeline.samples_at(at + kept.frames) - timeline.samples_at(at)
        for kept, at in timeline.placed
    ]
    assert sum(parts) == timeline.samples
