"""Plays music for as long as a clip takes: from its start, then round and round."""

from itertools import count, takewhile

from cliply.domain.attachments import Attachment
from cliply.domain.timeline import SAMPLE_RATE
from cliply.domain.timing import TimeRange
from cliply.media.board import Board
from cliply.media.envelopes import PER_MS
from cliply.media.music_loop import JOIN_MS, JOINED_BEFORE_MS

FLOAT_STEREO = f"aresample={SAMPLE_RATE},aformat=sample_fmts=fltp:channel_layouts=stereo"
BY_COUNT = f"{FLOAT_STEREO},asetpts=N/SR/TB"

HELD_MS = 30_000
"""A round up to this length is kept in memory, 12 MB; the rounds of a longer one are read each
by itself, so that ten minutes of music never take more than 20 inputs."""

_JOIN = JOIN_MS * PER_MS
_JOINED = f"acrossfade=ns={_JOIN}:c1=qsin:c2=qsin"
"""Equal power: the two sides are of the same music and not of the same wave."""


def repeated(bed: Attachment, samples: int, board: Board) -> tuple[str, str]:
    """A link and the filters after which it is the bed's sound, this many samples of 48 kHz.

    The music plays up to the end of its loop, and then the loop over and over; rounds
    share `JOIN_MS`. The first round is the file's own beginning, to the sample.
    """
    part = _round_of(bed)
    if part is None or samples <= bed.duration_ms * PER_MS:
        index = board.attached(bed, "-stream_loop", "-1")
        return f"[{index}:a:0]", f"{BY_COUNT},atrim=end_sample={samples}"
    again, stop = part.start_ms * PER_MS, part.end_ms * PER_MS
    if part.duration_ms <= HELD_MS:
        link = _held(bed, again, stop, board)
    else:
        link = _read_again(bed, again, stop, samples, board)
    return link, f"atrim=end_sample={samples}"


def played_beats(bed: Attachment, until_ms: int) -> tuple[int, ...]:
    """Times of the beats of a bed that begins at 0 and is repeated until a time, in order."""
    part, shared = _round_of(bed), JOIN_MS
    if part is None or until_ms <= bed.duration_ms:
        part, shared = TimeRange(start_ms=0, end_ms=max(1, bed.duration_ms)), 0
    once = [beat for beat in bed.beats_ms if beat < part.end_ms - shared // 2]
    again = [beat for beat in once if beat >= part.start_ms + shared // 2]
    back = part.duration_ms - shared
    shifts = takewhile(lambda shift: part.start_ms + shift < until_ms, count(back, back))
    later = [beat + shift for shift in shifts for beat in again]
    return tuple(beat for beat in (*once, *later) if beat < until_ms)


def _round_of(bed: Attachment) -> TimeRange | None:
    """What is played again and again, with what two rounds share at both of its ends.

    None when nothing is known about the file, and when it is no longer than a few joins.
    """
    if bed.loop is not None:
        return TimeRange(
            start_ms=bed.loop.start_ms - JOINED_BEFORE_MS,
            end_ms=bed.loop.end_ms - JOINED_BEFORE_MS + JOIN_MS,
        )
    if bed.heard is None or bed.heard.duration_ms < 4 * JOIN_MS:
        return None
    return bed.heard


def _part(bed: Attachment, first: int, last: int, board: Board) -> str:
    """Samples of the file, counted from its start: a seek is not exact in every container."""
    trim = f"{BY_COUNT},atrim=start_sample={first}:end_sample={last},asetpts=PTS-STARTPTS"
    return board.chain(f"[{board.attached(bed)}:a:0]", trim, "round")


def _read_again(bed: Attachment, again: int, stop: int, samples: int, board: Board) -> str:
    """As many rounds as it takes, one input each."""
    link = _part(bed, 0, stop, board)
    rounds = -(-(samples - stop) // (stop - again - _JOIN))
    for _ in range(rounds):
        link = board.chain(f"{link}{_part(bed, again, stop, board)}", _JOINED, "joined")
    return link


def _held(bed: Attachment, again: int, stop: int, board: Board) -> str:
    """One round with its beginning joined to its end, which is repeated without a seam."""
    period = stop - again - _JOIN
    first = _part(bed, 0, stop - _JOIN, board)
    rounds = [_part(bed, again, stop, board) for _ in range(2)]
    joined = board.chain("".join(rounds), _JOINED, "joined")
    cut = f"atrim=start_sample={period}:end_sample={2 * period},asetpts=PTS-STARTPTS"
    loop = board.chain(joined, f"{cut},aloop=loop=-1:size={period}", "loop")
    return board.chain(f"{first}{loop}", "concat=n=2:v=0:a=1", "rounds")
