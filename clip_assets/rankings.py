"""The candidates in the order of their worth, and what is said about each."""

import hashlib
from collections.abc import Iterator

import dagster as dg

from clip_assets.describe import describe_ranking
from clip_assets.partitions import jobs
from clip_assets.queues import goes_to
from clip_assets.retries import SELECT
from clip_assets.steps import FORCE_TAG, tracked
from cliply.domain.candidates import CandidateList
from cliply.domain.ids import JobRef
from cliply.domain.jobs import JobSettings
from cliply.domain.queues import Queue
from cliply.domain.ranking import Ranking
from cliply.errors import NotFound
from cliply.services import phases, planning
from cliply.services.ranking import rank_candidates
from cliply.services.step_watch import abandoned_on_stop
from resources.artifacts import Artifacts
from resources.database import Database
from resources.ranking import Rankers

CODE_VERSION = "1"
ALL_ONCE = dg.AssetCheckSpec(
    "every_candidate_once",
    asset="ranking",
    description="The ranking has every candidate of the list once, and no other.",
)


@dg.asset(
    group_name="selection",
    partitions_def=jobs,
    pool="llm",
    op_tags=goes_to(Queue.llm),
    retry_policy=SELECT,
    code_version=CODE_VERSION,
    check_specs=[ALL_ONCE],
)
def ranking(
    context: dg.AssetExecutionContext,
    candidates: CandidateList,
    database: dg.ResourceParam[Database],
    artifacts: dg.ResourceParam[Artifacts],
    rankers: dg.ResourceParam[Rankers],
) -> Iterator[dg.Output[Ranking] | dg.AssetCheckResult]:
    """Who of the candidates becomes a clip, under which words (SEL-3); times stay theirs."""
    settings = phases.read_settings(database.engine, JobRef.parse(context.partition_key))
    judged_by = rankers.panel.signature
    with tracked(
        context, database, "ranking", CODE_VERSION, *_asked(candidates, settings), judged_by
    ) as step:
        ranked = step.earlier(lambda job: _settled(artifacts, job))
        if ranked is None:
            # A model may take its time to answer; nothing is lost when nobody waits for it.
            ranked = abandoned_on_stop(
                lambda: rank_candidates(candidates, settings, rankers.panel), step.row.check
            )
        planning.plan(
            database.engine,
            step.ref,
            candidates,
            ranked,
            settings.clip_limit,
            reorder=FORCE_TAG in context.run.tags,
        )
        step.row.output(_summary(ranked))
        yield dg.Output(ranked, metadata=describe_ranking(ranked, candidates))
    yield dg.AssetCheckResult(check_name=ALL_ONCE.name, passed=_is_complete(ranked, candidates))


def _asked(candidates: CandidateList, settings: JobSettings) -> tuple[object, ...]:
    digest = hashlib.sha256(candidates.model_dump_json().encode()).hexdigest()
    return digest, settings.clip_limit, settings.selection.mode.is_given_order


def _settled(artifacts: Artifacts, job: JobRef) -> Ranking:
    """An earlier ranking, unless a provider failed then that may answer now."""
    earlier = artifacts.load(job, "ranking", Ranking)
    if earlier.is_second_choice:
        raise NotFound("The earlier ranking was a second choice; rank again.")
    return earlier


def _summary(ranked: Ranking) -> dict[str, object]:
    costs = [use.cost_usd for use in ranked.uses if use.cost_usd is not None]
    return {
        "ranked_by": ranked.ranked_by,
        "requests": sum(use.requests for use in ranked.uses) or None,
        "input_tokens": sum(use.input_tokens for use in ranked.uses) or None,
        "output_tokens": sum(use.output_tokens for use in ranked.uses) or None,
        "cost_usd": round(sum(costs), 6) if costs else None,
    }


def _is_complete(ranked: Ranking, candidates: CandidateList) -> bool:
    judged = [one.candidate_id for one in ranked.items]
    return sorted(judged) == sorted(one.candidate_id for one in candidates.items)
