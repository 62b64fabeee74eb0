"""Speaks text with espeak-ng and tells when each word is said."""

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from threading import Lock
from typing import Any

import numpy as np

from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Word
from cliply.errors import ErrorCode, InvalidInput

SPEECH_RATE = 22_050
"""Samples per second that espeak-ng speaks at."""

AUDIBLE = 330
"""Sample value (of 32767) above which a word still sounds: -40 dBFS."""

_SYNCHRONOUS = 2
_UTF8 = 1
_RATE, _PITCH = 1, 3
_LIST_END, _WORD, _CLAUSE_END = 0, 1, 5

_ONE_AT_A_TIME = Lock()
"""The engine is one global state machine in C."""


@dataclass(frozen=True)
class Speech:
    """Spoken text: int16 mono samples at `SPEECH_RATE`, and its words in order."""

    samples: np.ndarray
    words: tuple[Word, ...]


class _Event(ctypes.Structure):
    """espeak_EVENT of speak_lib.h; positions count characters from 1, audio in ms."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


_OnSound = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


@dataclass
class _Recording:
    """What the engine hands over while it speaks."""

    parts: list[np.ndarray] = field(default_factory=list)
    marks: list[tuple[int, int]] = field(default_factory=list)
    """(character position from 0, or -1 at the end of a clause; time in ms)"""

    def take(self, samples: Any, count: int, events: Any) -> int:
        """The engine's callback: a piece of sound and what happens in it; 0 goes on."""
        if samples and count > 0:
            self.parts.append(np.ctypeslib.as_array(samples, (count,)).copy())
        for event in _listed(events):
            if event.type == _WORD:
                self.marks.append((event.text_position - 1, event.audio_position))
            elif event.type == _CLAUSE_END:
                self.marks.append((-1, event.audio_position))
        return 0


def synthesize(text: str, voice: str = "en", rate_wpm: int = 165, *, pitch: int = 50) -> Speech:
    """Speak a text; the same text, voice, rate and pitch give the same samples.

    `voice` is a language with an optional variant (`en-us`, `en-gb-x-rp+f3`), `rate_wpm`
    80…450 words a minute, `pitch` 0…99. A word's span begins where the engine says it does
    and ends with its last audible sample; signs that are not spoken stay on the word
    before them. Raises InvalidInput for a voice that is not there.
    """
    recording = _Recording()
    with _ONE_AT_A_TIME, _engine(recording.take) as engine:
        if engine.espeak_SetVoiceByName(voice.encode()) != 0:
            raise InvalidInput(
                ErrorCode.option_invalid,
                f"There is no voice {voice!r}; give a language such as en-us, de or fr.",
            )
        engine.espeak_SetParameter(_RATE, rate_wpm, 0)
        engine.espeak_SetParameter(_PITCH, pitch, 0)
        data = text.encode() + b"\0"
        engine.espeak_Synth(data, len(data), 0, 0, 0, _UTF8, None, None)
        engine.espeak_Synchronize()
    samples = np.concatenate([np.zeros(0, np.int16), *recording.parts])
    return Speech(samples, tuple(_words(text, recording.marks, samples)))


@contextmanager
def _engine(take: Callable[[Any, int, Any], int]) -> Iterator[ctypes.CDLL]:
    """The library, loaded anew and unloaded afterwards.

    Its oscillators keep their phase between calls and can not be reset, so only a fresh
    copy of its memory (2 ms) makes a text sound the same every time; its breath is random.
    """
    import espeakng_loader

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    on_sound = _OnSound(take)
    try:
        library.espeak_Initialize(_SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), 0)
        library.espeak_SetSynthCallback(on_sound)
        library.espeak_ng_SetRandSeed(ctypes.c_long(1))
        yield library
    finally:
        library.espeak_Terminate()
        ctypes.CDLL(None).dlclose(ctypes.c_void_p(library._handle))


def _listed(events: Any) -> Iterator[_Event]:
    index = 0
    while events[index].type != _LIST_END:
        yield events[index]
        index += 1


def _words(text: str, marks: list[tuple[int, int]], samples: np.ndarray) -> Iterator[Word]:
    """Words between blanks with the time they are said at."""
    tokens = _tokens(text)
    starts = [start for start, _ in tokens]
    heard = _first_marks(starts, marks)
    for place, (token, begin_ms, until_ms) in enumerate(heard):
        following = heard[place + 1][0] if place + 1 < len(heard) else len(tokens)
        spoken = " ".join(shown for _, shown in tokens[token:following])
        yield Word(text=spoken, span=_audible(samples, begin_ms, until_ms))


def _tokens(text: str) -> list[tuple[int, str]]:
    """(character position, text) of everything between blanks."""
    found, position = [], 0
    for token in text.split():
        position = text.index(token, position)
        found.append((position, token))
        position += len(token)
    return found


def _first_marks(starts: list[int], marks: list[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """(token, begin_ms, until_ms) of the tokens that are spoken.

    A number is several words to the engine; the first one counts. A token lasts until the
    next one begins or its clause ends.
    """
    heard: list[tuple[int, int, int]] = []
    for (position, begin_ms), (_, until_ms) in pairwise(
        [*marks, (-1, marks[-1][1] if marks else 0)]
    ):
        if position < 0:
            continue
        token = int(np.searchsorted(starts, position, side="right")) - 1
        if heard and heard[-1][0] == token:
            heard[-1] = (token, heard[-1][1], until_ms)
        else:
            heard.append((token, begin_ms, until_ms))
    return heard


def _audible(samples: np.ndarray, begin_ms: int, until_ms: int) -> TimeRange:
    """The span up to its last audible sample, at least 1 ms."""
    first = begin_ms * SPEECH_RATE // 1000
    part = np.abs(samples[first : until_ms * SPEECH_RATE // 1000].astype(np.int32))
    loud = np.flatnonzero(part > AUDIBLE)
    length_ms = int(loud[-1]) * 1000 // SPEECH_RATE + 1 if len(loud) else until_ms - begin_ms
    return TimeRange(start_ms=begin_ms, end_ms=begin_ms + max(1, length_ms))
