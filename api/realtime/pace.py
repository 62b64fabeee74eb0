"""How often streams do things, and how long they wait."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """How often things are done, in seconds; tests are in a hurry."""

    heartbeat_s: float = 15.0
    """Between two signs of life to a watcher."""
    send_s: float = 30.0
    """Who does not read for that long is given up."""
    auth_s: float = 10.0
    """For the first message of who has sent no token with the request."""
    round_s: float = 15.0
    """Between looks at every watched job and every watcher."""
    poll_s: float = 1.0
    """The same while nothing is told: no connection, or a pooler in between."""
    progress_s: float = 0.25
    """Between two reads of a job's progress."""
    linger_s: float = 10.0
    """How long it listens on after the last watcher has gone."""
    longest_wait_s: float = 15.0
    """Between two tries to connect."""
