"""Finds the stretches of sound that have a voice in them."""

from typing import Any

import numpy as np

from cliply.domain.timing import TimeRange
from cliply.media.growing import Growing

VOICE_RATE = 16_000
"""Samples per second that the voice model hears."""

SPEECH_AT = 0.5
"""Probability at which a voice is taken to begin; the model's own default."""

SILENCE_AT = 0.35
"""Probability under which it is taken to have stopped: between words it falls a little."""

LEAST_PAUSE_MS = 300
LEAST_SPEECH_MS = 200
MARGIN_MS = 60
"""Kept around each stretch: soft first and last consonants lie outside the model's view."""

_STEP = 512
"""Samples in one window of the model, 32 ms."""

_CONTEXT = 64
"""Samples before its window that the model also sees."""


class VoiceDetector:
    """Takes mono sound at 16 kHz in pieces of any length and tells where speech is.

    Runs silero's model with its recurrent state carried from piece to piece, so the
    result does not depend on how the sound was cut up; it keeps one number per 32 ms.
    """

    def __init__(self) -> None:
        from faster_whisper.vad import get_vad_model

        self._model: Any = get_vad_model().session
        self._hidden = np.zeros((1, 1, 128), np.float32)
        self._cell = np.zeros((1, 1, 128), np.float32)
        self._context = np.zeros(_CONTEXT, np.float32)
        self._held = np.zeros(0, np.float32)
        self._probabilities = Growing()

    def feed(self, samples: np.ndarray) -> None:
        held = np.concatenate([self._held, samples]).astype(np.float32, copy=False)
        whole = len(held) // _STEP * _STEP
        self._held = held[whole:].copy()
        if whole:
            self._run(held[:whole].reshape(-1, _STEP))

    def spans(self) -> tuple[TimeRange, ...]:
        """Stretches of speech in source time; ends the input."""
        if len(self._held):
            self.feed(np.zeros(_STEP - len(self._held), np.float32))
        return speech_spans(self._probabilities.rows)

    def _run(self, windows: np.ndarray) -> None:
        before = np.vstack([self._context, windows[:-1, -_CONTEXT:]])
        self._context = windows[-1, -_CONTEXT:].copy()
        heard, self._hidden, self._cell = self._model.run(
            None,
            {"input": np.hstack([before, windows]), "h": self._hidden, "c": self._cell},
        )
        self._probabilities.add(heard.reshape(-1))


def speech_spans(probabilities: np.ndarray) -> tuple[TimeRange, ...]:
    """Spans of speech from the probability of each 32 ms, with hysteresis.

    Pauses shorter than `LEAST_PAUSE_MS` are closed, stretches shorter than
    `LEAST_SPEECH_MS` dropped, and `MARGIN_MS` is added around what is left.
    """
    step_ms = _STEP * 1000 // VOICE_RATE
    runs: list[list[int]] = []
    for first, last in _triggered(probabilities):
        if runs and (first - runs[-1][1]) * step_ms < LEAST_PAUSE_MS:
            runs[-1][1] = last
        else:
            runs.append([first, last])
    end_ms = len(probabilities) * step_ms
    return tuple(
        TimeRange(
            start_ms=max(0, first * step_ms - MARGIN_MS),
            end_ms=min(end_ms, last * step_ms + MARGIN_MS),
        )
        for first, last in runs
        if (last - first) * step_ms >= LEAST_SPEECH_MS
    )


def _triggered(probabilities: np.ndarray) -> list[tuple[int, int]]:
    """Half-open runs that begin at `SPEECH_AT` and go on while above `SILENCE_AT`."""
    inside = np.concatenate([[False], probabilities >= SILENCE_AT, [False]])
    edges = np.flatnonzero(np.diff(inside.astype(np.int8)))
    runs = []
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        certain = np.flatnonzero(probabilities[first:last] >= SPEECH_AT)
        if len(certain):
            runs.append((int(first + certain[0]), int(last)))
    return runs
