from itertools import pairwise

import pytest

from cliply.domain.captions import CaptionSettings, Cue, CueWord
from cliply.domain.framing import AspectRatio
from cliply.domain.timing import TimeRange
from cliply.media.cues import MAX_CPS, cps, cue_limits, make_cues

LENGTH_MS = 30_000


def word(text: str, start_ms: int, end_ms: int) -> CueWord:
    return CueWord(text=text, span=TimeRange(start_ms=start_ms, end_ms=end_ms))


def said(text: str, start_ms: int = 0, each_ms: int = 300, gap_ms: int = 20) -> list[CueWord]:
    return [
        word(part, start_ms + n * each_ms, start_ms + (n + 1) * each_ms - gap_ms)
        for n, part in enumerate(text.split())
    ]


def cues_of(words: list[CueWord], **limits) -> tuple[Cue, ...]:
    return make_cues(words, LENGTH_MS, **{"max_words": 5, "max_chars": 26, **limits})


def texts(cues) -> list[str]:
    return [cue.text for cue in cues]


def test_words_keep_their_times_and_their_punctuation():
    (cue,) = cues_of(said("Well, hello there!", 2000))
    assert cue.text == "Well, hello there!"
    assert cue.span.start_ms == 2000
    assert cue.words[1].span.start_ms == 2300


def test_a_sentence_ends_its_cue():
    assert texts(cues_of(said('He said "go." Then left.'))) == ['He said "go."', "Then left."]


def test_a_pause_ends_a_cue_and_the_cue_ends_soon_after():
    first, second = cues_of([*said("one two"), *said("three", 3000)])
    assert (first.text, second.text) == ("one two", "three")
    assert first.span.end_ms == 580 + 300


def test_long_sentences_become_even_cues_within_the_limits():
    cues = cues_of(said("we shall now see how this very long sentence is cut up nicely"))
    assert all(len(cue.words) <= 5 and len(cue.text) <= 26 for cue in cues)
    assert min(len(cue.words) for cue in cues) >= 3


def test_a_comma_is_a_welcome_place_to_cut():
    assert texts(cues_of(said("when the rain came, we all went home again")))[0] == (
        "when the rain came,"
    )


def test_a_word_beyond_the_limit_stands_alone():
    cues = cues_of(said("the Donaudampfschifffahrtsgesellschaft sails"), max_chars=20)
    assert "Donaudampfschifffahrtsgesellschaft" in texts(cues)


def test_cues_never_overlap_and_never_leave_the_clip():
    words = said("a b c. d e f g h i j k l m n o p. q r s t u v w x y z " * 3, 0, 333)
    cues = cues_of(words)
    assert sum(len(cue.words) for cue in cues) == len(words)
    assert all(a.span.end_ms <= b.span.start_ms for a, b in pairwise(cues))
    assert cues[-1].span.end_ms <= LENGTH_MS
    for cue in cues:
        assert all(a.span.end_ms == b.span.start_ms for a, b in pairwise(cue.words))
        assert cue.words[-1].span.end_ms <= cue.span.end_ms


def test_a_short_word_stays_long_enough_to_be_read():
    (cue,) = cues_of([word("No.", 10_000, 10_080)])
    assert cue.span.duration_ms == 700


def test_no_cue_lasts_beyond_the_clip():
    (cue,) = cues_of([word("late", 29_900, 30_400)])
    assert cue.span.end_ms == LENGTH_MS


def test_nothing_said_gives_no_cues():
    assert cues_of([]) == ()
    assert cues_of([word("  ", 0, 100)]) == ()


def test_a_cue_lingers_into_silence_until_it_could_be_read():
    (cue,) = cues_of(said("extraordinarily complex", 0, each_ms=200))
    assert cps(cue) == pytest.approx(MAX_CPS, rel=0.01)


def test_sentences_too_short_to_be_read_alone_share_a_cue():
    hurried = [*said("Go now.", 0, 120, 0), *said("We will follow.", 240, 500, 0)]
    assert texts(cues_of(hurried)) == ["Go now. We will follow."]
    assert texts(cues_of([*said("Go now."), *said("We will follow.", 600)])) == [
        "Go now.",
        "We will follow.",
    ]


def test_cues_are_no_faster_than_the_speech_and_mostly_readable():
    pace = [180, 420, 90, 500, 150, 380, 240, 120] * 6
    parts = ("so this is what we found out about them, and it holds. " * 5).split()
    words, at = [], 0
    for part, length in zip(parts, pace, strict=False):
        words.append(word(part, at, at + length))
        at += length
    assert max(cps(cue) for cue in cues_of(words)) <= MAX_CPS * 1.15


def test_faster_speech_makes_faster_cues():
    cues = cues_of(said("incredibly fast speaking nobody reads", 0, 150, 0))
    assert max(map(cps, cues)) > MAX_CPS


def test_no_cue_bridges_a_break():
    words = said("one two three four", 0, 300, 0)
    first, second = cues_of(words, breaks_ms=[600])
    assert (first.text, second.text) == ("one two", "three four")
    (alone,) = cues_of(words[:2], breaks_ms=[650])
    assert alone.span.end_ms == 650


def test_scripts_without_spaces_are_joined_without_them():
    (cue,) = cues_of(said("我们 今天 学习。"))
    assert cue.text == "我们今天学习。"
    (cue,) = cues_of(said("我 用 Python 写。"))
    assert cue.text == "我用 Python 写。"
    (cue,) = cues_of(said("안녕 세상"))
    assert cue.text == "안녕 세상"


def test_wide_letters_count_twice():
    cues = cues_of(said("今天 我们 要 来 学习 如何 制作 一个 非常 好看 的 视频。", 0, 400))
    assert all(sum(len(word.text) for word in cue.words) <= 13 for cue in cues)
    assert len(cues) == 2


def test_a_phrase_without_spaces_is_cut_between_letters_but_not_before_a_full_stop():
    phrase = "人工智能正在改变我们的生活，也改变「工作」。"
    cues = cues_of([word(phrase, 0, 6000)])
    assert "".join(texts(cues)) == phrase
    assert len(cues) > 1
    assert all(cue.text[0] not in "，。」" and cue.text[-1] != "「" for cue in cues)
    assert cues[-1].words[-1].span.end_ms == 6000


def test_a_token_that_begins_with_a_mark_joins_the_letter_before():
    (cue,) = cues_of([word("สวัสด", 0, 300), word("ีครับ", 300, 600)])
    assert cue.words[0].text == "สวัสดีครับ"


def test_limits_follow_shape_size_and_words_per_line():
    def limits(aspect: AspectRatio, **settings) -> tuple[int, int]:
        return cue_limits(aspect, CaptionSettings(**settings))

    assert limits(AspectRatio.portrait) == (5, 26)
    assert limits(AspectRatio.landscape)[1] > limits(AspectRatio.square)[1]
    assert limits(AspectRatio.portrait, size=2.0) == (5, 13)
    assert limits(AspectRatio.portrait, words_per_line=1)[0] == 1
    assert limits(AspectRatio.portrait, words_per_line=4)[0] == 8
    assert limits(AspectRatio.portrait, uppercase=True)[1] < 26
