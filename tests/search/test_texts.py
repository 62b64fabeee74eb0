"""Full-text search over chunks, in memory or in a folder, with the real tables."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from cliply.domain.ids import JobId
from cliply.domain.search import Chunk
from cliply.domain.timing import TimeRange
from cliply.search.database import SearchPlace, table_names
from cliply.search.texts import create_chunk_table, find_chunks, text_at
from cliply.search.texts import put_chunks as put_into_table

SAID = {
    "en": "The hive's prices were set at nine dollars, and GPT-4 will die.",
    "de": "Die alten Häuser haben keine Bäume.",
    "fr": "Nous parlions des chevaux à l'école.",
    "ja": "昨日は東京に行きました。",
    "zh": "我喜欢北京的天气。",
    "th": "ฉันรักภาษาไทยมาก",
    "ko": "안녕하세요 여러분",
    "ru": "Мы говорили о ценах.",
    "pl": "Rozmawialiśmy o pszczołach.",
}
JOBS = {language: JobId(UUID(int=number)) for number, language in enumerate(SAID, start=1)}


def chunk(text: str, start_ms: int = 0) -> Chunk:
    return Chunk(span=TimeRange(start_ms=start_ms, end_ms=start_ms + 5_000), text=text)


def put_chunks(database: Any, job_id: JobId, language: str, chunks: list[Chunk]) -> None:
    create_chunk_table(database, language)
    put_into_table(database, job_id, language, chunks)


@pytest.fixture
def database(tmp_path: Path) -> Any:
    return SearchPlace((tmp_path / "search").as_uri()).connect()


@pytest.fixture(scope="module")
def many_languages(tmp_path_factory: pytest.TempPathFactory) -> Any:
    database = SearchPlace(tmp_path_factory.mktemp("search").as_uri()).connect()
    for language, text in SAID.items():
        put_chunks(database, JOBS[language], language, [chunk(text), chunk("…", 9_000)])
    return database


@pytest.mark.parametrize(
    ("query", "language"),
    [
        ("price", "en"),
        ("PRICING", "en"),
        ("hives", "en"),
        ("die gpt 4", "en"),
        ("Haus", "de"),
        ("baume", "de"),
        ("cheval chevaux", "fr"),
        ("ecole", "fr"),
        ("東京", "ja"),
        ("北京", "zh"),
        ("天气", "zh"),
        ("ภาษา", "th"),
        ("여러분", "ko"),
        ("цены", "ru"),
        ("pszczołach", "pl"),
    ],
)
def test_words_are_found_in_every_form_that_their_language_gives_them(
    many_languages: Any, query: str, language: str
) -> None:
    found = find_chunks(many_languages, query, None, 5)

    assert found, "nothing was found"
    assert (found[0].job_id, found[0].text) == (JOBS[language], SAID[language])


@pytest.mark.parametrize(
    "query",
    [
        "AND OR NOT (",
        'the "unclosed quote',
        "text:hive* ~hive^2 [a TO b] {x}",
        "'; DROP TABLE chunks_en; --",
        "job_id = '1' OR 1=1",
        "😀 🐝",
        "a" * 400,
        "hive\\ %_ ${x} {{y}}",
        "\u202eevih\u202c",
        "?!.,;:",
    ],
)
def test_no_query_is_an_operator_or_breaks_anything(many_languages: Any, query: str) -> None:
    assert len(find_chunks(many_languages, query, None, 50)) <= len(SAID)
    assert len(table_names(many_languages)) == 5, "four stemmed languages and the others"


def test_one_job_can_be_searched_alone(many_languages: Any) -> None:
    assert find_chunks(many_languages, "hive", JOBS["de"], 5) == []
    assert find_chunks(many_languages, "hive", JOBS["en"], 5) != []


def test_a_text_that_is_no_id_never_becomes_a_filter(many_languages: Any) -> None:
    with pytest.raises(TypeError, match="UUID"):
        find_chunks(many_languages, "hive", "' OR '1' = '1", 5)  # type: ignore[arg-type]


def test_chunks_that_share_only_common_words_are_left_out(database: Any) -> None:
    common = [chunk(f"so we went on with the thing number n{n}", n * 6_000) for n in range(40)]
    put_chunks(database, JOBS["en"], "en", [*common, chunk("the quasar", 300_000)])

    assert [one.text for one in find_chunks(database, "the quasar", None, 50)] == ["the quasar"]


def test_indexing_again_replaces_what_the_job_had_also_in_another_language(database: Any) -> None:
    job, other = JOBS["en"], JOBS["de"]
    put_chunks(database, other, "en", [chunk("other bees")])
    put_chunks(database, job, "en", [chunk("old bees")])
    put_chunks(database, job, "de", [chunk("neue bees")])
    put_chunks(database, job, "de", [chunk("neueste bees")])

    found = {one.text for one in find_chunks(database, "bees", None, 9)}

    assert found == {"neueste bees", "other bees"}
    put_chunks(database, job, "de", [])
    assert {one.text for one in find_chunks(database, "bees", None, 9)} == {"other bees"}


def test_jobs_that_were_added_after_the_index_are_found_at_once(database: Any) -> None:
    for number in range(30):  # beyond the first merge
        put_chunks(database, JobId(uuid4()), "en", [chunk(f"bees of job n{number}")])

    assert len(find_chunks(database, "bees", None, 100)) == 30
    assert len(find_chunks(database, "n29", None, 100)) == 1


def test_the_text_at_a_time_is_the_chunk_that_shares_most(database: Any) -> None:
    put_chunks(database, JOBS["en"], "en", [chunk("first"), chunk("second", 4_000)])

    assert text_at(database, JOBS["en"], TimeRange(start_ms=4_500, end_ms=7_000)) == "second"
    assert text_at(database, JOBS["en"], TimeRange(start_ms=60_000, end_ms=61_000)) == ""
    assert text_at(database, JOBS["de"], TimeRange(start_ms=0, end_ms=1_000)) == ""
