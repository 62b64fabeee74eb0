import pytest

from cliply.domain.scripts import columns, direction, joined


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["two", "words"], "two words"),
        (["我们", "走", "。"], "我们走。"),
        (["我", "用", "Python", "。"], "我 用 Python。".replace("我 用", "我用")),
        (["日本語", "の", "テスト"], "日本語のテスト"),
        (["한국어", "문장"], "한국어 문장"),
        (["สวัสดี", "ครับ"], "สวัสดีครับ"),
        (["「", "go", "」"], "「go」"),
        ([], ""),
    ],
)
def test_words_are_joined_as_their_script_has_it(words, text):
    assert joined(words) == text


def test_wide_letters_are_two_columns_and_marks_none():
    assert columns("abc") == 3
    assert columns("漢字") == 4
    assert columns("e\u0301") == 1


@pytest.mark.parametrize(
    ("text", "side"), [("«abc", "L"), ("12 שלום", "R"), ("…مرحبا", "R"), ("12!", None)]
)
def test_the_first_letter_tells_the_direction(text, side):
    assert direction(text) == side
