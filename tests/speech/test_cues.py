import pytest

from cliply.speech.cues import Piece, TextCue, spread, unrolled, words_of
from cliply.speech.words import RawWord


def said(*cues: TextCue) -> list[tuple[str, int, int]]:
    return [(word.text, word.start_ms, word.end_ms) for word in words_of(cues)]


def test_words_share_a_cue_by_their_length() -> None:
    assert spread("a bbb cc", 0, 900) == [
        RawWord("a", 0, 200),
        RawWord("bbb", 200, 600),
        RawWord("cc", 600, 900),
    ]


def test_a_cue_that_stays_on_screen_does_not_stretch_its_words() -> None:
    assert spread("hello", 1000, 9000) == [RawWord("hello", 1000, 1000 + 6 * 180)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<i>so</i> {\\an8}it &amp; I", ["so", "it", "&", "I"]),
        ("[Music] hello [APPLAUSE]", ["hello"]),
        ("(LAUGHING)", []),
        ("it (the dog) ran", ["it", "(the", "dog)", "ran"]),
        (">> Good evening", ["Good", "evening"]),
        ("- Yes.\n- No.", ["Yes.", "No."]),
        ("♪ la la ♪", []),
        ("one\\Ntwo", ["one", "two"]),
        ("it was -5 — almost", ["it", "was", "-5", "almost"]),
    ],
)
def test_only_what_is_said_becomes_words(text: str, words: list[str]) -> None:
    assert [word for word, _, _ in said(TextCue.of(0, 2000, text))] == words


@pytest.mark.parametrize("text", ["DR. SMITH: Good evening", ">> DR. SMITH: Good evening"])
def test_a_name_before_a_colon_is_the_speaker(text: str) -> None:
    words = words_of([TextCue.of(0, 2000, text)])
    assert [(w.text, w.speaker) for w in words] == [
        ("Good", "DR. SMITH"),
        ("evening", "DR. SMITH"),
    ]


def test_a_time_of_day_is_no_speaker() -> None:
    assert [word for word, _, _ in said(TextCue.of(0, 2000, "At 10: go"))] == ["At", "10:", "go"]


def test_a_cue_that_overlaps_the_next_ends_where_that_begins() -> None:
    found = said(TextCue.of(0, 3000, "first words"), TextCue.of(1000, 2000, "next"))
    assert found == [("first", 0, 500), ("words", 500, 1000), ("next", 1000, 1900)]


def test_two_cues_on_screen_at_once_are_said_one_after_the_other() -> None:
    found = said(TextCue.of(0, 2000, "he says this"), TextCue.of(0, 2000, "and she that"))
    assert [word for word, _, _ in found] == ["he", "says", "this", "and", "she", "that"]
    assert found[0][2] > 100
    assert found[-1][2] == 2000


def test_pieces_with_times_of_their_own_keep_them() -> None:
    cue = TextCue(0, 1500, (Piece(0, "so"), Piece(400, " you"), Piece(1000, " know")))
    assert said(cue) == [("so", 0, 400), ("you", 400, 1000), ("know", 1000, 1500)]


def test_rolling_captions_say_every_line_once() -> None:
    lines = ["one two", "three four", "five six"]
    cues = [TextCue.of(0, 1000, lines[0]), TextCue.of(1000, 1010, lines[0])]
    cues += [TextCue.of(1010, 2000, f"{lines[0]}\n{lines[1]}"), TextCue.of(2000, 2010, lines[1])]
    cues += [TextCue.of(2010, 3000, f"{lines[1]}\n{lines[2]}")]
    assert [word for word, _, _ in said(*cues)] == " ".join(lines).split()


def test_a_line_that_is_said_twice_stays_twice() -> None:
    cues = [TextCue.of(0, 500, "No."), TextCue.of(500, 1000, "No."), TextCue.of(1000, 1500, "Yes.")]
    cues += [TextCue.of(1500, 2000, "No."), TextCue.of(2000, 2500, "Never.")]
    assert unrolled(cues) == cues
