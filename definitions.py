"""The only place where assets, sensors and resources meet."""

import dagster as dg

from clip_assets import candidates, clips, listening, scans, sources, transcripts
from clip_assets.job import CLIP_JOB
from cliply.installation import connect, open_store
from cliply.settings import Settings, load_settings
from resources.artifacts import Artifacts
from resources.database import Database
from resources.face_detection import FaceDetection
from resources.rendering import Rendering
from resources.transcribers import Transcribers
from sensors.ended_runs import cancelled_runs, failed_runs
from sensors.run_requests import run_requests

ASSETS = [
    sources.source_video,
    listening.listening,
    transcripts.transcript,
    scans.scan,
    candidates.candidates,
    clips.clips,
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
        "transcribers": Transcribers(
            whisper_model=settings.whisper_model,
            models_dir=str(settings.resolved_models_dir),
            model_hub=settings.model_hub,
            workers=settings.render_workers,
        ),
        "face_detection": FaceDetection(
            model=str(settings.face_model) if settings.face_model else None
        ),
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
