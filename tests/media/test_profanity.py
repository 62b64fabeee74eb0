import pytest

from cliply.media.profanity import is_profane, masked


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("shit", "sh*t"),
        ("Shit!", "Sh*t!"),
        ("FUCKING", "F*CK*NG"),
        ("“bullshit,”", "“b*llsh*t,”"),
        ("ass", "a*s"),
        ("Scheiße.", "Sch**ß*."),
        ("¡Coño!", "¡C*ñ*!"),
        ("merde…", "m*rd*…"),
        ("fuck-up", "f*ck-up"),
        ("shit's", "sh*t's"),
        ("cabro\N{COMBINING ACUTE ACCENT}n", "c*br*n"),
    ],
)
def test_a_profane_word_keeps_its_first_letter_and_its_marks(word, shown):
    assert is_profane(word)
    assert masked(word) == shown


@pytest.mark.parametrize(
    "word",
    ["Scunthorpe", "class", "assassin", "Dickens", "cockpit", "shiitake", "con", "Essex", "", "!?"],
)
def test_words_that_only_contain_one_are_left_alone(word):
    assert not is_profane(word)
    assert masked(word) == word
