"""Loops over pixels that OpenCV has no single call for, compiled by numba.

Importing this module takes a second, so only what decodes does. The machine code is kept
beside the module or in the user's cache folder.
"""

import numpy as np

from cliply.media.compiled import compiled
from cliply.media.small_frames import MIXING_STEPS


def _mix(plane, left, right, across, top, bottom, down, line, out):  # type: ignore[no-untyped-def]
    """Bilinear mix of a plane (uint8) at a grid of places, into `out` (uint8), rounded half up.

    `left`, `right` and `top`, `bottom` are the neighbours of each column and row, `across`
    and `down` the second one's share in 1/32. `line` (uint16, as wide as the plane) is room.
    """
    for y in range(top.size):
        upper, lower, share = plane[top[y]], plane[bottom[y]], down[y]
        for x in range(line.size):
            line[x] = upper[x] * (MIXING_STEPS - share) + lower[x] * share
        for x in range(left.size):
            first, second = line[left[x]], line[right[x]]
            out[y, x] = (first * (MIXING_STEPS - across[x]) + second * across[x] + 512) >> 10


def _colour(luma, cb, cr, factors, blue, green, red):  # type: ignore[no-untyped-def]
    """8-bit colours of flat YUV samples, in swscale's own arithmetic (yuv2rgb.c).

    Each product is rounded down alone, as the processor's `pmulhw` does. `factors` (int32):
    black, luma, red of Cr, blue of Cb, green of Cb, green of Cr; the last five in 1/65536.
    """
    black, of_luma, red_of_cr, blue_of_cb, green_of_cb, green_of_cr = factors
    for i in range(luma.size):
        y = np.int32((luma[i] - black) * of_luma) >> 16
        u, v = np.int32(cb[i]) - 128, np.int32(cr[i]) - 128
        from_both = (np.int32(u * green_of_cb) >> 16) + (np.int32(v * green_of_cr) >> 16)
        blue[i] = min(max(y + (np.int32(u * blue_of_cb) >> 16), 0), 255)
        green[i] = min(max(y + from_both, 0), 255)
        red[i] = min(max(y + (np.int32(v * red_of_cr) >> 16), 0), 255)


mix = compiled(_mix)
colour = compiled(_colour)
