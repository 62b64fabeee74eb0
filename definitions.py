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
from cliply.installation import (
    connect,
    engines_of,
    link_rules_of,
    open_search,
    open_store,
    panel_of,
)
from cliply.settings import Settings, load_settings
from resources.artifacts import Artifacts
from resources.database import Database
from resources.embedding import Embedding
from resources.face_detection import FaceDetection
from resources.job_limits import JobLimits
from resources.links import Links
from resources.ranking import Rankers
from resources.rendering import Rendering
from resources.scanning import Scanning
from resources.transcribers import Transcribers
from sensors.ended_runs import cancelled_runs, failed_runs
from sensors.reconciling import reconciler
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
        sensors=_sensors(settings),
        executor=_executor(settings, database),
        resources=_resources(settings, database),
    )


def _sensors(settings: Settings) -> list[dg.SensorDefinition]:
    always = [run_requests, reconciler, failed_runs, cancelled_runs]
    if settings.execution != "celery":
        return always
    from sensors.waiting_runs import waiting_runs

    return [*always, waiting_runs]


def _executor(settings: Settings, database: Database) -> dg.ExecutorDefinition:
    """Where steps are carried out; a command that runs the graph itself does not ask."""
    if settings.execution == "celery" and settings.celery_broker_url is not None:
        from resources.queues.broker import Broker  # Celery takes 0.3 s
        from resources.queues.executor import queue_executor

        return queue_executor(Broker(settings.celery_broker_url), lambda: database.engine)
    if settings.execution == "kubernetes":
        from resources.pods import pod_executor

        return pod_executor()
    return dg.in_process_executor


def _resources(settings: Settings, database: Database) -> dict[str, object]:
    artifacts = Artifacts(open_store(settings))
    return {
        "io_manager": artifacts,
        "artifacts": artifacts,
        "links": Links(link_rules_of(settings)),
        "database": database,
        "job_limits": JobLimits(concurrent_jobs=settings.concurrent_jobs),
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
