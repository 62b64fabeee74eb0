"""Indexing 4 h of talk with its frames, and queries in a workspace of ten such jobs."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

import numpy as np

from benchmarks.timing import Row
from cliply.domain.ids import JobId
from cliply.domain.search import Chunk
from cliply.domain.timing import TimeRange
from cliply.media.frame_table import FrameTable
from cliply.search.database import SearchPlace
from cliply.search.embedder import Vectors
from cliply.search.hybrid import search_tables
from cliply.search.open_clip import unit_rows
from cliply.search.texts import create_chunk_table, put_chunks
from cliply.search.vectors import chunk_vectors_of, create_vector_table, frames_of
from cliply.services.indexing import JobVectors

MINUTES = 240
CHUNK_S = 15
JPEG_BYTES = 12_000
"""Of a frame with 224 lines."""
WORDS = np.array([f"{a}{b}{c}o" for a in "bdfklmnprst" for b in "aeiou" for c in "bdklmnrst"])
JOBS, QUERIES = 10, 30

MEASURE = (
    "import resource, sys; from pathlib import Path; from benchmarks.search import index; "
    "from benchmarks.timing import peak_mb; "
    "index(Path(sys.argv[1]), 0, int(sys.argv[2])); "
    "used = resource.getrusage(resource.RUSAGE_SELF); "
    "print(peak_mb(), used.ru_utime + used.ru_stime)"
)


class NoisyEmbedder:
    """Vectors of the size of ViT-L/14 at the price of random numbers."""

    model = "noise"
    dimension = 768

    def embed_texts(self, texts: Sequence[str]) -> Vectors:
        return self._noise(len(texts))

    def embed_pictures(self, jpegs: Sequence[bytes]) -> Vectors:
        return self._noise(len(jpegs))

    def _noise(self, rows: int) -> Vectors:
        return unit_rows(np.random.default_rng().standard_normal((rows, self.dimension)))


def measure() -> list[Row]:
    """Memory and time of indexing against its fixed part, queries against those of text."""
    with tempfile.TemporaryDirectory() as folder:
        little_mb, little_s = _in_a_process(Path(folder) / "short", 10)
        much_mb, much_s = _in_a_process(Path(folder) / "long", MINUTES)
        for number in range(JOBS):
            index(Path(folder) / "many", number, MINUTES)
        words, fused = _query_ms(Path(folder) / "many")
    return [
        Row("index 4 h of talk and frames, peak memory", much_mb, little_mb, "M", "10 min", 1, 1.1),
        Row("index 4 h of talk and frames, cpu", much_s, little_s, "s", "10 min", 1),
        Row(f"query by words and vectors, {JOBS} x 4 h, ms", fused, words, "", "words", QUERIES),
    ]


def index(folder: Path, number: int, minutes: int) -> None:
    """Put one job into the tables of a folder; a frame a second."""
    frames = folder / "frames.parquet"
    folder.mkdir(exist_ok=True)
    with FrameTable(frames) as table:
        for second in range(minutes * 60):
            table.add(second * 1000, 1.0, os.urandom(JPEG_BYTES))
    database = SearchPlace((folder / "search").as_uri()).connect()
    embedder, job_id = NoisyEmbedder(), JobId(UUID(int=number))
    create_chunk_table(database, "en")
    create_vector_table(database, frames_of(embedder))
    create_vector_table(database, chunk_vectors_of(embedder))
    chunks = _chunks(minutes, number)
    put_chunks(database, job_id, "en", chunks)
    vectors = JobVectors(database, job_id, embedder, reuse=False)
    vectors.index_frames(frames, lambda _: None)
    vectors.index_chunks(chunks, lambda _: None)


def _chunks(minutes: int, seed: int) -> list[Chunk]:
    """Sentences of words that are as unevenly frequent as those of a language."""
    picks = np.random.default_rng(seed).zipf(1.3, (minutes * 60 // CHUNK_S, 40)) % len(WORDS)
    return [
        Chunk(
            span=TimeRange(start_ms=place * CHUNK_S * 1000, end_ms=(place + 1) * CHUNK_S * 1000),
            text=" ".join(WORDS[row]),
        )
        for place, row in enumerate(picks)
    ]


def _in_a_process(folder: Path, minutes: int) -> tuple[float, float]:
    """Peak memory in MB and CPU seconds of indexing one job."""
    command = [sys.executable, "-c", MEASURE, str(folder), str(minutes)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    peak_mb, cpu_s = done.stdout.split()
    return float(peak_mb), float(cpu_s)


def _query_ms(folder: Path) -> tuple[float, float]:
    """Median time of a query by words alone, and by words and vectors."""
    database = SearchPlace((folder / "search").as_uri()).connect()
    embedder, picks = NoisyEmbedder(), np.random.default_rng(0)
    queries = [" ".join(picks.choice(WORDS, 3)) for _ in range(QUERIES)]

    def median_ms(ask: Callable[[str], object]) -> float:
        taken = []
        for query in queries:
            began = time.perf_counter()
            ask(query)
            taken.append(1000 * (time.perf_counter() - began))
        return statistics.median(taken)

    return (
        median_ms(lambda query: search_tables(database, query)),
        median_ms(lambda query: search_tables(database, query, embedder=embedder)),
    )
