"""Renders one clip of one file, without a job: analysis, spec, files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from cliply.domain.attachments import Attachment, AttachmentKind
from cliply.domain.orders import RenderOrder
from cliply.domain.progress import OnProgress, part_of, unwatched
from cliply.domain.rendering import PIPELINE_VERSION, RenderSpec
from cliply.domain.timing import TimeRange
from cliply.errors import ErrorCode, InvalidInput
from cliply.media.attachments import accept
from cliply.media.audio_features import measure_audio
from cliply.media.backdrops import backdrop_of
from cliply.media.encoders import usable_encoders
from cliply.media.faces import FaceDetector
from cliply.media.ffmpeg import toolchain
from cliply.media.fonts import FontShelf
from cliply.media.hashing import hash_file
from cliply.media.interchange import interchange_files
from cliply.media.probe import probe
from cliply.media.quality import Evidence
from cliply.media.render import Rendered, render
from cliply.media.scan import scan
from cliply.media.specs import Equipment, Material, build_spec
from cliply.speech.chain import transcribe_with_first
from cliply.speech.fillers import find_fillers
from cliply.speech.transcriber import SpeechRequest, Transcriber

FONT_SUFFIXES = (".ttf", ".otf")


@dataclass(frozen=True)
class Bench:
    """What an order is worked on with."""

    ffmpeg: Path
    detector: Callable[[], FaceDetector]
    chain: Callable[[bool], Sequence[Transcriber]]
    """The transcribers to ask; told whether a transcript was given."""


@dataclass(frozen=True)
class Ordered:
    """A finished order."""

    spec: RenderSpec
    files: Rendered


class Named(NamedTuple):
    """An accepted file and where it lies."""

    attachment: Attachment
    path: Path


def read_order(text: str) -> RenderOrder | RenderSpec:
    """An order, or the spec of an earlier render.

    Raises InvalidInput that lists every field that can not be.
    """
    kind = RenderSpec if '"toolchain"' in text else RenderOrder
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc'])) or 'the file'}: {fault['msg']}"
            for fault in error.errors()
        )
        raise InvalidInput(
            ErrorCode.edit_invalid, f"The spec can not be rendered. {faults}. Mend these fields."
        ) from None


def fill_order(
    order: RenderOrder, base: Path, folder: Path, bench: Bench, on_progress: OnProgress = unwatched
) -> Ordered:
    """Analyse the file, decide every setting and render; `base` is the order's folder."""
    named = {
        name: Named(accept(base / one.file, one.kind), base / one.file)
        for name, one in order.attachments.items()
    }
    material = analyse(order, base, bench, part_of(on_progress, 0.0, 0.5))
    equipment = Equipment(
        toolchain=toolchain(bench.ffmpeg),
        shelf=FontShelf({name: (file.attachment, file.path) for name, file in named.items()}),
        encoders=usable_encoders(bench.ffmpeg),
    )
    moment = order.span or TimeRange(start_ms=0, end_ms=material.source.duration_ms)
    spec = build_spec(
        order.edit,
        moment,
        order.title,
        material,
        equipment,
        {name: file.attachment for name, file in named.items()},
        backdrop=backdrop_of(order.edit, base / order.source, material.source, moment),
    )
    made = render(
        spec,
        base / order.source,
        folder,
        ffmpeg=bench.ffmpeg,
        shelf=equipment.shelf,
        attachments={file.attachment.content_hash: file.path for file in named.values()},
        evidence=Evidence(
            words=material.transcript.words,
            scenes=material.scenes,
            faces=material.faces,
        ),
        on_progress=part_of(on_progress, 0.5, 1.0),
    )
    return Ordered(spec, made)


def render_again(
    spec: RenderSpec,
    path: Path,
    files: Sequence[Path],
    folder: Path,
    bench: Bench,
    on_progress: OnProgress = unwatched,
) -> Ordered:
    """Render a spec once more; `files` are the attachments and fonts that it may need.

    Raises InvalidInput when the spec belongs to another version or to another source.
    """
    if spec.pipeline_version != PIPELINE_VERSION:
        raise InvalidInput(
            ErrorCode.edit_invalid,
            f"The spec was made by pipeline {spec.pipeline_version}, this is {PIPELINE_VERSION}. "
            "Render its edit instead.",
        )
    if hash_file(path) != spec.source_hash:
        raise InvalidInput(
            ErrorCode.edit_invalid,
            f"{path.name} is not the source that the spec was made for. Give that file.",
        )
    made = render(
        spec,
        path,
        folder,
        ffmpeg=bench.ffmpeg,
        shelf=_shelf_of(files),
        attachments={hash_file(file): file for file in files},
        on_progress=on_progress,
    )
    return Ordered(spec, made)


def _shelf_of(files: Sequence[Path]) -> FontShelf:
    fonts = [file for file in files if file.suffix.lower() in FONT_SUFFIXES]
    return FontShelf({file.name: (accept(file, AttachmentKind.font), file) for file in fonts})


def analyse(order: RenderOrder, base: Path, bench: Bench, on_progress: OnProgress) -> Material:
    """All that an edit may go by."""
    path = base / order.source
    source = probe(path)
    heard = measure_audio(path, source, on_progress=part_of(on_progress, 0.0, 0.2))
    seen = scan(
        path,
        source,
        detector=bench.detector() if source.video else None,
        on_progress=part_of(on_progress, 0.2, 0.7),
    )
    request = SpeechRequest(
        path=path,
        source=source,
        speech=heard.features.speech,
        sidecar=base / order.transcript if order.transcript else None,
        on_progress=part_of(on_progress, 0.7, 1.0),
    )
    said = transcribe_with_first(bench.chain(order.transcript is not None), request)
    return Material(
        source=source,
        source_hash=hash_file(path),
        transcript=said.model_copy(update={"fillers": find_fillers(said)}),
        features=heard.features,
        levels=heard.levels,
        scenes=seen.scenes,
        faces=seen.faces,
    )


def write_papers(ordered: Ordered, folder: Path, source: Path) -> None:
    """The spec, the quality report and the cut list for editing programs, beside the clip."""
    papers = {
        "spec.json": ordered.spec.model_dump_json(indent=2) + "\n",
        "report.json": ordered.files.report.model_dump_json(indent=2) + "\n",
    }
    cut_lists = interchange_files(
        ordered.spec, source_name=source.name, source_url=source.absolute().as_uri()
    )
    papers |= {f"clip{suffix}": text for suffix, text in cut_lists.items()}
    for name, text in papers.items():
        (folder / name).write_text(text, encoding="utf-8")
