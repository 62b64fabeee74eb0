"""Prints `docs/errors.md`: `python -m api.error_docs > docs/errors.md`."""

import sys

from api.error_meanings import SECTIONS, Meaning
from api.errors import BY_CODE, OF_HTTP, STATUS
from cliply.errors import ErrorCode

HEAD = """\
# Errors

Every answer from 400 on has the same form, whatever failed:

```json
{"error": {"code": "NOT_FOUND", "message": "There is no job 7f0c….", "trace_id": "4bf9…"}}
```

`code` is for programs and stays the same across releases; `message` is for people and says what
to do next. `trace_id` is also the answer's `X-Request-Id`: name it when you ask for help. `fields`
is there when parts of the request are meant, as in `body.max_clips`. A job or an upload that failed
carries the same codes. Answers of 429 and 503 say in `Retry-After` when to try again.
"""


def page() -> str:
    """The whole page, every code in one table."""
    parts = [HEAD]
    for title, meanings in SECTIONS.items():
        parts.append(f"\n## {title}\n\n| code | status | meaning |\n|---|---|---|\n")
        parts += [
            f"| `{code}` | {status_of_code(code, meaning)} | {meaning[1]} |\n"
            for code, meaning in meanings.items()
        ]
    return "".join(parts)


def status_of_code(code: ErrorCode, meaning: Meaning) -> int:
    """The HTTP status that the code comes with."""
    if code in BY_CODE:
        return BY_CODE[code]
    for status, known in OF_HTTP.items():
        if known is code and status != 400:
            return status
    return OF_FRAME.get(code) or next(STATUS[kind] for kind in meaning[0].__mro__ if kind in STATUS)


OF_FRAME = {ErrorCode.request_timeout: 408, ErrorCode.internal: 500}
"""What the application is framed by answers itself."""


if __name__ == "__main__":
    sys.stdout.write(page())
