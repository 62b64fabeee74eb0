"""Loops over sound at 48 kHz for the level series, compiled by numba.

Importing this module takes a fifth of a second, so only what measures sound does.
"""

import numpy as np

from cliply.media.compiled import compiled

STEP = 480
"""Samples of a step, 10 ms."""

LANES = 16
"""Steps that are gone through side by side: as many as two vectors hold."""

QUIET = 1e-15
"""States under this are far under any sound and become zero: numbers as small as those that
they would fade to are a hundred times as slow."""


def _states(steps, drive, onward, carried, before):  # type: ignore[no-untyped-def]
    """States of the filter before each of `steps` (float32 `[channel's steps, STEP]`).

    `drive` (float32 `[4, STEP]`) is what a step's samples add to the states after it,
    `onward` (float64 `[4, 4]`) what becomes of those before it. `carried` (float64 `[4]`) is
    the state before the first step and then that after the last, `before` (float32
    `[steps, 4]`) the result.
    """
    after = np.empty(4)
    for step in range(steps.shape[0]):
        samples = steps[step]
        first, second, third, fourth = (np.float32(0), np.float32(0), np.float32(0), np.float32(0))
        for at in range(STEP):
            sample = samples[at]
            first += sample * drive[0, at]
            second += sample * drive[1, at]
            third += sample * drive[2, at]
            fourth += sample * drive[3, at]
        after[0], after[1], after[2], after[3] = first, second, third, fourth
        for to in range(4):
            before[step, to] = carried[to]
            for at in range(4):
                after[to] += onward[to, at] * carried[at]
        for to in range(4):
            carried[to] = after[to] if abs(after[to]) > QUIET else 0.0


def _turned(steps, first, turned):  # type: ignore[no-untyped-def]
    """`LANES` steps from `first` on beside each other, `[STEP * LANES]`; the last one repeats."""
    last = steps.shape[0] - 1
    if first + LANES <= last + 1:
        for at in range(STEP):
            for lane in range(LANES):
                turned[at * LANES + lane] = steps[first + lane, at]
    else:
        for lane in range(LANES):
            for at in range(STEP):
                turned[at * LANES + lane] = steps[min(first + lane, last), at]


def _filtered(turned, length, factors, lanes):  # type: ignore[no-untyped-def]
    """The K filter over `length` samples of each lane, both sections in transposed direct form.

    `lanes` (float32 `[7 * LANES]`) holds four states, the sums of squares after and before
    the filter, and the peak. The second section's zeros are 1, -2, 1.
    """
    b0, b1, b2, a1, a2 = factors[0], factors[1], factors[2], factors[3], factors[4]
    c1, c2, two = factors[5], factors[6], np.float32(2)
    for at in range(length):
        for lane in range(LANES):
            sample = turned[at * LANES + lane]
            head = b0 * sample + lanes[lane]
            lanes[lane] = b1 * sample - a1 * head + lanes[LANES + lane]
            lanes[LANES + lane] = b2 * sample - a2 * head
            weighted = head + lanes[2 * LANES + lane]
            lanes[2 * LANES + lane] = lanes[3 * LANES + lane] - two * head - c1 * weighted
            lanes[3 * LANES + lane] = head - c2 * weighted
            lanes[4 * LANES + lane] += weighted * weighted
            lanes[5 * LANES + lane] += sample * sample
            lanes[6 * LANES + lane] = max(lanes[6 * LANES + lane], abs(sample))


def _weigh(steps, length, before, factors, turned, measured):  # type: ignore[no-untyped-def]
    """Energy after and before the K filter, and the peak, of the first `length` samples.

    Of each of `steps`, whose states are `before`; into `measured`, float32 `[3, steps]`.
    """
    lanes = np.empty(7 * LANES, np.float32)
    for first in range(0, steps.shape[0], LANES):
        turn(steps, first, turned)
        lanes[:] = np.float32(0)
        count = min(LANES, steps.shape[0] - first)
        for lane in range(count):
            for state in range(4):
                lanes[state * LANES + lane] = before[first + lane, state]
        filter_lanes(turned, length, factors, lanes)
        for lane in range(count):
            for kind in range(3):
                measured[kind, first + lane] = lanes[(4 + kind) * LANES + lane]


states = compiled(_states)
turn = compiled(_turned)
filter_lanes = compiled(_filtered)
weigh = compiled(_weigh)
