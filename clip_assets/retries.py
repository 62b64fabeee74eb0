"""Which failures are worth another attempt, and how often (DAG-5)."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from cliply.errors import CliplyError, ErrorCode, Unavailable

INGEST = dg.RetryPolicy(max_retries=3, delay=30, backoff=dg.Backoff.EXPONENTIAL)
TRANSCRIBE = dg.RetryPolicy(max_retries=2, delay=60)
SCAN = dg.RetryPolicy(max_retries=2, delay=30)
EMBED = dg.RetryPolicy(max_retries=2, delay=5)
LISTEN = dg.RetryPolicy(max_retries=2, delay=30)
SELECT = dg.RetryPolicy(max_retries=3, delay=10)
RENDER = dg.RetryPolicy(max_retries=2, delay=30)


def as_failure(error: CliplyError) -> Exception:
    """What to raise towards Dagster: only `Unavailable` may be tried again.

    A full disk is not emptied by waiting half a minute, so it is told at once.
    """
    if isinstance(error, Unavailable) and error.code is not ErrorCode.disk_full:
        return error
    return dg.Failure(error.message, metadata={"code": error.code.value}, allow_retries=False)


@contextmanager
def interruption_is_final() -> Iterator[None]:
    """Somebody who stops a run does not want its step tried again.

    Dagster applies a step's retry policy to interruptions too; a failure that may not be
    retried ends the run, as cancelled where that was asked for.
    """
    try:
        yield
    except (KeyboardInterrupt, dg.DagsterExecutionInterruptedError) as interruption:
        raise dg.Failure("The step was stopped.", allow_retries=False) from interruption
