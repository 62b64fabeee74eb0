import pytest

from cliply.errors import ErrorCode, InvalidInput
from cliply.search.queries import LONGEST_QUERY, clean_query, subject_of


@pytest.mark.parametrize(
    ("query", "subject"),
    [
        ("the parts about pricing", "pricing"),
        ("Show me all clips where he talks about honey bees!", "honey bees!"),
        ("to be or not to be", "to be or not to be"),
        ("the video", "video"),
        ("was it us?", "was it us?"),
        ("what is a quasar?", "quasar?"),
        ("猫が好き", "猫が好き"),
    ],
)
def test_a_request_is_about_its_telling_words(query: str, subject: str) -> None:
    assert subject_of(query) == subject


@pytest.mark.parametrize("query", ["", "   ", "\n\t", "\x00\x07", "\ud800"])
def test_a_query_of_nothing_is_refused_with_a_sentence(query: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        clean_query(query)
    assert refused.value.code is ErrorCode.query_empty


def test_a_query_is_cleaned_and_never_too_long() -> None:
    assert clean_query("  don’t\x00 \ud83d stop\n") == "don't stop"
    assert len(clean_query("word " * 10_000)) <= LONGEST_QUERY
    assert len(clean_query("\ufdfa" * 10_000)) <= LONGEST_QUERY
