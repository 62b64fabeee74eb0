"""The node `base_cut`: the kept spans, cut out of the source and put together.

Picture and sound are cut on one frame grid, each span to the sample, so that they can
not drift apart however many cuts there are. The picture is put together before it is
scaled: however many cuts there are, each layout scales once.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import pairwise

from cliply.domain.framing import Layout
from cliply.domain.media import VideoStream
from cliply.domain.rendering import RenderSpec
from cliply.domain.timeline import SAMPLE_RATE, Timeline
from cliply.media.board import Board, seconds
from cliply.media.panes import progressive, run_picture, waveform_picture
from cliply.media.reads import TAIL_MS, Read
from cliply.media.runs import Piece, Run, plan_pieces, plan_runs
from cliply.media.transitions import Meeting, gone_over

STEREO = "aformat=sample_fmts=fltp:channel_layouts=stereo"

IN_STEP = f"aresample={SAMPLE_RATE}:async=1:min_hard_comp=0.015:first_pts=0,{STEREO}"
"""Sound by its timestamps: gaps become silence, from less than one lost packet on (20 ms of
Opus). FFmpeg's own threshold of 100 ms lets all after a gap be as early as the gap is long."""

EDGE_FADE_S = 0.008
"""Against clicks at both ends of the clip …"""

CUT_FADE_S = 0.004
"""… and where the sound is cut inside it."""

WAVES_LATE = 2
"""Frames by which FFmpeg's showwaves shows sound after it is heard."""


@dataclass(frozen=True)
class Strip:
    """A link and how many frames or samples it carries."""

    link: str
    length: int


def put_sound(spec: RenderSpec, reads: Sequence[Read], board: Board) -> str | None:
    """The kept spans' sound as one link, 48 kHz stereo, body only; None without any."""
    stream = spec.source.audio
    if stream is None or not spec.audio.has_source:
        return None
    strips = [
        strip
        for index, read in enumerate(reads)
        for strip in _read_sound(spec, read, f"[{index}:{stream.index}]", board)
    ]
    return _assembled(spec.timeline, strips, board, SOUND, partial(_faded_sound, spec, board))


def _read_sound(spec: RenderSpec, read: Read, link: str, board: Board) -> Iterator[Strip]:
    # The side data goes before the first conversion, which would mix 5.1 down by its hint
    # and lose 1 LU. Where a source has no sound for the whole of a reading, what pads it has
    # no time of its own, and concat gives up.
    whole = board.chain(
        link, f"asidedata=delete:DOWNMIX_INFO,{IN_STEP},apad,asetpts=N/SR/TB", "heard"
    )
    copied = copies(board, whole, len(read.spans), "asplit")
    for number, link_of_span in zip(read.spans, copied, strict=True):
        yield _span_sound(spec.timeline, number, read, link_of_span, board)


def _span_sound(timeline: Timeline, number: int, read: Read, link: str, board: Board) -> Strip:
    span, at_frame = timeline.placed[number]
    start_s = Fraction(span.start_frame) / timeline.frame_rate - Fraction(read.from_ms, 1000)
    first = round(start_s * SAMPLE_RATE)
    length = timeline.samples_at(at_frame + span.frames) - timeline.samples_at(at_frame)
    taken = round(length * span.speed)
    text = f"atrim=start_sample={first}:end_sample={first + taken},asetpts=PTS-STARTPTS"
    if span.speed != 1:
        text += f",{_stretched(span.speed)},apad,atrim=end_sample={length}"
    return Strip(board.chain(link, text + _edge_fades(timeline, number, length), "said"), length)


def _stretched(speed: Fraction) -> str:
    """Another speed at the same pitch.

    From 0.75 to 2 times the speed onsets stay within 10 ms of their place and tones on their
    pitch. With its usual `transients=crisp` it takes low tones for beats and puts them up to
    2.5 semitones off; FFmpeg's own atempo puts onsets up to 27 ms early.
    """
    return f"rubberband=tempo={float(speed):.6f}:window=short:transients=smooth,{STEREO}"


def _edge_fades(timeline: Timeline, number: int, length: int) -> str:
    """Short fades at both ends, but not where a transition does it."""
    last = len(timeline.spans) - 1
    fades = ""
    if not (number and _shared_frames(timeline, number - 1)):
        fade_s = CUT_FADE_S if number else EDGE_FADE_S
        fades += f",afade=t=in:d={fade_s}"
    if number == last or not _shared_frames(timeline, number):
        fade_s = CUT_FADE_S if number < last else EDGE_FADE_S
        start = max(0.0, length / SAMPLE_RATE - fade_s)
        fades += f",afade=t=out:st={seconds(start)}:d={fade_s}"
    return fades


def _shared_frames(timeline: Timeline, number: int) -> int:
    """Frames that a span shares with the next one; 0 at a hard cut."""
    one = timeline.transitions[number] if timeline.transitions else None
    return one.frames if one else 0


def put_picture(
    spec: RenderSpec, reads: Sequence[Read], sound: str | None, board: Board, *, can_tonemap: bool
) -> tuple[str, str | None]:
    """The kept spans' picture at the output's size and rate, and the sound link that is left.

    Drawn sound needs a sound, which is then split.
    """
    pieces = plan_pieces(spec.timeline, spec.framing)
    runs = plan_runs(pieces)
    drawn = [run for run in runs if run.framed.layout is Layout.waveform]
    if len(drawn) == len(runs) and sound is not None:
        return _drawn_whole(spec, sound, board)
    heard: list[str] = []
    if drawn and sound is not None:
        sound, *heard = copies(board, sound, 1 + len(drawn), "asplit")
    raw = _raw_runs(spec, reads, runs, board)
    shown = [
        _shown(spec, runs, number, raw.get(number), heard, board, can_tonemap=can_tonemap)
        for number in range(len(runs))
    ]
    rate = spec.timeline.frame_rate
    flat = concatenated(board, shown, picture=True, frame_rate=rate)
    if not any(spec.timeline.transitions):
        return flat, sound
    strips = _strips(spec.timeline, flat, board)
    return _assembled(spec.timeline, strips, board, PICTURE, partial(_faded, spec, board)), sound


def _drawn_whole(spec: RenderSpec, sound: str, board: Board) -> tuple[str, str]:
    body = spec.timeline.body_end_frame - spec.timeline.intro_frames
    sound, heard = copies(board, sound, 2, "asplit")
    return _waveform(spec, heard, body, board), sound


def _raw_runs(
    spec: RenderSpec, reads: Sequence[Read], runs: Sequence[Run], board: Board
) -> dict[int, str]:
    """The source's picture of each run at the output's rate, in the source's own size."""
    video = spec.source.video
    if video is None:
        return {}
    links: dict[int, list[str]] = {}
    for index, read in enumerate(reads):
        wanted = [
            (number, piece)
            for number, run in enumerate(runs)
            for piece in run.pieces
            if piece.span in read.spans and run.framed.layout is not Layout.waveform
        ]
        if not wanted:
            continue
        whole = board.chain(f"[{index}:{video.index}]", f"settb=AVTB{progressive(video)}", "seen")
        copied = copies(board, whole, len(wanted), "split")
        for (number, piece), link in zip(wanted, copied, strict=True):
            links.setdefault(number, []).append(_frames(spec, video, read, piece, link, board))
    rate = spec.timeline.frame_rate
    return {
        number: concatenated(board, strips, picture=True, frame_rate=rate)
        for number, strips in links.items()
    }


def _frames(
    spec: RenderSpec, video: VideoStream, read: Read, piece: Piece, link: str, board: Board
) -> str:
    """The frames of one piece from 0 on at the output's rate.

    All before its start are taken along, for the moment at which none begins; unless they
    belong to the shot before. Before the picture begins its first frame stands.
    """
    origin = Fraction(read.from_ms, 1000)
    start = piece.source_start_s - origin
    closes = start + piece.frames * piece.speed / piece.frame_rate
    if piece.closes_ms is not None:
        closes = Fraction(piece.closes_ms - 1, 1000) - origin
    closes = max(closes, Fraction(video.start_ms + TAIL_MS, 1000) - origin)
    trim = f"trim=end={seconds(closes)}"
    if piece.opens_ms is not None:
        trim += f":start={seconds(Fraction(piece.opens_ms - 1, 1000) - origin)}"
    clock = f"setpts=(PTS-{seconds(start)}/TB)/{float(piece.speed):.6f}"
    cut = board.chain(link, f"{trim},{clock}", "cut")
    return on_the_clock(board, cut, piece.frame_rate, piece.frames)


def _shown(
    spec: RenderSpec,
    runs: Sequence[Run],
    number: int,
    raw: str | None,
    heard: list[str],
    board: Board,
    *,
    can_tonemap: bool,
) -> str:
    """A run in its layout, in the output's size."""
    run, video = runs[number], spec.source.video
    if run.framed.layout is Layout.waveform and heard:
        return _drawn(spec, runs, number, heard.pop(0), board)
    if raw is None or video is None:
        raise ValueError(f"layout {run.framed.layout} needs a picture")
    key = spec.effects.key
    return run_picture(
        run, video, spec.size_px, board, raw, name=f"r{number}", can_tonemap=can_tonemap,
        fill=(key.colour or "#000000") if key else None,
    )  # fmt: skip


def _drawn(spec: RenderSpec, runs: Sequence[Run], number: int, heard: str, board: Board) -> str:
    """Drawn sound for a run of a clip that has a picture elsewhere."""
    timeline, run = spec.timeline, runs[number]
    at = sum(before.frames for before in runs[:number])
    first, last = timeline.samples_at(at), timeline.samples_at(at + run.frames)
    part = board.chain(
        heard, f"atrim=start_sample={first}:end_sample={last},asetpts=PTS-STARTPTS", "part"
    )
    return _waveform(spec, part, run.frames, board)


def _waveform(spec: RenderSpec, heard: str, frames: int, board: Board) -> str:
    """Drawn sound, each frame what is heard while it stands."""
    rate = spec.timeline.frame_rate
    padded = board.chain(heard, "apad=pad_dur=1", "padded")
    drawn = waveform_picture(board, padded, spec.size_px, rate, WAVES_LATE + frames)
    ahead = board.chain(drawn, PICTURE.cut(WAVES_LATE, WAVES_LATE + frames), "ahead")
    return on_the_clock(board, ahead, rate, frames)


def on_the_clock(board: Board, link: str, frame_rate: Fraction, frames: int) -> str:
    """Constant rate from the first moment on, exactly so many frames.

    A picture that starts late or ends early stands still there, even one that ends before
    the first moment: by itself `fps` gives nothing then.
    """
    return board.chain(
        link,
        f"fps={frame_rate},tpad=stop=-1:stop_mode=clone,fps={frame_rate}:start_time=0,"
        f"trim=end_frame={frames}",
        "shot",
    )


def _strips(timeline: Timeline, flat: str, board: Board) -> list[Strip]:
    """Each kept span of a picture that has them one after the other, uncut."""
    strips, first = [], 0
    for span, link in zip(
        timeline.spans, copies(board, flat, len(timeline.spans), "split"), strict=True
    ):
        last = first + span.frames
        strips.append(Strip(board.chain(link, PICTURE.cut(first, last), "span"), span.frames))
        first = last
    return strips


@dataclass(frozen=True)
class Joint:
    """How strips of one kind are cut and faded into each other."""

    is_picture: bool
    split: str
    cut: Callable[[int, int], str]
    """The filter that leaves frames or samples `first` to before `last`."""


Fade = Callable[[int, str, str], str]
"""Leads the shared ends of a span, by its number, and the next one into one link."""

PICTURE = Joint(
    True,
    "split",
    lambda first, last: f"trim=start_frame={first}:end_frame={last},setpts=PTS-STARTPTS",
)
SOUND = Joint(
    False,
    "asplit",
    lambda first, last: f"atrim=start_sample={first}:end_sample={last},asetpts=PTS-STARTPTS",
)


def _assembled(
    timeline: Timeline,
    strips: Sequence[Strip],
    board: Board,
    joint: Joint,
    fade: Fade,
) -> str:
    """Spans one after the other; those that share frames go over into each other.

    Only what is shared goes through the fading filter: that one reads both its inputs at
    once, and all between them would wait in memory.
    """
    parts: list[str] = []
    head: str | None = None
    for number, strip in enumerate(strips):
        ahead = _shared(timeline, number, joint) if number < len(strips) - 1 else 0
        behind = _shared(timeline, number - 1, joint) if number else 0
        cuts = [0, behind, strip.length - ahead, strip.length]
        links = _parts(strip.link, cuts, board, joint)
        if behind and head is not None:
            parts.append(fade(number - 1, head, links.pop(0)))
        head = links.pop() if ahead else None
        parts += links
    return concatenated(
        board,
        parts,
        picture=joint.is_picture,
        frame_rate=timeline.frame_rate if joint.is_picture else None,
    )


def _parts(link: str, cuts: Sequence[int], board: Board, joint: Joint) -> list[str]:
    """A strip cut at these places, without the empty parts."""
    bounds = [(a, b) for a, b in pairwise(cuts) if b > a]
    if len(bounds) == 1:
        return [link]
    copied = copies(board, link, len(bounds), joint.split)
    return [
        board.chain(one, joint.cut(first, last), "part")
        for one, (first, last) in zip(copied, bounds, strict=True)
    ]


def _shared(timeline: Timeline, number: int, joint: Joint) -> int:
    """Frames or samples that a span shares with the next one."""
    frames = _shared_frames(timeline, number)
    if joint.is_picture or not frames:
        return frames
    (span, at_frame), (_, next_frame) = timeline.placed[number], timeline.placed[number + 1]
    return timeline.samples_at(at_frame + span.frames) - timeline.samples_at(next_frame)


def _faded(spec: RenderSpec, board: Board, number: int, before: str, after: str) -> str:
    one = spec.timeline.transitions[number]
    assert one is not None, "spans without a transition share nothing"
    rate = spec.timeline.frame_rate
    return gone_over(one.kind, Meeting(before, after, one.frames, rate, spec.size_px), board)


def _faded_sound(spec: RenderSpec, board: Board, number: int, before: str, after: str) -> str:
    """With equal power: two voices at half their amplitude would be a dip of 3 dB."""
    samples = _shared(spec.timeline, number, SOUND)
    return board.chain(f"{before}{after}", f"acrossfade=ns={samples}:c1=qsin:c2=qsin", "faded")


def concatenated(
    board: Board, links: Sequence[str], *, picture: bool, frame_rate: Fraction | None = None
) -> str:
    """Links of one kind one after the other; one alone goes through as it is."""
    if len(links) == 1:
        return links[0]
    kinds = "v=1:a=0" if picture else "v=0:a=1"
    clock = f",settb={1 / frame_rate},fps={frame_rate}" if frame_rate else ""
    return board.chain("".join(links), f"concat=n={len(links)}:{kinds}{clock}", "joined")


def copies(board: Board, link: str, count: int, how: str) -> list[str]:
    """The same link several times."""
    if count == 1:
        return [link]
    ends = [board.label("copy") for _ in range(count)]
    board.add(f"{link}{how}={count}{''.join(ends)}")
    return ends
