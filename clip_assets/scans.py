"""What can be seen: scenes and faces, from one decode of the video (ANA-8)."""

from collections.abc import Iterator

import dagster as dg

from clip_assets.describe import describe_faces, describe_scenes
from clip_assets.partitions import jobs
from clip_assets.retries import SCAN
from clip_assets.steps import Tracked, tracked
from cliply.domain.faces import FaceTrackList
from cliply.domain.ids import JobRef
from cliply.domain.scenes import SceneList
from cliply.domain.sources import SourceVideo
from cliply.services.scanning import Seen, scan_source
from cliply.storage.keys import artifact_key
from resources.artifacts import Artifacts
from resources.database import Database
from resources.face_detection import FaceDetection

CODE_VERSION = "2"


@dg.multi_asset(
    name="scan",
    outs={
        "scenes": dg.AssetOut(
            is_required=False, code_version=CODE_VERSION, description="Shots between two cuts."
        ),
        "faces": dg.AssetOut(
            is_required=False,
            code_version=CODE_VERSION,
            description="Faces followed within a shot.",
        ),
    },
    can_subset=True,
    group_name="analysis",
    partitions_def=jobs,
    pool="vision",
    retry_policy=SCAN,
)
def scan(
    context: dg.AssetExecutionContext,
    source_video: SourceVideo,
    database: dg.ResourceParam[Database],
    artifacts: dg.ResourceParam[Artifacts],
    face_detection: FaceDetection,
) -> Iterator[dg.Output[SceneList | FaceTrackList]]:
    """One decode finds the cuts and samples the faces."""
    decides = (CODE_VERSION, source_video.content_hash, face_detection.signature)
    with tracked(context, database, "scan", *decides) as step:
        seen = step.earlier(lambda job: _load(artifacts, job)) or _look(
            artifacts, source_video, face_detection, step
        )
        sheet = artifact_key(step.ref, "contact_sheet", ".jpg")
        artifacts.store.put_bytes(sheet, seen.contact_sheet)
    if "scenes" in context.op_execution_context.selected_output_names:
        metadata = describe_scenes(seen.scenes, seen.contact_sheet)
        yield dg.Output(seen.scenes, output_name="scenes", metadata=metadata)
    if "faces" in context.op_execution_context.selected_output_names:
        yield dg.Output(seen.faces, output_name="faces", metadata=describe_faces(seen.faces))


def _look(
    artifacts: Artifacts, source: SourceVideo, face_detection: FaceDetection, step: Tracked
) -> Seen:
    return scan_source(artifacts.store, source, face_detection.detector(), step.row.report)


def _load(artifacts: Artifacts, job: JobRef) -> Seen:
    return Seen(
        scenes=artifacts.load(job, "scenes", SceneList),
        faces=artifacts.load(job, "faces", FaceTrackList),
        contact_sheet=artifacts.store.get_bytes(artifact_key(job, "contact_sheet", ".jpg")),
    )
