"""Terms and corrections in a transcript."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Transcript, TranscriptQuality
from cliply.domain.vocabulary import Term, WordCorrection
from cliply.speech.corrections import corrected, with_terms
from cliply.speech.words import RawWord, transcript_of

SAID = "so clip lee, makes short clips. um it is made by clip lee."


def transcript(text: str = SAID, each_ms: int = 300, gap_ms: int = 100) -> Transcript:
    raw = [
        RawWord(word, n * each_ms, (n + 1) * each_ms - gap_ms, 0.4)
        for n, word in enumerate(text.split())
    ]
    length_ms = len(raw) * each_ms
    return transcript_of(raw, length_ms, engine="scripted", quality=TranscriptQuality.low)


def correction(start_ms: int, end_ms: int, text: str) -> WordCorrection:
    return WordCorrection(span=TimeRange(start_ms=start_ms, end_ms=end_ms), text=text)


def text_of(said: Transcript) -> str:
    return " ".join(word.text for word in said.words)


def test_what_a_term_is_heard_as_becomes_the_term_and_keeps_its_punctuation():
    said = with_terms(transcript(), [Term(text="Cliply", heard_as=("Clip Lee", "clip"))])
    assert text_of(said) == "so Cliply, makes short clips. um it is made by Cliply."
    cliply = said.words[1]
    assert (cliply.span.start_ms, cliply.span.end_ms) == (300, 800)
    assert len(said.utterances) == 2


def test_without_a_wrong_reading_nothing_changes():
    before = transcript()
    assert (
        with_terms(before, [Term(text="Cliply"), Term(text="x", heard_as=("nowhere",))]) is before
    )


def test_as_many_words_keep_each_their_own_time():
    before = transcript()
    after = corrected(before, [correction(300, 800, "Kip Leigh,")])
    assert [word.span for word in after.words] == [word.span for word in before.words]
    assert [word.text for word in after.words[1:3]] == ["Kip", "Leigh,"]
    assert [word.confidence for word in after.words[1:3]] == [1.0, 1.0]


def test_more_or_fewer_words_share_the_time_of_those_they_replace():
    after = corrected(transcript(), [correction(300, 800, "a b cc dd,")])
    assert [word.text for word in after.words[1:5]] == ["a", "b", "cc", "dd,"]
    assert after.words[1].span.start_ms == 300
    assert after.words[4].span.end_ms == 800
    assert after.words[5].text == "makes"


def test_an_empty_correction_takes_words_out_and_their_fillers():
    before = transcript()
    assert before.model_copy() == before
    um = next(word for word in before.words if word.text == "um")
    after = corrected(before, [correction(um.span.start_ms, um.span.end_ms, "")])
    assert "um" not in [word.text for word in after.words]
    assert after.fillers == ()


def test_a_correction_holds_for_another_transcript_of_the_same_sound():
    """Other words, other borders: what a person wrote stands where they wrote it."""
    first = transcript()
    kept = correction(first.words[1].span.start_ms, first.words[2].span.end_ms, "Cliply,")
    other = [RawWord("so", 20, 240), RawWord("klippe", 260, 830), RawWord("makes", 880, 1_100)]
    heard = transcript_of(other, 1_200, engine="another", quality=TranscriptQuality.high)
    assert text_of(corrected(heard, [kept])) == "so Cliply, makes"


def test_words_that_a_recogniser_missed_go_between_their_neighbours():
    missing = transcript().model_copy(
        update={
            "words": tuple(w for w in transcript().words if not w.text.startswith(("clip", "lee")))
        }
    )
    after = corrected(missing, [correction(300, 800, "Cliply,")])
    assert [word.text for word in after.words[:3]] == ["so", "Cliply,", "makes"]


def test_a_correction_without_room_is_told():
    said = transcript(gap_ms=0)
    squeezed = said.model_copy(update={"words": (said.words[0], said.words[-1])})
    gone = correction(said.words[0].span.end_ms - 10, said.words[0].span.end_ms + 5, "a b c")
    after = corrected(squeezed, [gone])
    assert len(after.words) == 2
    assert "no room" in after.warnings[0]


@given(
    st.lists(
        st.tuples(st.integers(0, 3_500), st.integers(1, 900), st.sampled_from(["", "a", "b c d"])),
        max_size=6,
    )
)
def test_words_stay_in_order_and_apart_whatever_is_corrected(wanted):
    spans = [correction(at, at + length, text) for at, length, text in wanted]
    after = corrected(transcript(), spans)
    for one, other in pairwise(after.words):
        assert one.span.end_ms <= other.span.start_ms
    covered = [i for u in after.utterances for i in range(u.first, u.last + 1)]
    assert covered == list(range(len(after.words)))
