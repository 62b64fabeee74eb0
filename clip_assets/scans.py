"""What can be seen: scenes, faces, looks and frames, from one decode of the video (ANA-8)."""

import tempfile
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import ExitStack
from pathlib import Path

import dagster as dg

from clip_assets.describe import describe_faces, describe_frames, describe_looks, describe_scenes
from clip_assets.partitions import jobs
from clip_assets.queues import goes_to
from clip_assets.retries import SCAN
from clip_assets.steps import tracked
from cliply.domain.faces import FaceTrackList
from cliply.domain.ids import JobRef
from cliply.domain.queues import Queue
from cliply.domain.scenes import SceneList
from cliply.domain.sources import SourceVideo
from cliply.domain.transcript import Refusal
from cliply.services.scanning import Seen, scan_source
from cliply.storage.keys import artifact_key
from resources.artifacts import Artifact, Artifacts
from resources.database import Database
from resources.face_detection import FaceDetection
from resources.scanning import Scanning

CODE_VERSION = "3"

OUTPUTS = {
    "scenes": "Shots between two cuts.",
    "faces": "Faces followed within a shot.",
    "looks": "Motion, stillness and screen content, two rows a second.",
    "frames": "Frames to embed, as JPEG.",
}


@dg.multi_asset(
    name="scan",
    outs={
        name: dg.AssetOut(is_required=False, code_version=CODE_VERSION, description=description)
        for name, description in OUTPUTS.items()
    },
    can_subset=True,
    group_name="analysis",
    partitions_def=jobs,
    pool="vision",
    op_tags=goes_to(Queue.vision),
    retry_policy=SCAN,
)
def scan(
    context: dg.AssetExecutionContext,
    source_video: SourceVideo,
    database: dg.ResourceParam[Database],
    artifacts: dg.ResourceParam[Artifacts],
    face_detection: FaceDetection,
    scanning: Scanning,
) -> Iterator[dg.Output[Artifact]]:
    """One decode finds the cuts, samples the faces and keeps frames to embed."""
    decides = (source_video.content_hash, face_detection.signature, *scanning.signature)
    with (
        ExitStack() as files,
        tracked(context, database, "scan", CODE_VERSION, *decides) as step,
    ):
        seen = step.earlier(lambda job: _load(artifacts, job, files))
        if seen is None:
            frames = _new_file(files)
            detector, report = face_detection.detector(), step.row.report
            settings, store = scanning.settings, artifacts.store
            seen = scan_source(
                store,
                source_video,
                detector,
                settings,
                frames,
                report,
                recogniser=face_detection.recogniser(),
            )
        sheet = artifact_key(step.ref, "contact_sheet", ".jpg")
        artifacts.store.put_bytes(sheet, seen.contact_sheet)
        yield from _outputs(
            seen, face_detection.refusals, context.op_execution_context.selected_output_names
        )


def _outputs(
    seen: Seen, refusals: tuple[Refusal, ...], wanted: AbstractSet[str]
) -> Iterator[dg.Output[Artifact]]:
    outputs: dict[str, dg.Output[Artifact]] = {
        "scenes": dg.Output(
            seen.scenes,
            output_name="scenes",
            metadata=describe_scenes(seen.scenes, seen.contact_sheet, seen.warnings),
        ),
        "faces": dg.Output(
            seen.faces, output_name="faces", metadata=describe_faces(seen.faces, refusals)
        ),
        "looks": dg.Output(seen.looks, output_name="looks", metadata=describe_looks(seen.looks)),
        "frames": dg.Output(
            seen.frames, output_name="frames", metadata=describe_frames(seen.frames)
        ),
    }
    yield from (output for name, output in outputs.items() if name in wanted)


def _new_file(files: ExitStack) -> Path:
    folder = files.enter_context(tempfile.TemporaryDirectory(prefix="cliply-frames-"))
    return Path(folder) / "frames.parquet"


def _load(artifacts: Artifacts, job: JobRef, files: ExitStack) -> Seen:
    return Seen(
        scenes=artifacts.load(job, "scenes", SceneList),
        faces=artifacts.load(job, "faces", FaceTrackList),
        looks=artifacts.load_table(job, "looks"),
        frames=files.enter_context(artifacts.open_file(job, "frames", ".parquet")),
        contact_sheet=artifacts.store.get_bytes(artifact_key(job, "contact_sheet", ".jpg")),
    )
