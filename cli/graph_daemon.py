"""Dagster's daemon, made to look at its sensors every second instead of every five."""

from dagster._daemon import sensor
from dagster._daemon.cli import main as daemon

LOOP = "MIN_INTERVAL_LOOP_TIME"
LOOP_S = 1
"""Between two looks, whatever interval a sensor asks for; Dagster has no setting for it."""


def hurry() -> None:
    """Raises AttributeError when Dagster keeps the time somewhere else."""
    getattr(sensor, LOOP)
    setattr(sensor, LOOP, LOOP_S)


if __name__ == "__main__":
    hurry()
    daemon()
