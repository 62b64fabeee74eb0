"""The K filter of ITU-R BS.1770, as matrix products over stretches of 1 ms."""

from typing import NamedTuple

import numpy as np
from scipy import signal

K_RATE = 48_000
"""Samples per second that the coefficients hold for."""

_HEAD_ZEROS = (1.53512485958697, -2.69169618940638, 1.19839281085285)
_HEAD_POLES = (1.0, -1.69065929318241, 0.73248077421585)
_HIGH_PASS = (1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621)

K_FILTER = np.array([[*_HEAD_ZEROS, *_HEAD_POLES], _HIGH_PASS])
"""Head and high-pass stages as second-order sections: ITU-R BS.1770-4, tables 1 and 2."""

_STATES = 4

STRETCH = 48
"""Samples that the filter goes on by at once, 1 ms."""

_AT_ONCE = 100
"""Stretches in one product: small enough that BLAS starts no threads, which cost more than
they bring and take the core from whoever else works."""

_TREMBLE = 1e-15
"""Far under any sound; keeps the states out of denormal numbers, eight times as slow."""


class KWeighting:
    """Filters sound block by block; blocks are whole rows of 100 ms, except for the last.

    After blocks of one channel there may come more: all of them go on from that one.

    Within a stretch the filter is one matrix, what went before reaches it through four
    states alone: half as much work as sample by sample, the same result to 1e-5 of the
    largest sample.
    """

    def __init__(self) -> None:
        self._steps = _steps()
        self._carried = np.zeros((len(self._steps.decay), 1, 1), np.complex128)

    def filtered(self, block: np.ndarray) -> np.ndarray:
        """The weighted sound of a float32 block `[channels, samples]`, float32."""
        channels, length = block.shape
        missing = -length % (STRETCH * _AT_ONCE)
        whole = np.pad(block, ((0, 0), (0, missing))) if missing else block
        stretches = np.ascontiguousarray(whole).reshape(channels, -1, _AT_ONCE, STRETCH)
        weighted = stretches @ self._steps.within
        weighted += self._states(stretches) @ self._steps.out
        return np.asarray(weighted.reshape(channels, -1)[:, :length])

    def _states(self, stretches: np.ndarray) -> np.ndarray:
        """The filter's states before each stretch, float32, 4 in place of its samples.

        Each pair of poles is a recursion of one complex number from stretch to stretch.
        """
        steps, shape = self._steps, (*stretches.shape[:-1], _STATES)
        driven = (stretches @ steps.drive).reshape(len(stretches), -1, _STATES)
        modes = ((driven + _TREMBLE) @ steps.to_modes).view(np.complex128)
        carried = np.broadcast_to(self._carried, (len(steps.decay), len(stretches), 1)).copy()
        for mode, decay in enumerate(steps.decay):
            modes[..., mode], carried[mode] = signal.lfilter(
                [0, 1], [1, -decay], modes[..., mode], zi=carried[mode]
            )
        self._carried = carried
        states = modes.view(np.float64) @ steps.from_modes
        return np.asarray(states.astype(np.float32).reshape(shape))


class _Steps(NamedTuple):
    """The filter over a stretch; states are rows and multiply from the left."""

    within: np.ndarray
    """From the stretch's samples to its output."""
    drive: np.ndarray
    """From the stretch's samples to the states after it."""
    out: np.ndarray
    """From the states before the stretch to its output."""
    decay: np.ndarray
    """What a stretch multiplies each mode by; of a pair of conjugates one is enough."""
    to_modes: np.ndarray
    """From states to modes, whose real and imaginary parts lie beside each other."""
    from_modes: np.ndarray


def _steps() -> _Steps:
    matrix, response = _state_space(), signal.sosfilt(K_FILTER, np.eye(1, STRETCH)[0])
    powers = [np.linalg.matrix_power(matrix, step) for step in range(STRETCH)]
    entry, exit_ = _ends()
    values, vectors = np.linalg.eig(matrix)
    chosen = np.flatnonzero(values.imag > 0)
    within = np.array(
        [[response[to - at] if to >= at else 0.0 for to in range(STRETCH)] for at in range(STRETCH)]
    )
    return _Steps(
        within.astype(np.float32),
        np.array([power @ entry for power in powers[::-1]]).astype(np.float32),
        np.array([exit_ @ power for power in powers]).T.astype(np.float32),
        values[chosen] ** STRETCH,
        _parted(np.linalg.inv(vectors)[chosen]).T.copy(),
        _parted(2 * vectors[:, chosen].conj().T),
    )


def _parted(rows: np.ndarray) -> np.ndarray:
    """Each complex row as two: its real and its imaginary part."""
    return np.stack([rows.real, rows.imag], axis=1).reshape(-1, rows.shape[1])


def _state_space() -> np.ndarray:
    """How the states of both sections, in transposed direct form, go on without a sample."""
    head, high_pass = K_FILTER
    matrix = np.zeros((4, 4))
    matrix[:2, :2] = [[-head[4], 1], [-head[5], 0]]
    matrix[2:, 2:] = [[-high_pass[4], 1], [-high_pass[5], 0]]
    matrix[2:, 0] = _entry(high_pass)
    return matrix


def _ends() -> tuple[np.ndarray, np.ndarray]:
    """What a sample adds to the states, and what the states add to the output."""
    head, high_pass = K_FILTER
    entry = np.concatenate([_entry(head), head[0] * _entry(high_pass)])
    return entry, np.array([high_pass[0], 0, 1, 0])


def _entry(section: np.ndarray) -> np.ndarray:
    return np.array([section[1] - section[4] * section[0], section[2] - section[5] * section[0]])
