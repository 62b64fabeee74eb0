"""Compiles loops over numbers with numba and keeps the machine code between processes."""

from collections.abc import Callable
from typing import Any

import numba


def compiled(loop: Callable[..., None]) -> Any:
    """The loop as machine code, which lets other threads work while it runs.

    Sums may be taken in any order, so that they are taken in vectors; what is not a number
    stays so. The code is kept where a folder for that can be written.
    """
    order = {"reassoc", "nsz", "contract"}
    try:
        return numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=order)(loop)
    except RuntimeError:
        return numba.njit(nogil=True, error_model="numpy", fastmath=order)(loop)
