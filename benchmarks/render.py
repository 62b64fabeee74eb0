"""One invocation for a clip, against its limit and against a chain of single steps."""

import os
import re
import subprocess
import tempfile
import wave
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from benchmarks.media import captions, folder, talk
from benchmarks.timing import Cost, Row, alternate, cost_of, rows
from cliply.domain.attachments import AttachmentKind
from cliply.domain.brand import BrandKit
from cliply.domain.editing import Edit
from cliply.domain.effects import Logo
from cliply.domain.framing import Layout, ReframeSettings
from cliply.domain.rendering import RenderSpec
from cliply.domain.sound import AudioSettings, MusicSettings
from cliply.domain.timing import TimeRange
from cliply.media.attachments import accept
from cliply.media.audio_features import measure_audio
from cliply.media.audio_suite import audio_chain
from cliply.media.board import Board, escaped
from cliply.media.effects import draw_effects
from cliply.media.faces import make_detector
from cliply.media.ffmpeg import find_ffmpeg, toolchain
from cliply.media.fonts import FontShelf, install
from cliply.media.invocation import Places, invocation
from cliply.media.panes import run_picture
from cliply.media.probe import probe
from cliply.media.reads import reads_of
from cliply.media.render import render
from cliply.media.runs import plan_pieces, plan_runs
from cliply.media.scan import scan
from cliply.media.specs import Equipment, Material, build_spec
from cliply.speech.sidecar import parse_sidecar

RUNS = 3
SPAN = TimeRange(start_ms=20_000, end_ms=50_000)
SCALE = "scale=3414:1920:flags=bicubic"
X264 = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20"]
LOSSLESS = ["-c:v", "libx264", "-preset", "ultrafast", "-qp", "0"]
AAC = ["-c:a", "aac", "-b:a", "160k"]
ONE = ["-threads", "1", "-filter_threads", "1"]
SIX_S = 8
SETTINGS = ((1, 0), (2, 1), (2, 2), (3, 1))
"""Clips at once and threads of each; 0 lets FFmpeg choose."""


def measure() -> list[Row]:
    """30 s of 1080p to 1080x1920: moving crop, word captions, logo, music ducked under speech,
    levelled sound, poster, quality report."""
    path = talk(120)
    bench = Bench(path)
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        single = partial(bench.single, scratch)
        made, bare = alternate(single, partial(_limit, path, scratch / "limit.mp4"), RUNS)
        whole, _ = alternate(partial(bench.whole, scratch), single, 1)
        chain = [cost_of(partial(bench.chain, scratch))]
        copied = [cost_of(partial(bench.chain, scratch, sound_copies_picture=True))]
        gain_db = bench.psnr_gain_db(scratch)
        ours, best = bench.six(scratch)
    name = "render 30 s, everything on"
    limit = "decode + scale + crop + encode"
    return [
        *rows(name, made, bare, against=limit, target=1.20),
        *rows(f"{name}, with poster and report", whole, bare[:1], against=limit),
        *rows(name, made, chain, against="one encode for each effect", target=0.25),
        *rows(name, made, copied, against="the same, but sound leaves the picture"),
        Row(f"{name}, PSNR over that chain", gain_db, 4.0, "dB", "4 dB", 1, 1.0),
        *rows("six clips, one a core", ours, best, against="best of four settings", target=1.10),
    ]


class Bench:
    """One clip with everything on, and ways to make it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ffmpeg = find_ffmpeg(None)
        self.shelf = FontShelf()
        logo, music = _logo(), _music()
        named = {
            "logo": (accept(logo, AttachmentKind.image), logo),
            "music": (accept(music, AttachmentKind.audio), music),
        }
        self.files = {one.content_hash: file for one, file in named.values()}
        self.material = _material(path)
        self.attachments = {name: one for name, (one, _) in named.items()}
        self.spec = self.specified(SPAN)
        self.environments: dict[Path, Mapping[str, str]] = {}

    def specified(self, span: TimeRange) -> RenderSpec:
        """The clip as the graph would make it."""
        equipment = Equipment(toolchain(self.ffmpeg), self.shelf, frozenset())
        edit = Edit(
            reframe=ReframeSettings(layout=Layout.single),
            brand=BrandKit(logo=Logo(attachment="logo")),
            audio_suite=AudioSettings(music=MusicSettings(attachment="music")),
        )
        return build_spec(edit, span, "A talk", self.material, equipment, self.attachments)

    def places(self, scratch: Path) -> Places:
        return Places(source=self.path, folder=scratch, attachments=self.files)

    def arguments(self, scratch: Path, spec: RenderSpec, target: Path) -> list[str]:
        """The one call; its sidecar files are written."""
        reads = reads_of(spec, self.path)
        call = invocation(spec, reads, self.places(scratch), self.shelf, target)
        for name, content in call.files.items():
            (scratch / name).write_bytes(content)
        return call.arguments

    def run(self, scratch: Path, arguments: Sequence[str]) -> None:
        """FFmpeg with the clip's fonts and no others."""
        if scratch not in self.environments:
            refs = self.spec.captions.fonts if self.spec.captions else ()
            fonts = install([self.shelf.path_of(ref) for ref in refs], scratch / "fonts")
            self.environments[scratch] = fonts
        _ffmpeg(arguments, self.environments[scratch])

    def single(self, scratch: Path) -> None:
        """The one call alone."""
        self.run(scratch, self.arguments(scratch, self.spec, scratch / "single.mp4"))

    def whole(self, scratch: Path) -> None:
        """With sidecars, poster and quality report."""
        render(
            self.spec,
            self.path,
            scratch / "whole",
            ffmpeg=self.ffmpeg,
            shelf=self.shelf,
            attachments=self.files,
        )

    def chain(self, scratch: Path, *, sound_copies_picture: bool = False) -> None:
        """The same filters with a file between any two of them, as tools that wrap FFmpeg
        effect by effect have it: cut, reframe, logo, captions, sound, export.

        All the sound is one step, though ducking and loudness are two effects."""
        names = ("cut", "framed", "branded", "captioned", "sounded", "chain")
        files = [scratch / f"{name}.mp4" for name in names]
        cut, framed, branded, captioned, sounded, end = files
        window = ["-ss", f"{SPAN.start_ms / 1000}", "-t", f"{SPAN.duration_ms / 1000}"]
        self.run(scratch, [*window, "-i", str(self.path), *X264, *ONE, *AAC, str(cut)])
        self._stage(scratch, cut, framed, self._framed)
        self._stage(scratch, framed, branded, self._branded)
        self._stage(scratch, branded, captioned, self._captioned)
        picture = ["-c:v", "copy"] if sound_copies_picture else X264
        self._sounded(scratch, captioned, sounded, picture)
        self.run(scratch, ["-i", str(sounded), *X264, *ONE, "-c:a", "copy", str(end)])

    def _stage(
        self, scratch: Path, before: Path, after: Path, put: Callable[[Board, str], str]
    ) -> None:
        board = Board(folder=scratch, attachments=self.files)
        board.input(before)
        board.add(f"{put(board, '[0:v]')}null[v]")
        for name, content in board.files.items():
            (scratch / name).write_bytes(content)
        graph = ["-filter_complex", board.graph, "-map", "[v]", "-map", "0:a", "-c:a", "copy"]
        self.run(scratch, [*board.input_arguments, *graph, *X264, *ONE, str(after)])

    def _framed(self, board: Board, link: str) -> str:
        (run,) = plan_runs(plan_pieces(self.spec.timeline, self.spec.framing))
        assert self.spec.source.video is not None, "the talk has a picture"
        return run_picture(
            run, self.spec.source.video, self.spec.size_px, board, link, name="r", can_tonemap=True
        )

    def _branded(self, board: Board, link: str) -> str:
        spec = self.spec
        return draw_effects(
            spec.effects,
            size_px=spec.size_px,
            frame_rate=spec.encoder.frame_rate,
            timeline=spec.timeline,
            board=board,
            link=link,
        )

    def _captioned(self, board: Board, link: str) -> str:
        return board.chain(link, f"ass={escaped(board.folder / 'clip.ass')}", "text")

    def _sounded(self, scratch: Path, before: Path, after: Path, picture: Sequence[str]) -> None:
        board = Board(folder=scratch, attachments=self.files)
        board.input(before)
        heard = board.chain("[0:a]", "aformat=sample_fmts=fltp:channel_layouts=stereo", "heard")
        board.add(f"{audio_chain(self.spec.audio, self.spec.timeline, board, heard)}anull[a]")
        for name, content in board.files.items():
            (scratch / name).write_bytes(content)
        graph = ["-filter_complex", board.graph, "-map", "0:v", "-map", "[a]"]
        self.run(scratch, [*board.input_arguments, *graph, *picture, *AAC, *ONE, str(after)])

    def psnr_gain_db(self, scratch: Path) -> float:
        """How much nearer to a lossless render the single call is than the chain."""
        arguments = self.arguments(scratch, self.spec, scratch / "lossless.mp4")
        at = arguments.index("-c:v")
        lossless = [*arguments[:at], *LOSSLESS, "-c:a", "aac", "-y", str(scratch / "lossless.mp4")]
        self.run(scratch, lossless)
        ours, theirs = (
            _psnr_db(scratch / f"{name}.mp4", scratch / "lossless.mp4")
            for name in ("single", "chain")
        )
        return ours - theirs

    def six(self, scratch: Path) -> tuple[list[Cost], list[Cost]]:
        """Six short clips with as many workers as cores, one thread each, and the best other
        setting."""
        starts = range(SPAN.start_ms, SPAN.start_ms + 6 * SIX_S * 1000, SIX_S * 1000)
        spans = [TimeRange(start_ms=ms, end_ms=ms + SIX_S * 1000) for ms in starts]
        specs = [self.specified(span) for span in spans]
        costs = {
            setting: cost_of(partial(self._clips, scratch, specs, *setting)) for setting in SETTINGS
        }
        best = min(costs.values(), key=lambda cost: cost.wall_s)
        return [costs[(len(os.sched_getaffinity(0)), 1)]], [best]

    def _clips(
        self, scratch: Path, specs: Sequence[RenderSpec], workers: int, threads: int
    ) -> None:
        def one(number: int) -> None:
            own = scratch / f"six{workers}x{threads}-{number}"
            own.mkdir(exist_ok=True)
            arguments = self.arguments(own, specs[number], own / "clip.mp4")
            at = arguments.index("-threads", arguments.index("-c:v"))
            arguments[at + 1] = str(threads)
            self.run(own, arguments)

        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(one, range(len(specs))))


def _material(path: Path) -> Material:
    source = probe(path)
    seen = scan(path, source, detector=make_detector(None))
    heard = measure_audio(path, source)
    said = parse_sidecar(captions(120).read_bytes(), "talk.srt", source.duration_ms)
    return Material(
        source=source,
        source_hash="benchmark",
        transcript=said,
        features=heard.features,
        levels=heard.levels,
        scenes=seen.scenes,
        faces=seen.faces,
    )


def _logo() -> Path:
    """A round badge with soft edges."""
    path = folder() / "logo.png"
    if not path.exists():
        picture = Image.new("RGBA", (400, 400), (0, 0, 0, 0))
        ImageDraw.Draw(picture).ellipse((10, 10, 390, 390), fill=(29, 78, 216, 230))
        picture.save(path)
    return path


def _music() -> Path:
    """Ten seconds of chords."""
    path = folder() / "music.wav"
    if not path.exists():
        time_s = np.arange(480_000) / 48_000
        chord = sum(np.sin(2 * np.pi * hz * time_s) for hz in (220.0, 277.2, 329.6)) * 0.1
        samples = (np.vstack([chord, chord]) * 32_767).astype(np.int16)
        with wave.open(str(path), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(48_000)
            file.writeframes(samples.T.tobytes())
    return path


def _limit(path: Path, target: Path) -> None:
    """Nothing but the picture, on as many threads as a render has."""
    window = ["-ss", "20", "-t", "30", "-i", str(path)]
    filters = ["-vf", f"{SCALE},crop=1080:1920:1167:0,fps=30"]
    _ffmpeg(["-threads", "1", *window, *filters, "-an", *X264, *ONE, str(target)])


def _psnr_db(picture: Path, reference: Path) -> float:
    """Mean over all frames, luma and chroma."""
    command = [
        str(find_ffmpeg(None)), "-nostdin", "-i", str(picture), "-i", str(reference),
        "-lavfi", "[0:v][1:v]psnr", "-f", "null", "-",
    ]  # fmt: skip
    log = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    return float(re.findall(r"average:([\d.]+)", log)[-1])


def _ffmpeg(arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
    command = [str(find_ffmpeg(None)), "-v", "error", "-nostdin", "-y", *arguments]
    subprocess.run(command, check=True, env=environment)
