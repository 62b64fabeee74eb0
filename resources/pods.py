"""Steps in pods of their own, sized by the tags of their queue."""

import dagster as dg

from cliply.errors import SettingsError


def pod_executor() -> dg.ExecutorDefinition:
    """Raises SettingsError where the package is not installed."""
    try:
        from dagster_k8s import k8s_job_executor  # type: ignore[import-not-found]
    except ImportError:
        raise SettingsError(
            "EXECUTION=kubernetes needs the package dagster-k8s of Dagster's version;"
            " deploy/Dockerfile installs it."
        ) from None
    executor: dg.ExecutorDefinition = k8s_job_executor
    return executor
