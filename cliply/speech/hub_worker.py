"""Fetches the weights of a Whisper model from the model hub; run as a script.

A process of its own can be ended in the middle of a download, and keeps the libraries'
progress bars and warnings to itself.
"""

import json
import sys
from typing import Any


def main() -> None:
    """Answer `{"reachable": true}` as soon as the hub responds, then `{"folder": …}`."""
    model, cache_dir = sys.argv[1:]
    try:
        _probe()
        _answer({"reachable": True})
        _answer({"folder": _fetch(model, cache_dir)})
    except Exception as error:  # the process boundary: the parent reports it
        _answer({"error": f"{type(error).__name__}: {error}"})


def _probe() -> None:
    """One request, through whatever proxy is set; raises when nothing answers."""
    from huggingface_hub import constants, get_session

    get_session().head(constants.ENDPOINT, timeout=3)


def _fetch(model: str, cache_dir: str) -> str:
    from faster_whisper.utils import download_model

    return str(download_model(model, cache_dir=cache_dir))


def _answer(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
