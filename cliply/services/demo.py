"""Composes the demo talk, in which every word, cut, face and loud moment is known."""

from itertools import groupby, pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy import signal

from cliply.domain.faces import Box
from cliply.domain.progress import OnProgress, part_of, unwatched
from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Word
from cliply.domain.value import Value
from cliply.media.demo import FRAME_RATE, SAMPLE_RATE, DemoShot, write_demo
from cliply.media.demo_stage import PLACES
from cliply.services.demo_script import DEMO_SCRIPT, Line
from cliply.speech.synthesis import SPEECH_RATE, Speech, synthesize

SPEAKERS = ("Mara", "Theo")

SPOKEN_PEAK = 0.3
SHOUTED_PEAK = 0.75
CHEER_PEAK = 0.5
ROOM_TONE = 0.0004
"""Levels as fractions of full scale; the room lies near -68 dBFS."""

_LEAD_MS = 600
_TAIL_MS = 800
_VOICES = (("en-us+f3", 172, 55), ("en-gb-x-rp", 168, 42))
_PANNING = ((0.78, 0.62), (0.62, 0.78))
_SEED = 20_000
_AUDIBLE = 0.005


class TruthShot(Value):
    """A shot with the faces in it."""

    span: TimeRange
    kind: str
    faces: tuple[tuple[str, Box], ...] = ()
    """Speaker and where their face is, left to right."""


class DemoTruth(Value):
    """What happens in the demo talk and when."""

    duration_ms: int
    words: tuple[Word, ...]
    """Every word with its speaker."""
    shots: tuple[TruthShot, ...]
    loud: TimeRange | None = None
    """The cheer and the shouted line under it."""

    @property
    def cuts_ms(self) -> tuple[int, ...]:
        """Times of the first frame after each cut."""
        return tuple(after.span.start_ms for _, after in pairwise(self.shots))


class _Spoken(NamedTuple):
    """A line with its sound and the time it begins."""

    line: Line
    speech: Speech
    start_ms: int

    @property
    def end_ms(self) -> int:
        return self.start_ms + len(self.speech.samples) * 1000 // SPEECH_RATE


def compose_demo(
    path: Path,
    script: tuple[Line, ...] = DEMO_SCRIPT,
    *,
    on_progress: OnProgress = unwatched,
) -> DemoTruth:
    """Write the talk to `path` (MP4, 1280x720, 30 frames a second) and tell its truth.

    Two synthetic voices say the script; two drawn speakers move their mouths to it. The
    same script gives the same file. Nothing is left behind when it fails.
    """
    spoken = _said(script, part_of(on_progress, 0.0, 0.03))
    frames = -(-(spoken[-1].end_ms + spoken[-1].line.pause_ms + _TAIL_MS) * FRAME_RATE // 1000)
    voices = _voices(spoken, frames * SAMPLE_RATE // FRAME_RATE)
    shots = tuple(_shots(spoken, frames))
    on_progress(0.04)
    loud = next((_loud(said) for said in spoken if said.line.is_loud), None)
    sound = _mixed(voices, loud)
    on_progress(0.05)
    openness = (_openness(voices[0], frames), _openness(voices[1], frames))
    write_demo(path, shots, openness, sound, on_progress=part_of(on_progress, 0.05, 1.0))
    return DemoTruth(
        duration_ms=_frame_ms(frames),
        words=tuple(word for said in spoken for word in _timed(said)),
        shots=tuple(_truth(shot) for shot in shots),
        loud=loud,
    )


def srt_of(truth: DemoTruth) -> str:
    """The words as SubRip text, in cues that end with a sentence or after ten words."""
    cues: list[list[Word]] = [[]]
    for word in truth.words:
        if cues[-1] and (len(cues[-1]) == 10 or cues[-1][-1].text[-1] in ".!?"):
            cues.append([])
        cues[-1].append(word)
    blocks = (
        f"{number}\n{_clock(cue[0].span.start_ms)} --> {_clock(cue[-1].span.end_ms)}\n"
        + " ".join(word.text for word in cue)
        for number, cue in enumerate(cues, 1)
        if cue
    )
    return "\n\n".join(blocks) + "\n"


def _said(script: tuple[Line, ...], on_progress: OnProgress) -> tuple[_Spoken, ...]:
    spoken: list[_Spoken] = []
    cursor = _LEAD_MS
    for line in script:
        on_progress(len(spoken) / len(script))
        voice, rate_wpm, pitch = _VOICES[line.speaker]
        speech = synthesize(line.text, voice, rate_wpm, pitch=pitch + 12 * line.is_loud)
        spoken.append(_Spoken(line, speech, cursor))
        cursor = spoken[-1].end_ms + line.pause_ms
    return tuple(spoken)


def _voices(spoken: tuple[_Spoken, ...], samples: int) -> tuple[np.ndarray, np.ndarray]:
    """Each speaker's own sound at 48 kHz, float32 mono."""
    voices = np.zeros((len(SPEAKERS), samples), np.float32)
    for said in spoken:
        sound = signal.resample_poly(said.speech.samples / 32768, 320, 147).astype(np.float32)
        peak = SHOUTED_PEAK if said.line.is_loud else SPOKEN_PEAK
        first = said.start_ms * SAMPLE_RATE // 1000
        voices[said.line.speaker, first : first + len(sound)] += sound * (peak / abs(sound).max())
    return voices[0], voices[1]


def _mixed(voices: tuple[np.ndarray, np.ndarray], loud: TimeRange | None) -> np.ndarray:
    """Both voices in their places, the room, and the cheer: float32 `[2, samples]`."""
    noise = np.random.default_rng(_SEED)
    mix = noise.standard_normal((2, len(voices[0])), np.float32)
    mix *= ROOM_TONE
    for voice, panning in zip(voices, _PANNING, strict=True):
        mix += voice * np.array(panning, np.float32)[:, None]
    if loud is not None:
        first, last = (at * SAMPLE_RATE // 1000 for at in (loud.start_ms, loud.end_ms))
        mix[:, first:last] += _cheer(last - first, noise)
    return np.clip(mix, -1, 1, out=mix)


def _cheer(samples: int, noise: np.random.Generator) -> np.ndarray:
    """Many hands: noise between 600 Hz and 5 kHz, clapped 9 times a second, fading out."""
    band = signal.butter(2, (600, 5000), "bandpass", fs=SAMPLE_RATE, output="sos")
    hiss = signal.sosfilt(band, noise.standard_normal((2, samples)))
    seconds = np.arange(samples) / SAMPLE_RATE
    claps = 0.65 + 0.35 * np.sin(2 * np.pi * 9 * seconds) ** 2
    shape = np.minimum(1, seconds / 0.15) * np.minimum(1, (seconds[-1] - seconds) / 1.2)
    cheer: np.ndarray = hiss / abs(hiss).max() * claps * shape * CHEER_PEAK
    return cheer.astype(np.float32)


def _loud(said: _Spoken) -> TimeRange:
    return TimeRange(start_ms=said.start_ms, end_ms=said.end_ms + said.line.pause_ms)


def _openness(voice: np.ndarray, frames: int) -> np.ndarray:
    """How loud a voice is in each frame, 0…1; one frame in five of its speech reaches 1."""
    power = np.square(voice[: frames * (SAMPLE_RATE // FRAME_RATE)]).reshape(frames, -1).mean(1)
    level = np.sqrt(power)
    spoken = level[level > _AUDIBLE]
    full = np.percentile(spoken, 80) if len(spoken) else 1.0
    return np.asarray(np.clip(level / full, 0, 1))


def _shots(spoken: tuple[_Spoken, ...], frames: int) -> list[DemoShot]:
    """Lines of the same shot make one; a cut lies 200 ms before the line that wants it."""
    groups = [list(lines) for _, lines in groupby(spoken, lambda s: (s.line.shot, s.line.slide))]
    starts = [round((group[0].start_ms - 200) * FRAME_RATE / 1000) for group in groups]
    bounds = [0, *starts[1:], frames]
    return [
        DemoShot(first, end, group[0].line.shot, group[0].line.slide)
        for group, (first, end) in zip(groups, pairwise(bounds), strict=True)
    ]


def _truth(shot: DemoShot) -> TruthShot:
    return TruthShot(
        span=TimeRange(start_ms=_frame_ms(shot.first_frame), end_ms=_frame_ms(shot.end_frame)),
        kind=shot.kind.value,
        faces=tuple((SPEAKERS[place.speaker], place.face) for place in PLACES[shot.kind]),
    )


def _timed(said: _Spoken) -> list[Word]:
    return [
        Word(
            text=word.text,
            span=TimeRange(
                start_ms=word.span.start_ms + said.start_ms,
                end_ms=word.span.end_ms + said.start_ms,
            ),
            speaker=SPEAKERS[said.line.speaker],
        )
        for word in said.speech.words
    ]


def _frame_ms(frame: int) -> int:
    return round(frame * 1000 / FRAME_RATE)


def _clock(time_ms: int) -> str:
    seconds, rest = divmod(time_ms, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d},{rest:03d}"
