"""Queues that work waits in, and what a worker of each needs."""

from collections.abc import Mapping
from enum import StrEnum

from cliply.domain.value import Value


class Queue(StrEnum):
    """By what a step uses most; runs themselves only watch over their steps."""

    runs = "runs"
    cpu = "cpu"
    """Whatever has no queue of its own."""
    asr = "asr"
    vision = "vision"
    render = "render"
    publish = "publish"
    llm = "llm"


class Needs(Value):
    """What one process of a queue asks of its machine."""

    cpus: float
    memory_gib: float
    gpus: int = 0
    """A GPU is used where there is one; `EXECUTION=kubernetes` asks for as many."""


NEEDS: Mapping[Queue, Needs] = {
    Queue.runs: Needs(cpus=0.25, memory_gib=0.5),
    Queue.cpu: Needs(cpus=1, memory_gib=2),
    Queue.asr: Needs(cpus=2, memory_gib=8, gpus=1),
    Queue.vision: Needs(cpus=2, memory_gib=6, gpus=1),
    Queue.render: Needs(cpus=4, memory_gib=4),
    Queue.publish: Needs(cpus=0.5, memory_gib=1),
    Queue.llm: Needs(cpus=0.5, memory_gib=1),
}

FIRST, LAST = 0, 9
"""Places in a queue; the broker keeps a list for each of 0, 3, 6 and 9."""


def place_of(priority: int) -> int:
    """The place in its queue of work of a job of this priority; higher ones go first."""
    if priority > 0:
        return FIRST
    return 3 if priority == 0 else LAST
