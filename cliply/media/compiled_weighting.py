"""The K filter of ITU-R BS.1770 sample by sample, compiled: for sources, which are long."""

import numpy as np

from cliply.media.k_weighting import K_FILTER, STEP, Steps, ends, state_space

_STATES = 4


class CompiledWeighting:
    """Measures what `KWeighting` does in a quarter of its time; see `Weighting`.

    What reaches a step from before it are four numbers, which each step's samples make in
    four products. With these known, sixteen steps are filtered side by side. Making the
    first one loads the compiler: half a CPU second, and 100 MB that a confined process does
    not have.
    """

    def __init__(self) -> None:
        from cliply.media import level_loops

        self._loops = level_loops
        self._drive, self._onward = _drive(), np.linalg.matrix_power(state_space(), STEP)
        head, high_pass = K_FILTER
        self._factors = np.array([*head[:3], *head[4:], *high_pass[4:]], np.float32)
        self._carried = np.zeros((1, _STATES))
        self._turned = np.empty(level_loops.LANES * STEP, np.float32)

    def measured(self, block: np.ndarray) -> Steps:
        """The steps of a float32 block `[channels, samples]`; the last may be unfinished."""
        channels, length = block.shape
        self._carried = np.broadcast_to(self._carried[-channels:], (channels, _STATES)).copy()
        whole = length // STEP * STEP
        steps = self._measured(block[:, :whole], STEP)
        if whole < length:
            padded = np.pad(block[:, whole:], ((0, 0), (0, -length % STEP)))
            steps = np.concatenate([steps, self._measured(padded, length - whole)], axis=2)
        return Steps(*steps)

    def _measured(self, block: np.ndarray, length: int) -> np.ndarray:
        """`[3, channels, steps]` of whole steps, of which so many samples count."""
        shape = len(block), block.shape[1] // STEP, STEP
        steps = np.ascontiguousarray(block).reshape(shape)
        before = np.empty((*steps.shape[:2], _STATES), np.float32)
        for channel, carried in enumerate(self._carried):
            self._loops.states(steps[channel], self._drive, self._onward, carried, before[channel])
        measured = np.empty((3, before.shape[0] * before.shape[1]), np.float32)
        flat = steps.reshape(-1, STEP), length, before.reshape(-1, _STATES)
        self._loops.weigh(*flat, self._factors, self._turned, measured)
        return measured.reshape(3, *before.shape[:2])


def _drive() -> np.ndarray:
    """What each sample of a step adds to the states after it, float32 `[states, samples]`."""
    matrix, state = state_space(), ends()[0]
    added = np.empty((STEP, _STATES))
    for sample in range(STEP - 1, -1, -1):
        added[sample] = state
        state = matrix @ state
    return np.ascontiguousarray(added.T, np.float32)
