from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cliply.selection.schedule import ENOUGH, choose_apart
from cliply.selection.windows import Windows


def windows(*spans: tuple[int, int]) -> Windows:
    columns = np.array(spans, dtype=np.int64).reshape(-1, 2)
    rest = np.zeros(len(columns), dtype=np.int64)
    return Windows(columns[:, 0], columns[:, 1], rest, rest, rest, rest)


def most_that_fit(spans: list[tuple[int, int]]) -> int:
    """The classic count: always the one that ends first."""
    count, free_from = 0, 0
    for start, end in sorted(spans, key=lambda span: span[1]):
        if start >= free_from:
            count, free_from = count + 1, end
    return count


def test_one_strong_moment_is_not_parted_into_two() -> None:
    spans = windows((0, 20), (20, 40), (0, 40), (40, 60), (60, 80), (80, 100))
    scores = np.array([0.8, 0.8, 0.9, 0.1, 0.1, 0.1])

    assert choose_apart(spans, scores, wanted=5, most=15, apart_ms=0)[0] == 2


def test_one_long_window_does_not_swallow_a_short_video() -> None:
    spans = windows((0, 80), (0, 20), (20, 40), (40, 60), (60, 80))
    scores = np.array([0.9, 0.5, 0.5, 0.5, 0.5])

    assert choose_apart(spans, scores, wanted=5, most=15, apart_ms=0) == [1, 2, 3, 4]


def test_a_single_clip_is_the_best_one_however_long() -> None:
    spans = windows((0, 80), (0, 20), (20, 40), (40, 60), (60, 80))
    scores = np.array([0.9, 0.5, 0.5, 0.5, 0.5])

    assert choose_apart(spans, scores, wanted=1, most=3, apart_ms=0) == [0]


def test_distance_is_given_up_where_it_would_cost_clips() -> None:
    spans = windows((0, 20), (20, 40), (40, 60))
    scores = np.ones(3)

    assert len(choose_apart(spans, scores, wanted=3, most=9, apart_ms=10)) == 3
    assert len(choose_apart(spans, scores, wanted=2, most=6, apart_ms=10)) == 2


SPANS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 25)).map(lambda one: (one[0], one[0] + one[1])),
    min_size=1,
    max_size=40,
)


@given(spans=SPANS, wanted=st.integers(1, 6), apart_ms=st.integers(0, 8), seed=st.integers(0, 99))
def test_as_many_as_are_enough_are_chosen_whenever_they_fit(
    spans: list[tuple[int, int]], wanted: int, apart_ms: int, seed: int
) -> None:
    scores = np.random.default_rng(seed).random(len(spans))

    chosen = choose_apart(windows(*spans), scores, wanted, 3 * wanted, apart_ms)

    assert min(wanted, ENOUGH, most_that_fit(spans)) <= len(chosen) <= 3 * wanted
    taken = sorted(spans[index] for index in chosen)
    assert all(one[1] <= other[0] for one, other in pairwise(taken))
