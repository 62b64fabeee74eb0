"""Who ranks candidates in this installation."""

from dataclasses import dataclass

from cliply.services.ranking import Panel


@dataclass(frozen=True)
class Rankers:
    """A plain object: a resource's configuration is shown in the Dagster UI, with keys in it."""

    panel: Panel
