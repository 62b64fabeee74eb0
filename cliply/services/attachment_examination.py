"""Looks at a file for edits or brand kits in a process of its own, which has bounds."""

from pathlib import Path

from cliply.domain.attachments import Attachment, AttachmentKind
from cliply.errors import ErrorCode, InvalidInput
from cliply.services.examination import MEMORY_BYTES, ask_apart

WORKER = Path(__file__).with_name("attachment_worker.py")

TIMEOUT_S = 60.0
"""15 minutes of music, the longest, take 10 s."""

CPU_S = 60


def accept_apart(
    path: Path, kind: AttachmentKind, called: str, *, cpu_s: int = CPU_S
) -> Attachment:
    """What `accept` says of the file. A crash or a loop of a decoder ends that process alone.

    `called` is its name for the tenant, who never saw that of the object. Raises InvalidInput
    as `accept` does and for files that are too much for it, Unavailable when the machine took
    too long.
    """
    bounds = {"cpu_s": cpu_s, "memory_bytes": MEMORY_BYTES}
    asked = {"path": str(path), "kind": kind.value, **bounds}
    answer = ask_apart(WORKER, asked, path, TIMEOUT_S)
    if answer is None:
        raise InvalidInput(
            ErrorCode.attachment_damaged,
            f"{called} can not be examined with the time and memory that a sound file needs: "
            "export it again.",
        )
    if "code" in answer:
        raise InvalidInput(ErrorCode(answer["code"]), answer["message"].replace(path.name, called))
    return Attachment.model_validate(answer["attachment"])
