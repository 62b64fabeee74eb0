"""A window that slides, made of two counters: this window's, and part of the one before.

The hits of the window before count for the part of it that the last `window_s` seconds still
reach into. So a burst at the end of one window leaves no room for another at the beginning
of the next, which counters that just start anew do (twice the limit within a moment). With
the same purpose and cost, a log of every hit would be exact for any distribution, but takes
a row for each hit.
"""

import math

from cliply.db.rate_windows import Counted
from cliply.limits.rules import RateRule, RateState


def state_after(rule: RateRule, counted: Counted) -> RateState:
    """Where a key stands after the hit that was counted, or refused."""
    left = rule.limit - counted.former * (1 - counted.passed) - counted.present
    remaining = max(0, math.floor(left)) if counted.is_allowed else 0
    reset_s = (1 - counted.passed) * rule.window_s if remaining else wait_s(rule, counted)
    return RateState(rule, remaining, max(1, math.ceil(reset_s)), counted.is_allowed)


def wait_s(rule: RateRule, counted: Counted) -> float:
    """Seconds until one more hit is allowed, if nobody else hits meanwhile; 0 for at once."""
    room = rule.limit - 1 - counted.present
    if room >= 0:
        place = 1 - room / counted.former if counted.former else 0.0
        return max(0.0, place - counted.passed) * rule.window_s
    # Nothing more in this window; in the next one it is the window before.
    place = 1 - (rule.limit - 1) / counted.present
    return (1 - counted.passed + place) * rule.window_s
