"""Examining a file in a process of its own."""

import os
import time
from pathlib import Path

import pytest

from cliply.domain.media import SourceLimits
from cliply.errors import ErrorCode, MediaError, Unavailable
from cliply.media.probe import probe
from cliply.services.examination import examine_apart

LIMITS = SourceLimits()


def test_it_says_what_the_probe_says(talk: Path) -> None:
    assert examine_apart(talk, LIMITS) == probe(talk, LIMITS)


def test_limits_hold_there_too(talk: Path) -> None:
    with pytest.raises(MediaError, match=r"talk\.mp4") as caught:
        examine_apart(talk, SourceLimits(max_duration_ms=6_000))
    assert caught.value.code is ErrorCode.source_too_long


def test_too_little_memory_refuses_the_file(talk: Path) -> None:
    with pytest.raises(MediaError) as caught:
        examine_apart(talk, LIMITS, memory_bytes=64 << 20)
    assert caught.value.code is ErrorCode.source_corrupt


def test_a_probe_that_hangs_is_ended(tmp_path: Path) -> None:
    pipe = tmp_path / "never.mp4"
    os.mkfifo(pipe)
    began = time.monotonic()
    with pytest.raises(Unavailable):
        examine_apart(pipe, LIMITS, timeout_s=1.5)
    assert time.monotonic() - began < 10
