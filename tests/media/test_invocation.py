"""One FFmpeg call: what is asked for is in it once, and nothing else."""

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from PIL import Image

from cliply.domain.attachments import Attachment, AttachmentKind
from cliply.domain.brand import BrandKit
from cliply.domain.captions import CaptionSettings, CaptionStyle
from cliply.domain.editing import CutSettings
from cliply.domain.effects import (
    BRoll,
    BRollSpan,
    GreenScreen,
    HookTitle,
    Logo,
    LowerThird,
    MagicZoom,
    ProgressBar,
    ZoomAt,
)
from cliply.domain.rendering import RenderSpec
from cliply.domain.sound import (
    AudioSettings,
    CensorSettings,
    MusicSettings,
    NoiseSettings,
    SoundEffectSettings,
)
from cliply.domain.timeline import TransitionKind
from cliply.domain.transcript import Word
from cliply.media.attachments import accept
from cliply.media.board import escaped
from cliply.media.invocation import Invocation
from cliply.media.specs import Material
from tests.media.specs_of import (
    WIDE_PX,
    call_of,
    counted,
    cut_of,
    material_of,
    span,
    spec_of,
    wide,
)
from tests.media.synthesis import Shot, compose, solid, tone

NO_CAPTIONS = CaptionSettings(style=CaptionStyle.none)

PICTURE = {
    "settb", "trim", "setpts", "fps", "tpad", "scale", "setsar", "format", "setparams",
}  # fmt: skip
SOUND = {
    "asidedata", "aresample", "aformat", "apad", "atrim", "asetpts", "afade", "volume", "alimiter",
}  # fmt: skip
"""All that cutting, framing and levelling take."""


class Node(NamedTuple):
    """What a node asks for, and what it may put into the call."""

    edit: dict[str, object]
    once: str
    """A pattern that is there exactly once when the node is, and else never."""
    filters: frozenset[str] = frozenset()
    inputs: int = 0
    files: frozenset[str] = frozenset()


def audio(**changes: object) -> dict[str, object]:
    return {"audio_suite": AudioSettings(**changes)}


def effect(one: object) -> dict[str, object]:
    return {"effects": (one,)}


def of(*names: str) -> frozenset[str]:
    return frozenset(names)


OVERLAY = of("overlay", "color", "lutyuv", "crop", "loop", "fade", "geq")
KEY = OVERLAY | of("extractplanes", "split", "lut2", "blend", "mergeplanes")

NODES = {
    "cuts": Node(
        {"base_cut": cut_of((500, 2_000), (3_000, 4_000))},
        r"\]concat=n=2:v=1", of("concat", "split", "asplit"),
    ),
    "transition": Node(
        {"base_cut": cut_of((500, 2_000), (3_000, 4_000), transition=TransitionKind.wipe)},
        r"\]xfade=", of("concat", "split", "asplit", "xfade", "acrossfade"),
    ),
    "speed": Node({"base_cut": CutSettings(speed=1.5)}, "rubberband=", of("rubberband")),
    "green screen": Node(
        {"green_screen": GreenScreen(colour="#00FF00")}, "mergeplanes=", KEY
    ),
    "zoom": Node(
        effect(MagicZoom(at=(ZoomAt(span=span(1_000, 2_000)),))), "crop@zoom=",
        of("perspective", "sendcmd", "crop@zoom"), 0, of("zoom.cmd"),
    ),
    "B-roll": Node(
        effect(BRoll(spans=(BRollSpan(span=span(1_000, 2_000), attachment="film"),))),
        r"\[1:v:0\]", OVERLAY, 1,
    ),
    "progress bar": Node(effect(ProgressBar()), r"\[progress\d+\]format", OVERLAY),
    "hook title": Node(effect(HookTitle()), r"[\],]ass=", of("ass"), 0, of("clip.ass")),
    "captions": Node(
        {"captions": CaptionSettings()}, r"[\],]ass=", of("ass"), 0, of("clip.ass")
    ),
    "lower third": Node(
        {"brand": BrandKit(lower_third=LowerThird(title="A name"))}, r"[\],]ass=", of("ass"),
        0, of("clip.ass"),
    ),
    "logo": Node({"brand": BrandKit(logo=Logo(attachment="logo"))}, r"\[1:v:0\]", OVERLAY, 1),
    "intro": Node(
        {"brand": BrandKit(intro="film")}, r"\]concat=n=2:v=0", of("concat", "pad"), 2
    ),
    "noise": Node(audio(noise=NoiseSettings()), "afftdn=", of("afftdn", "asplit", "concat")),
    "music": Node(
        audio(music=MusicSettings(attachment="song")), r"\[1:a:0\]",
        of("amix", "amultiply", "pan"), 2, of("ducking.wav"),
    ),
    "censor": Node(
        audio(censor=CensorSettings(spans=(span(1_000, 1_400),))), "amultiply",
        of("amultiply", "pan", "amix"), 2, of("gate.wav", "inserts.wav"),
    ),
    "sound effects": Node(
        audio(sound_effects=SoundEffectSettings(by_keyword=True)), "amix=", of("amix"),
        1, of("inserts.wav"),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("invocation")


@pytest.fixture(scope="module")
def source(folder: Path) -> Path:
    return counted(folder / "source.mp4", 30, 5.2)


@pytest.fixture(scope="module")
def material(source: Path) -> Material:
    words = (
        Word(text="More", span=span(1_000, 1_400)),
        Word(text="money.", span=span(1_500, 1_900)),
    )
    return material_of(source, words=words)


@pytest.fixture(scope="module")
def files(folder: Path) -> Mapping[str, tuple[Attachment, Path]]:
    logo = folder / "logo.png"
    Image.new("RGBA", (64, 64), (255, 0, 0, 200)).save(logo)
    film = compose(folder / "film.mp4", [Shot(2, solid(0, 200, 0))], tone(2.0))
    song = compose(folder / "song.wav", (), tone(8.0, channels=2))
    kinds = {
        "logo": (AttachmentKind.image, logo),
        "film": (AttachmentKind.video, film),
        "song": (AttachmentKind.audio, song),
    }
    return {name: (accept(path, kind), path) for name, (kind, path) in kinds.items()}


@pytest.fixture(scope="module")
def call(folder, source, material, files):
    """The call of an edit that has these nodes."""

    def made(**changes: object) -> Invocation:
        spec = specified(material, files, **changes)
        return call_of(spec, source, folder, {a.content_hash: path for a, path in files.values()})

    return made


def specified(material: Material, files, **changes: object) -> RenderSpec:
    attachments = {name: one for name, (one, _) in files.items()}
    edit = wide(**({"captions": NO_CAPTIONS} | changes))
    return spec_of(material, edit, span(500, 5_000), size_px=WIDE_PX, attachments=attachments)


def graph(call: Invocation) -> str:
    return call.arguments[call.arguments.index("-filter_complex") + 1]


def filters(call: Invocation) -> Counter[str]:
    """Names of all filters in a graph and how often each is there."""
    bare = re.sub(r"'[^']*'", "", graph(call))
    parts = re.split(r"[;,]", re.sub(r"\\.", "", re.sub(r"\[[\w:]+\]", "", bare)))
    return Counter(part.split("=")[0] for part in parts)


def test_a_plain_clip_has_nothing_but_cut_frame_and_level(call):
    plain = call()
    assert set(filters(plain)) == PICTURE | SOUND
    assert plain.arguments.count("-i") == 1
    assert not plain.files


@pytest.mark.parametrize("name", NODES)
def test_a_node_that_is_asked_for_is_there_once_and_brings_only_its_own(call, name):
    node, plain = NODES[name], call()
    assert not re.findall(node.once, graph(plain))
    asked = call(**node.edit)
    assert len(re.findall(node.once, graph(asked))) == 1
    assert set(filters(asked)) - PICTURE - SOUND <= node.filters
    assert asked.arguments.count("-i") == 1 + node.inputs
    assert set(asked.files) == node.files


def test_all_nodes_together_are_one_decode_and_one_encode(call):
    effects = tuple(one for node in NODES.values() for one in node.edit.get("effects", ()))
    brand = BrandKit(
        logo=Logo(attachment="logo"), lower_third=LowerThird(title="A name"), intro="film"
    )
    sound = {
        field: getattr(node.edit["audio_suite"], field)
        for node in NODES.values()
        for field in getattr(node.edit.get("audio_suite"), "model_fields_set", ())
    }
    whole = call(
        base_cut=NODES["transition"].edit["base_cut"],
        green_screen=GreenScreen(colour="#00FF00"),
        effects=effects,
        captions=CaptionSettings(),
        brand=brand,
        audio_suite=AudioSettings(**sound),
    )
    found = filters(whole)
    once = ("xfade", "acrossfade", "mergeplanes", "crop@zoom", "ass", "alimiter", "afftdn")
    assert {name: found[name] for name in once} == dict.fromkeys(once, 1)
    assert whole.arguments.count("-c:v") == whole.arguments.count("-filter_complex") == 1
    sources = [one for one in whole.arguments if one.endswith("source.mp4")]
    assert len(sources) == 1
    assert set(whole.files) == {"clip.ass", "zoom.cmd", "gate.wav", "ducking.wav", "inserts.wav"}


def test_ffmpeg_may_read_files_and_nothing_from_the_network(call):
    arguments = call(brand=BrandKit(intro="film")).arguments
    inputs = [n for n, one in enumerate(arguments) if one == "-i"]
    whitelists = [n for n, one in enumerate(arguments) if one == "-protocol_whitelist"]
    assert len(inputs) == len(whitelists) == 3
    assert {arguments[n + 1] for n in whitelists} == {"file,pipe"}
    assert all(arguments[n + 1].startswith("file:/") for n in inputs)


def test_the_sounds_clock_is_its_samples(call):
    """Rounded by concat, the limiter put the end of a clip of twenty spans 16 ms early."""
    assert re.search(r"\[sound\d+\]asetpts=N/SR/TB\[a\]", graph(call()))


def test_a_filter_value_is_escaped_for_the_option_and_for_the_graph():
    assert escaped("a:b") == r"a\\:b"
    assert escaped("it's,[x];") == r"it\\\'s\,\[x\]\;"


def test_threads_are_those_of_the_spec_and_decide_its_digest(folder, source, material, files):
    spec = specified(material, files)
    four = spec.model_copy(update={"encoder": spec.encoder.model_copy(update={"threads": 4})})
    assert spec.digest != four.digest
    for one, count in ((spec, "1"), (four, "4")):
        arguments = call_of(one, source, folder).arguments
        places = [n for n, argument in enumerate(arguments) if argument == "-threads"]
        assert [arguments[n + 1] for n in places] == [count, count]
