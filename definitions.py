"""The only place where assets, sensors and resources meet."""

import dagster as dg

from clip_assets import (
    candidates,
    clips,
    embeddings,
    listening,
    moods,
    rankings,
    scans,
    sources,
    transcripts,
)
from clip_assets.job import CLIP_JOB
from cliply.installation import connect, engines_of, open_search, open_store, panel_of
from cliply.settings import Settings, load_settings
from resources.artifacts import Artifacts
from resources.database import Database
from resources.embedding import Embedding
from resources.face_detection import FaceDetection
from resources.ranking import Rankers
from resources.rendering import Rendering
from resources.scanning import Scanning
from resources.transcribers import Transcribers
from sensors.ended_runs import cancelled_runs, failed_runs
from sensors.run_requests import run_requests

ASSETS = [
    sources.source_video,
    listening.listening,
    transcripts.transcript,
    moods.mood,
    scans.scan,
    candidates.candidates,
    rankings.ranking,
    clips.clips,
    embeddings.embeddings,
]


def build(settings: Settings, database: Database) -> dg.Definitions:
    """The graph of one installation."""
    return dg.Definitions(
        assets=ASSETS,
        jobs=[CLIP_JOB],
        sensors=[run_requests, failed_runs, cancelled_runs],
        executor=dg.in_process_executor,
        resources=_resources(settings, database),
    )


def _resources(settings: Settings, database: Database) -> dict[str, object]:
    artifacts = Artifacts(open_store(settings))
    return {
        "io_manager": artifacts,
        "artifacts": artifacts,
        "database": database,
        "transcribers": Transcribers(engines_of(settings)),
        "embedding": Embedding(
            place=open_search(settings),
            model=settings.embedding_model,
            models_dir=settings.resolved_models_dir,
        ),
        "rankers": Rankers(panel_of(settings)),
        "face_detection": FaceDetection(
            model=settings.face_model,
            recogniser_model=str(settings.face_recogniser) if settings.face_recogniser else None,
            models_dir=str(settings.resolved_models_dir),
        ),
        "scanning": Scanning(mode=settings.scan_mode, cuts=settings.scan_cuts),
        "rendering": Rendering(
            workers=settings.render_workers,
            ffmpeg_binary=str(settings.ffmpeg_binary) if settings.ffmpeg_binary else None,
        ),
    }


@dg.definitions
def defs() -> dg.Definitions:
    """What a Dagster process loads."""
    settings = load_settings()
    return build(settings, Database(lambda: connect(settings)))
