"""The K filter of ITU-R BS.1770, as matrix products over stretches of 1 ms."""

from typing import NamedTuple, Protocol

import numpy as np
from scipy import signal

K_RATE = 48_000
"""Samples per second that the coefficients hold for."""

STEP_MS = 10
STEP = K_RATE * STEP_MS // 1000
"""Samples that are measured together."""

_HEAD_ZEROS = (1.53512485958697, -2.69169618940638, 1.19839281085285)
_HEAD_POLES = (1.0, -1.69065929318241, 0.73248077421585)
_HIGH_PASS = (1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621)

K_FILTER = np.array([[*_HEAD_ZEROS, *_HEAD_POLES], _HIGH_PASS])
"""Head and high-pass stages as second-order sections: ITU-R BS.1770-4, tables 1 and 2."""

_STATES = 4
"""Real and imaginary part for each pair of poles."""

STRETCH = 32
"""Samples that the filter goes on by at once, two thirds of a millisecond."""

_LONG = 15
"""Stretches that its states go on by at once, 10 ms: one recursion for each instead of each
stretch, which would cost more than the filter."""

_AT_ONCE = 150
"""Stretches in one product, 100 ms: small enough that BLAS starts no threads, which cost more
than they bring and take the core from whoever else works."""

_ROW = STRETCH * _AT_ONCE

_ROWS = 5
"""Products that are made ready together: with their result they stay in a core's cache."""

_TREMBLE = 1e-15
"""Far under any sound; keeps the states out of denormal numbers, eight times as slow."""


class Steps(NamedTuple):
    """What was measured of each 10 ms, `[channels, steps]`; an unfinished step is the last."""

    weighted: np.ndarray
    """Sum of squares after the filter."""
    plain: np.ndarray
    """Sum of squares of the samples themselves."""
    peak: np.ndarray


class Weighting(Protocol):
    """Measures sound block by block; blocks are whole rows of 100 ms, except for the last.

    After blocks of one channel there may come more: all of them go on from that one.
    """

    def measured(self, block: np.ndarray) -> Steps:
        """The steps of a float32 block `[channels, samples]`, as the K filter passes them."""
        ...


class KWeighting:
    """Filters sound block by block; blocks are whole rows of 100 ms, except for the last.

    After blocks of one channel there may come more: all of them go on from that one.

    Within a stretch the filter is one matrix, what went before reaches it through four
    states alone: less than half as much work as sample by sample, the same result to 1e-5 of
    the largest sample.
    """

    def __init__(self) -> None:
        self._steps = _matrices()
        self._carried = np.zeros((len(self._steps.decay), 1, 1), np.complex128)
        self._weighted = np.empty((0, 0), np.float32)
        # Used again for each product: memory that is new costs as much as the filter.
        self._known = np.empty((_ROWS, _AT_ONCE, STRETCH + _STATES), np.float32)
        self._driven = np.empty((_ROWS, _AT_ONCE // _LONG, (_LONG + 1) * _STATES), np.float32)

    def measured(self, block: np.ndarray) -> Steps:
        """The steps of a block, from all of its weighted sound."""
        whole = -(-block.shape[1] // _ROW) * _ROW
        if self._weighted.shape != (len(block), whole):
            self._weighted = np.empty((len(block), whole), np.float32)
        weighted, plain = _steps_of(self.filtered(block, self._weighted)), _steps_of(block)
        peak = np.maximum(plain.max(axis=2), -plain.min(axis=2))
        return Steps(np.vecdot(weighted, weighted), np.vecdot(plain, plain), peak)

    def filtered(self, block: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """The weighted sound of a float32 block `[channels, samples]`, float32.

        It is written into `out`, where that is given: `[channels, samples]` of whole rows.
        """
        channels, length = block.shape
        missing = -length % _ROW
        whole = np.pad(block, ((0, 0), (0, missing))) if missing else block
        weighted = np.empty(whole.shape, np.float32) if out is None else out
        rows = np.ascontiguousarray(whole).reshape(-1, _AT_ONCE, STRETCH)
        driven = (rows @ self._steps.drive).reshape(len(rows), -1, _LONG * _STATES)
        states = self._states(driven, channels)
        for first in range(0, len(rows), _ROWS):
            some = slice(first, first + _ROWS)
            known = self._made_ready(rows[some], driven[some], states[some])
            np.matmul(known, self._steps.onward, out=weighted.reshape(rows.shape)[some])
        return weighted[:, :length]

    def _states(self, driven: np.ndarray, channels: int) -> np.ndarray:
        """The filter's states before each long step, float32.

        Each pair of poles is a recursion of one complex number from step to step.
        """
        after = driven @ self._steps.between[: _LONG * _STATES, _LONG * _STATES :]
        modes = (after.astype(np.float64) + _TREMBLE).view(np.complex128).reshape(channels, -1, 2)
        carried = np.broadcast_to(self._carried, (2, channels, 1)).copy()
        for mode, decay in enumerate(self._steps.decay):
            modes[..., mode], carried[mode] = signal.lfilter(
                [0, 1], [1, -decay], modes[..., mode], zi=carried[mode]
            )
        self._carried = carried
        return np.asarray(modes.view(np.float64).reshape(after.shape), np.float32)

    def _made_ready(self, rows: np.ndarray, driven: np.ndarray, states: np.ndarray) -> np.ndarray:
        """Each stretch's samples and behind them the states before it: one product takes both."""
        known, inputs = self._known[: len(rows)], self._driven[: len(rows)]
        inputs[..., :-_STATES], inputs[..., -_STATES:] = driven, states
        flat = inputs.reshape(-1, inputs.shape[2]) @ self._steps.between[:, : _LONG * _STATES]
        known[..., :STRETCH] = rows
        known[..., STRETCH:] = flat.reshape(*rows.shape[:2], _STATES)
        return known


def _steps_of(block: np.ndarray) -> np.ndarray:
    """`[channels, steps, samples]`; zeros fill the last step."""
    missing = -block.shape[1] % STEP
    whole = np.pad(block, ((0, 0), (0, missing))) if missing else block
    return whole.reshape(len(block), whole.shape[1] // STEP, STEP)


class _Matrices(NamedTuple):
    """The filter over a stretch; samples and states are rows and multiply from the left.

    States are the two modes of the poles above the real axis, real and imaginary part beside
    each other; their conjugates go without saying.
    """

    onward: np.ndarray
    """From the stretch's samples and the states before it to its output."""
    drive: np.ndarray
    """From the stretch's samples to the states after it."""
    between: np.ndarray
    """From what the stretches of a long step drive, and the states before it, to the states
    before each of its stretches and after the last."""
    decay: np.ndarray
    """What a long step multiplies each mode by."""


def _matrices() -> _Matrices:
    matrix, response = state_space(), signal.sosfilt(K_FILTER, np.eye(1, STRETCH)[0])
    powers = [np.linalg.matrix_power(matrix, step) for step in range(STRETCH)]
    entry, exit_ = ends()
    values, vectors = np.linalg.eig(matrix)
    chosen = np.flatnonzero(values.imag > 0)
    within = np.array(
        [[response[to - at] if to >= at else 0.0 for to in range(STRETCH)] for at in range(STRETCH)]
    )
    to_modes = _parted(np.linalg.inv(vectors)[chosen]).T
    from_modes = _parted(2 * vectors[:, chosen].conj().T)
    out = from_modes @ np.array([exit_ @ power for power in powers]).T
    drive = np.array([power @ entry for power in powers[::-1]]) @ to_modes
    decay = values[chosen] ** STRETCH
    return _Matrices(
        np.concatenate([within, out]).astype(np.float32),
        drive.astype(np.float32),
        _between(decay).astype(np.float32),
        decay**_LONG,
    )


def _between(decay: np.ndarray) -> np.ndarray:
    """`[(15 drives and the states) * 4, (15 stretches and the end) * 4]`."""
    matrix = np.zeros((_LONG + 1, 2, 2, _LONG + 1, 2, 2))
    for mode, factor in enumerate(decay):
        for to in range(_LONG + 1):
            steps = [*(to - 1 - at for at in range(_LONG)), to]
            for at, count in enumerate(steps):
                grown = factor**count if count >= 0 else 0j
                turned = [[grown.real, grown.imag], [-grown.imag, grown.real]]
                matrix[at, mode, :, to, mode, :] = turned
    return matrix.reshape(_STATES * (_LONG + 1), -1)


def _parted(rows: np.ndarray) -> np.ndarray:
    """Each complex row as two: its real and its imaginary part."""
    return np.stack([rows.real, rows.imag], axis=1).reshape(-1, rows.shape[1])


def state_space() -> np.ndarray:
    """How the states of both sections, in transposed direct form, go on without a sample."""
    head, high_pass = K_FILTER
    matrix = np.zeros((4, 4))
    matrix[:2, :2] = [[-head[4], 1], [-head[5], 0]]
    matrix[2:, 2:] = [[-high_pass[4], 1], [-high_pass[5], 0]]
    matrix[2:, 0] = _entry(high_pass)
    return matrix


def ends() -> tuple[np.ndarray, np.ndarray]:
    """What a sample adds to the states, and what the states add to the output."""
    head, high_pass = K_FILTER
    entry = np.concatenate([_entry(head), head[0] * _entry(high_pass)])
    return entry, np.array([high_pass[0], 0, 1, 0])


def _entry(section: np.ndarray) -> np.ndarray:
    return np.array([section[1] - section[4] * section[0], section[2] - section[5] * section[0]])
