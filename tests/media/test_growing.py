"""Series in one piece of memory."""

import numpy as np
import pytest

from cliply.media.growing import Growing, earlier


def test_rows_come_back_as_they_were_added() -> None:
    series = Growing(2)
    parts = [np.full((length, 2), length, np.float64) for length in (0, 3, 5_000, 1, 20_000)]
    for part in parts:
        series.add(part)
    assert series.rows.dtype == np.float32
    assert np.array_equal(series.rows, np.concatenate(parts))


def test_without_rows_it_is_empty() -> None:
    assert Growing().rows.shape == (0,)
    assert Growing(5).rows.shape == (0, 5)


def test_rows_that_somebody_holds_are_not_moved_away_from_under_them() -> None:
    series = Growing()
    series.add(np.ones(10))
    held = series.rows
    with pytest.raises(ValueError, match="resize"):
        series.add(np.ones(100_000))
    assert held.sum() == 10


def test_a_series_is_moved_to_its_middle() -> None:
    assert earlier(np.arange(5), 2).tolist() == [2, 3, 4, 4, 4]
    assert earlier(np.zeros(0), 2).tolist() == []
