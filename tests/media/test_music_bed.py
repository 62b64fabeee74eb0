"""The beats of a bed are where it is heard, round after round."""

from cliply.domain.attachments import Attachment, AttachmentKind
from cliply.domain.timing import TimeRange
from cliply.media.music_bed import played_beats

PLAIN = Attachment(
    content_hash="a" * 64,
    kind=AttachmentKind.audio,
    duration_ms=3_000,
    has_audio=True,
    beats_ms=(400, 900, 1_400, 1_900, 2_400, 2_900),
    size_bytes=1,
)


def with_spans(**spans: TimeRange) -> Attachment:
    return PLAIN.model_copy(update=spans)


def test_a_bed_that_nothing_is_known_of_begins_again_after_its_length() -> None:
    assert played_beats(PLAIN, 4_500) == (*PLAIN.beats_ms, 3_400, 3_900, 4_400)


def test_a_bed_that_is_long_enough_has_its_own_beats() -> None:
    bed = with_spans(loop=TimeRange(start_ms=900, end_ms=2_400))
    assert played_beats(bed, 3_000) == PLAIN.beats_ms
    assert played_beats(bed, 1_000) == (400, 900)


def test_a_loop_keeps_the_beat_for_good() -> None:
    bed = with_spans(loop=TimeRange(start_ms=900, end_ms=2_400))
    assert played_beats(bed, 10_000) == tuple(range(400, 10_000, 500))


def test_a_file_without_a_loop_goes_on_where_its_silence_ended() -> None:
    bed = with_spans(heard=TimeRange(start_ms=330, end_ms=2_630))
    assert played_beats(bed, 4_200) == (400, 900, 1_400, 1_900, 2_400, 2_670, 3_170, 3_670, 4_170)


def test_a_file_without_beats_has_none() -> None:
    assert played_beats(PLAIN.model_copy(update={"beats_ms": ()}), 9_000) == ()
