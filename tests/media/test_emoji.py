from itertools import pairwise

from cliply.media.emoji import DICTIONARY, QUIET, with_emoji
from cliply.media.fonts import packaged_fonts
from tests.media.caption_frames import one_cue


def shown(*texts: str) -> list[str]:
    return [cue.text for cue in with_emoji([one_cue(text) for text in texts])]


def test_a_word_of_the_dictionary_gets_its_emoji_whatever_its_case_and_marks():
    assert shown("Nothing here", "LAUNCH! it now") == ["Nothing here", "LAUNCH! 🚀 it now"]


def test_longer_words_do_not_count():
    assert shown("the sunken carpet") == ["the sunken carpet"]


def test_a_cue_gets_one_emoji_and_none_beside_another():
    assert shown("love and money") == ["love ❤ and money"]
    assert shown("my dog 🐕") == ["my dog 🐕"]


def test_the_same_emoji_does_not_come_twice_in_a_row():
    assert shown("big money", "more money", "a rocket") == [
        "big money 💰",
        "more money",
        "a rocket 🚀",
    ]


def test_common_words_get_one_only_when_they_stand_alone():
    assert shown("I think so", "Think!") == ["I think so", "Think! 🤔"]


def test_the_font_of_emoji_has_all_of_the_dictionary_and_no_word_has_two():
    rows = [line.split() for line in DICTIONARY.strip().splitlines()]
    letters = packaged_fonts()["Noto Emoji"].letters
    assert [row[0] for row in rows if not {ord(letter) for letter in row[0]} <= letters] == []
    words = sorted(word for row in rows for word in row[1:])
    assert [one for one, two in pairwise(words) if one == two] == []
    assert set(words) >= QUIET
