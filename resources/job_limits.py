"""How much of the installation one workspace may use."""

import dagster as dg


class JobLimits(dg.ConfigurableResource[None]):
    """What holds for workspaces that have no numbers of their own."""

    concurrent_jobs: int = 4
    """Jobs that are at work at once."""
