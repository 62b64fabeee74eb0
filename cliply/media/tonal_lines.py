"""Hears notes that are held: unmoving lines in the spectrum, which tell music from speech."""

import numpy as np

from cliply.media.growing import Growing, earlier

_SPAN = 25
"""Frames that are looked at together, 2.5 s."""

_BINS = slice(10, 512)
"""80 Hz to 4 kHz: fundamental tones and the strong overtones."""

_AROUND = 21
"""Bins, 160 Hz: what a line stands out of."""

_ABOVE_DB = 7.0
_LEAST_DB = -80.0


class LineMeter:
    """Counts for each bin how long it stands out of its surroundings.

    This is the continuous frequency activation of Seyerlehner et al. (2007, Automatic music
    detection in television productions): partials of held notes stay in their bin, those of
    a voice glide. Frames are 128 ms long, so that bins lie 8 Hz apart.
    """

    def __init__(self) -> None:
        from cliply.media import texture_loops

        self._loops = texture_loops
        self._held = np.zeros((2 * _SPAN, _BINS.stop - _BINS.start), np.uint8)
        self._lines = Growing()
        self._change = Growing()

    def feed(self, magnitudes: np.ndarray) -> None:
        """Magnitudes of the frames of `LongSpectra`, one a row."""
        level = np.log10(magnitudes[:, _BINS] + np.float32(1e-6))
        rows, held = len(level), len(self._held)
        stands = np.empty((held + rows, level.shape[1]), np.uint8)
        stands[:held] = self._held
        self._loops.standing(level, _AROUND, _ABOVE_DB / 20, _LEAST_DB / 20, stands[held:])
        lines, change = np.empty(rows), np.empty(rows)
        self._loops.lines(stands, _SPAN, lines, change)
        self._held = stands[rows:].copy()
        self._lines.add(lines)
        self._change.add(change)

    def rows(self) -> tuple[np.ndarray, np.ndarray]:
        """Lines and their change for each row; the span lies round it."""
        late = _SPAN // 2
        return earlier(self._lines.rows, late), earlier(self._change.rows, late)
