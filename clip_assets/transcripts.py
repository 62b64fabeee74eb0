"""What was said."""

from collections.abc import Iterator

import dagster as dg

from clip_assets.describe import describe_transcript
from clip_assets.partitions import job_ref, jobs
from clip_assets.queues import goes_to
from clip_assets.retries import TRANSCRIBE
from clip_assets.steps import tracked
from cliply.domain.audio import AudioFeatures
from cliply.domain.queues import Queue
from cliply.domain.sources import SourceVideo
from cliply.domain.transcript import Transcript
from cliply.selection.coverage import speech_coverage
from cliply.services import phases
from cliply.services.transcription import store_captions, transcribe_source, worth_reusing
from cliply.services.vocabulary import list_terms
from resources.artifacts import Artifacts
from resources.database import Database
from resources.transcribers import Transcribers

CODE_VERSION = "3"
COVERS_SPEECH = dg.AssetCheckSpec(
    "covers_the_speech",
    asset="transcript",
    description="Words lie over at least half of the stretches in which a voice was heard.",
)


@dg.asset(
    group_name="analysis",
    partitions_def=jobs,
    pool="asr",
    op_tags=goes_to(Queue.asr),
    retry_policy=TRANSCRIBE,
    code_version=CODE_VERSION,
    check_specs=[COVERS_SPEECH],
)
def transcript(
    context: dg.AssetExecutionContext,
    source_video: SourceVideo,
    audio_features: AudioFeatures,
    database: dg.ResourceParam[Database],
    artifacts: dg.ResourceParam[Artifacts],
    transcribers: dg.ResourceParam[Transcribers],
) -> Iterator[dg.Output[Transcript] | dg.AssetCheckResult]:
    """Words with their times, from the first transcriber that can deliver (ANA-1)."""
    ref = job_ref(context)
    language = phases.read_settings(database.engine, ref).language
    terms = list_terms(database.engine, ref.workspace_id)
    given = source_video.transcript_key is not None
    heard = (source_video.content_hash, source_video.transcript_hash, language)
    asked = (transcribers.signature(with_sidecar=given), [term.model_dump() for term in terms])
    with tracked(context, database, "transcript", CODE_VERSION, *heard, *asked) as step:
        said = step.earlier(
            lambda job: worth_reusing(artifacts.load(job, "transcript", Transcript))
        )
        if said is None:
            said = transcribe_source(
                artifacts.store,
                source_video,
                audio_features,
                transcribers.chain(with_sidecar=given),
                language=language,
                terms=terms,
                on_progress=step.row.report,
            )
        store_captions(artifacts.store, ref, said, source_video.media.duration_ms)
        step.row.output({"engine": said.engine, "quality": said.quality.value})
        yield dg.Output(said, metadata=describe_transcript(said))
    coverage = speech_coverage(said, audio_features)
    yield dg.AssetCheckResult(
        check_name=COVERS_SPEECH.name,
        passed=coverage is None or coverage >= 0.5,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"covered_share": 1.0 if coverage is None else coverage},
    )
