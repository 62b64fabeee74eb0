"""Takes secrets out of what is logged, wherever in a text they stand."""

import re
from typing import Any

GONE = "[redacted]"

SECRET_NAMES = frozenset(
    {"authorization", "cookie", "password", "secret", "signature", "token", "access_token",
     "refresh_token", "api_key", "former_secret", "secret_key"}
)  # fmt: skip
"""What is logged under such a name is never shown."""

_NAMED = (
    r"signature|x-amz-signature|x-amz-credential|x-amz-security-token|sig|token|password|secret"
)

PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    # API tokens; roles of the database such as cliply_system are shorter.
    (re.compile(r"cliply_[A-Za-z0-9_-]{16,}"), f"cliply_{GONE}"),
    (re.compile(r"eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){1,4}"), f"eyJ{GONE}"),
    (re.compile(r"whsec_[A-Za-z0-9+/=_-]+"), f"whsec_{GONE}"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[^\s\"',]+"), rf"\1 {GONE}"),
    (re.compile(rf"(?i)([?&\s\"']|^)((?:{_NAMED})=)[^&\s\"']+"), rf"\1\2{GONE}"),
    (re.compile(rf"(?i)(['\"](?:{_NAMED})['\"]\s*:\s*)['\"][^'\"]*['\"]"), rf'\1"{GONE}"'),
    (re.compile(r"(?i)(authorization|cookie)(['\"]?\s*[:=]\s*['\"]?)[^\"'\r\n]+"), rf"\1\2{GONE}"),
    # postgresql://user:password@host
    (re.compile(r"(://[^/\s:@]*):[^@\s/]+@"), rf"\1:{GONE}@"),
    # What SQLAlchemy and Postgres say about the values of a failed statement.
    (re.compile(r"\[parameters: .*?\](?=\n|$)", re.DOTALL), f"[parameters: {GONE}]"),
    (re.compile(r"(Key \(.*?\)=)\([^)]*\)"), rf"\1({GONE})"),
    (re.compile(r"(Failing row contains )\(.*?\)(?=\.|$)", re.DOTALL), rf"\1({GONE})"),
)


def redacted(text: str) -> str:
    """The text with every secret in it made unreadable."""
    for pattern, instead in PATTERNS:
        text = pattern.sub(instead, text)
    return text


def redacted_value(value: Any, name: str = "") -> Any:
    """The same for what is logged under a name, into lists and mappings."""
    if name.lower() in SECRET_NAMES:
        return GONE
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, dict):
        return {key: redacted_value(one, str(key)) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [redacted_value(one) for one in value]
    return value if isinstance(value, int | float | None) else redacted(str(value))
