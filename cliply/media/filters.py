"""The filter graph of a render, part by part: pure functions from a spec to text."""

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from cliply.domain.framing import CropPath, CropPoint, Layout
from cliply.domain.media import VideoStream
from cliply.domain.rendering import RenderSpec
from cliply.media.loudness import loudness_filter
from cliply.media.seeking import lead_ms

SAMPLE_RATE = 48_000

HD_HEIGHT = 720
"""Pictures this high without colour tags are BT.709, lower ones BT.601."""

FADE_S = 0.008
"""Against clicks where the sound is cut."""

HDR_TO_SDR = (
    "zscale=min=2020_ncl:pin=2020:t=linear:npl=203,format=gbrpf32le,zscale=p=709,"
    "tonemap=mobius:desat=0,zscale=t=709:m=709:r=limited,"
)
"""With reference white at 203 cd/m2 (ITU-R BT.2408)."""

DARKER = "lutyuv=y=16+(val-16)*0.6:u=128+(val-128)*0.6:v=128+(val-128)*0.6"

BT709_TAGS = "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=limited"

TO_BT709 = "out_color_matrix=bt709:out_range=limited"

FIT_BLUR_SCALE = 8
"""The blurred background is made this much smaller, blurred there and enlarged."""

GROUND_SCALE = 8
"""The gradient behind drawn sound is made this much smaller; drawing it is slow."""

BAR_COUNT = 45
"""Bars of the drawn sound."""


@dataclass(frozen=True)
class RenderInputs:
    """The files and facts that a render needs besides its spec."""

    source: Path
    decode_from_ms: int
    """Source time from which FFmpeg reads; the filters count from there."""
    fonts_folder: Path
    ass: Path | None = None
    sendcmd: Path | None = None
    can_tonemap: bool = True


def escaped(value: Path | str) -> str:
    """A filter option's value inside a filter graph: escaped for the option, then the graph."""
    text = str(value)
    for letter in "\\':":
        text = text.replace(letter, "\\" + letter)
    for letter in "\\'[],;":
        text = text.replace(letter, "\\" + letter)
    return text


def frame_count(spec: RenderSpec) -> int:
    """Frames of the clip; its sound is exactly as long."""
    return max(1, round(spec.span.duration_ms * spec.encoder.frame_rate / 1000))


def sample_count(spec: RenderSpec) -> int:
    return round(frame_count(spec) * SAMPLE_RATE / spec.encoder.frame_rate)


def graph(spec: RenderSpec, inputs: RenderInputs) -> str:
    """The whole graph; its outputs are `[v]` and `[a]`."""
    sound = sound_chain(spec, inputs)
    if spec.framing.layout is Layout.waveform:
        picture = waveform_chain(spec)
        sound = f"{sound},asplit[a][seen]"
    else:
        picture = _picture_chain(spec, inputs)
        sound = f"{sound}[a]"
    return f"{sound};{picture}{_burned_in(inputs)},format=yuv420p,{BT709_TAGS}[v]"


def _burned_in(inputs: RenderInputs) -> str:
    if inputs.ass is None:
        return ""
    return f",ass={escaped(inputs.ass)}:fontsdir={escaped(inputs.fonts_folder)}"


def sound_chain(spec: RenderSpec, inputs: RenderInputs) -> str:
    """The source's sound at its target loudness, exactly as long as the picture."""
    samples = sample_count(spec)
    stream = spec.source.audio
    if stream is None:
        return f"anullsrc=r={SAMPLE_RATE}:cl=stereo,atrim=end_sample={samples}"
    start = _seconds(spec.span.start_ms - inputs.decode_from_ms)
    end = samples / SAMPLE_RATE - FADE_S
    return (
        f"[0:{stream.index}]asetpts=PTS-{start}/TB,atrim=start=0,"
        # before the first conversion, which would mix 5.1 down by the hint and lose 1 LU
        "asidedata=delete:DOWNMIX_INFO,aresample=async=1:first_pts=0,"
        f"{_level(spec)},apad,atrim=end_sample={samples},"
        f"afade=t=in:d={FADE_S},afade=t=out:st={end:.6f}:d={FADE_S}"
    )


def _level(spec: RenderSpec) -> str:
    """48 kHz stereo at the clip's level."""
    if spec.audio:
        return loudness_filter(spec.audio)
    return f"aresample={SAMPLE_RATE},aformat=channel_layouts=stereo"


def _picture_chain(spec: RenderSpec, inputs: RenderInputs) -> str:
    video = spec.source.video
    if video is None:
        raise ValueError(f"layout {spec.framing.layout} needs a picture")
    tone = HDR_TO_SDR if video.is_hdr and inputs.can_tonemap else ""
    path = spec.framing.path
    shape = (
        crop_chain(spec, video, path, inputs.sendcmd, tone)
        if path
        else fit_chain(spec, video, tone)
    )
    start = _seconds(spec.span.start_ms - inputs.decode_from_ms)
    lead = _seconds(lead_ms(spec.source))
    return (
        f"[0:{video.index}]settb=AVTB,setpts=PTS-{start}/TB,trim=start=-{lead}"
        f"{_thinned_frames(spec, video)},{shape}{_on_the_clock(spec)}"
    )


def _thinned_frames(spec: RenderSpec, video: VideoStream) -> str:
    """Of 60 frames a second, 30 need not be scaled; of 50, all are needed to choose 30 from."""
    step = int(video.frame_rate / spec.encoder.frame_rate + Fraction(1, 20))
    return f",framestep={step}" if step > 1 else ""


def _on_the_clock(spec: RenderSpec) -> str:
    """Constant rate from the clip's first moment to its last; a picture that starts late or
    ends early stands still there."""
    return (
        f",fps={spec.encoder.frame_rate}:start_time=0,"
        f"tpad=stop=-1:stop_mode=clone,trim=end_frame={frame_count(spec)}"
    )


def scaled_px(spec: RenderSpec, video: VideoStream, path: CropPath) -> tuple[int, int]:
    """Size of the whole picture when the crop window is as large as the output, even."""
    width, height = spec.aspect_ratio.size_px
    scale = max(Fraction(width, path.width_px), Fraction(height, path.height_px))
    return _even_up(video.width * scale), _even_up(video.height * scale)


def crop_chain(
    spec: RenderSpec, video: VideoStream, path: CropPath, sendcmd_path: Path | None, tone: str
) -> str:
    """Scale, then cut: steps of the window are then 2 px of the output instead of 3.6.

    The window moves with the source's own frames, before the output's rate is made, so it
    jumps with the very frame after a cut.
    """
    width, height = spec.aspect_ratio.size_px
    wide, high = scaled_px(spec, video, path)
    x, y = window_corner(spec, video, path, spec.span.start_ms)
    moves = f"sendcmd=f={escaped(sendcmd_path)}," if sendcmd_path else ""
    scale = _scale(wide, high, keeps_colour=bool(tone))
    return f"{scale},{moves}crop={width}:{height}:{x}:{y},{tone}format=yuv420p"


def crop_commands(spec: RenderSpec, video: VideoStream, path: CropPath) -> str:
    """Every move of the window, for the `sendcmd` filter; empty when it never moves."""
    last = window_corner(spec, video, path, spec.span.start_ms)
    lines = []
    for time_ms in _move_times_ms(spec, path):
        corner = window_corner(spec, video, path, time_ms)
        if corner != last:
            # A millisecond early: the frame's own time was rounded to milliseconds.
            at = _seconds(time_ms - spec.span.start_ms - 1)
            lines.append(f"{at} crop x {corner[0]}, crop y {corner[1]};")
            last = corner
    return "\n".join(lines)


def _move_times_ms(spec: RenderSpec, path: CropPath) -> list[int]:
    rate = spec.encoder.frame_rate
    grid = (spec.span.start_ms + round(n * 1000 / rate) for n in range(1, frame_count(spec)))
    jumps = (time for time in path.jumps_ms if spec.span.contains(time))
    return sorted({*grid, *jumps})


def window_corner(
    spec: RenderSpec, video: VideoStream, path: CropPath, time_ms: int
) -> tuple[int, int]:
    """Top left corner of the window in the scaled picture, even, inside it."""
    x, y = centre_at(path, time_ms)
    width, height = spec.aspect_ratio.size_px
    wide, high = scaled_px(spec, video, path)
    return _corner(x, width, wide), _corner(y, height, high)


def centre_at(path: CropPath, time_ms: int) -> tuple[float, float]:
    """Centre of the window: linear between two points, unless a jump lies between them."""
    after = bisect_right(path.points, time_ms, key=lambda point: point.time_ms)
    here = path.points[max(0, after - 1)]
    if after in (0, len(path.points)):
        return here.x, here.y
    ahead = path.points[after]
    jumps = path.jumps_ms
    if bisect_right(jumps, here.time_ms) != bisect_right(jumps, ahead.time_ms):
        return here.x, here.y
    return _between(here, ahead, time_ms)


def _between(here: CropPoint, ahead: CropPoint, time_ms: int) -> tuple[float, float]:
    part = (time_ms - here.time_ms) / (ahead.time_ms - here.time_ms)
    return here.x + (ahead.x - here.x) * part, here.y + (ahead.y - here.y) * part


def _corner(centre: float, size: int, room: int) -> int:
    return min(max(0, round((centre * room - size / 2) / 2) * 2), room - size)


def fit_chain(spec: RenderSpec, video: VideoStream, tone: str) -> str:
    """The whole picture over a blurred and darker copy of itself."""
    width, height = spec.aspect_ratio.size_px
    scale = min(Fraction(width, video.width), Fraction(height, video.height))
    inner = _even_down(video.width * scale), _even_down(video.height * scale)
    small = width // FIT_BLUR_SCALE // 2 * 2, height // FIT_BLUR_SCALE // 2 * 2
    return (
        f"{_scale(*inner, keeps_colour=bool(tone))},{tone}format=yuv420p,split[whole][back];"
        f"[back]scale={small[0]}:{small[1]}:force_original_aspect_ratio=increase:"
        f"force_divisible_by=2,crop={small[0]}:{small[1]},gblur=sigma=6,"
        f"{DARKER},scale={width}:{height}:flags=bicubic,setsar=1[backdrop];"
        "[backdrop][whole]overlay=(W-w)/2:(H-h)/2:eval=init"
    )


def waveform_chain(spec: RenderSpec) -> str:
    """Bars that move with the sound, on a dark gradient that turns slowly."""
    width, height = spec.aspect_ratio.size_px
    rate, frames = spec.encoder.frame_rate, frame_count(spec)
    pitch = width * 5 // 6 // BAR_COUNT
    tall = height // 3 // 2 * 2
    low, flat = width // GROUND_SCALE // 2 * 2, height // GROUND_SCALE // 2 * 2
    return (
        f"[seen]aformat=channel_layouts=mono,"
        f"showwaves=s={BAR_COUNT}x{tall}:mode=cline:scale=sqrt:draw=full:r={rate}:colors=0xFFD60A,"
        f"scale={BAR_COUNT * pitch}:{tall}:flags=neighbor,"
        f"drawgrid=w={pitch}:h=0:t={pitch // 3}:c=black@0:replace=1,format=yuva420p[bars];"
        f"gradients=s={low}x{flat}:r={rate}:c0=0x1B1F3B:c1=0x53354A:c2=0x14213D:n=3"
        f":x0=0:y0=0:x1={low}:y1={flat}:speed=0.004:seed=1,"
        f"scale={width}:{height}:flags=bilinear:{TO_BT709},setsar=1,format=yuv420p[ground];"
        f"[ground][bars]overlay=(W-w)/2:(H-h)/2,trim=end_frame={frames}"
    )


def _scale(width: int, height: int, *, keeps_colour: bool) -> str:
    """To this size and square pixels, in BT.709 limited range unless a tone curve follows."""
    colour = "" if keeps_colour else f":{TO_BT709}"
    return f"scale={width}:{height}:flags=bicubic{colour},setsar=1"


def _even_up(value: Fraction) -> int:
    return -int(-value // 2) * 2


def _even_down(value: Fraction) -> int:
    return max(2, int(value // 2) * 2)


def _seconds(time_ms: int) -> str:
    return f"{time_ms / 1000:.3f}"
