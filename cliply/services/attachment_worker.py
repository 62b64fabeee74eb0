"""The process that `attachment_examination` starts: bounds itself, looks at one file, answers."""

import json
import sys
from pathlib import Path
from typing import Any

from cliply.services.examination_worker import bound


def main() -> None:
    """Print `{"attachment": …}`, or `{"code": …, "message": …}` for a file that is refused."""
    asked = json.loads(sys.argv[1])
    bound(asked["cpu_s"], asked["memory_bytes"])
    sys.stdout.write(json.dumps(answer(asked)))


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """What is known about the file. The imports come after the bounds."""
    from cliply.domain.attachments import AttachmentKind
    from cliply.errors import InvalidInput
    from cliply.media.attachments import accept

    try:
        attachment = accept(Path(asked["path"]), AttachmentKind(asked["kind"]))
    except InvalidInput as error:
        return {"code": error.code.value, "message": error.message}
    return {"attachment": attachment.model_dump(mode="json")}


if __name__ == "__main__":
    main()
