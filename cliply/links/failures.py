"""What yt-dlp says when it gives up, as codes and sentences of ours: one table."""

import re
from collections.abc import Collection

from cliply.errors import CliplyError, ErrorCode, InvalidInput, MediaError, Unavailable
from cliply.links.asking import Failure

Code = ErrorCode

KINDS = {
    "GeoRestrictedError": Code.link_geo_blocked,
    "UserNotLive": Code.link_live,
    "UnsupportedError": Code.link_unsupported,
}
"""By the class of an exception, before its text is read."""

TEXTS: tuple[tuple[str, ErrorCode], ...] = (
    (r"no space left on device|disk quota exceeded", Code.disk_full),
    (r"file too large|larger than max-filesize", Code.source_too_large),
    (r"not a bot|captcha|rate-limit|ip address is blocked|ip may be blocked", Code.link_refused),
    (r"tls fingerprint|too many requests", Code.link_refused),
    (r"confirm your age|age.restricted|inappropriate for some users", Code.link_age_limited),
    (r"\bnsfw\b|not be comfortable for some|not old enough|age verif", Code.link_age_limited),
    (r"drm protected|drm-protected|encrypted with drm", Code.link_protected),
    (r"available in your (country|region|location)", Code.link_geo_blocked),
    (r"blocked it in your country|geo.?restrict|not available from your", Code.link_geo_blocked),
    (r"live event will begin|premieres in|will be live|not currently live", Code.link_live),
    (r"not yet started|not started yet|is offline|scheduled for", Code.link_live),
    (r"but not downloadable yet|livestream has ended", Code.link_live),
    (r"members-only|channel's members|subscriber-only|join this channel", Code.link_login_needed),
    (r"requires payment|must be purchased|paid content", Code.link_login_needed),
    (r"is private|private video|private (account|post)|protected tweet", Code.link_private),
    (r"protected by a password|video password|privacy settings", Code.link_private),
    (r"embed-only|do not have permission|who follow this account", Code.link_private),
    (r"has been removed|removed by|account .*terminated", Code.link_removed),
    (r"no longer (available|exists)", Code.link_removed),
    (r"does not exist|has been deleted|was deleted|replay is disabled", Code.link_removed),
    (r"recording is not available|video unavailable|video is unavailable", Code.link_removed),
    (r"tweet is unavailable|not been made available to anyone", Code.link_removed),
    (r"status code 10(000|215|231)\b|video is not available", Code.link_removed),
    (r"(space|channel \".*\"|page|post|clip|video) not found", Code.link_removed),
    (r"registered users|logg?ed.in|log in|login|sign in|authenticat", Code.link_login_needed),
    (r"no video (in|could be found)|is not a video|no video formats", Code.link_unsupported),
    (r"unsupported url|no suitable extractor|no media found", Code.link_unsupported),
)  # fmt: skip
"""The first that is found in the message decides."""

STATUSES = {
    401: Code.link_login_needed,
    403: Code.link_refused,
    404: Code.link_removed,
    410: Code.link_removed,
    429: Code.link_refused,
    451: Code.link_geo_blocked,
}

NETWORK = frozenset(
    {
        "TransportError", "ProxyError", "SSLError", "CertificateVerifyError", "IncompleteRead",
        "ContentTooShortError", "ConnectionError", "ConnectionResetError", "TimeoutError",
    }
)  # fmt: skip

SENTENCES = {
    Code.disk_full: "The disk is full: the video could not be written. Free space, try again.",
    Code.source_too_large: "The video is larger than is taken; upload a shorter or smaller one.",
    Code.link_private: "The video is private; make it public or unlisted, or upload the file.",
    Code.link_removed: "There is no video behind the link any more; check the link.",
    Code.link_age_limited: "The video is for signed-in adults only; upload the file instead.",
    Code.link_login_needed: "The site shows the video to signed-in visitors only; upload the file.",
    Code.link_live: "The stream is live or about to be. Watch it with a stream monitor, or give "
    "the link again when its recording is there.",
    Code.link_geo_blocked: "The video can not be seen from where Cliply runs; upload the file.",
    Code.link_unsupported: "There is no video that can be fetched behind the link; give the link "
    "of the video's own page, or upload the file.",
    Code.link_protected: "The video is protected against copying; it can not be clipped.",
    Code.link_refused: "The site refuses to be asked more for now; try again later.",
    Code.link_unavailable: "The site did not answer as it should; try again later.",
}

PASSING = frozenset({Code.link_refused, Code.link_unavailable, Code.disk_full})
"""Trying again may help."""

HINTS = re.compile(
    r"\s*[.;]?\s*(Use --|Also see|You might want|; please report|See\s+https?:).*", re.S
)
ADDRESSES = re.compile(r"\w+://\S+")
SPEAKER = re.compile(r"^(ERROR: )?(\[[^\]]+\] )?(\S+: )?")
MOST_TEXT = 200


def read_failure(failure: Failure) -> CliplyError:
    """Unavailable for what may pass; else InvalidInput, which is final."""
    code = code_of(failure)
    if code in PASSING:
        return Unavailable(code, SENTENCES[code], failure.retry_after_s)
    if code is Code.link_failed:
        return InvalidInput(
            code,
            f"The video could not be fetched ({shown(failure.message)}). Check that it plays in a "
            "browser where nobody is signed in, or upload the file.",
        )
    kind = MediaError if code is Code.source_too_large else InvalidInput
    return kind(code, SENTENCES[code])


def code_of(failure: Failure) -> ErrorCode:
    """By the kind of exception, its text, the status of the answer, in this order."""
    for kind, code in KINDS.items():
        if kind in failure.kinds:
            return code
    said = HINTS.sub("", failure.message).lower()
    for pattern, code in TEXTS:
        if re.search(pattern, said):
            return code
    if failure.status is not None:
        usual = Code.link_unavailable if failure.status >= 500 else Code.link_failed
        return STATUSES.get(failure.status, usual)
    return Code.link_unavailable if _is_of_network(failure.kinds) else Code.link_failed


def shown(message: str) -> str:
    """What may be read of a message: no address, which may carry a secret, and no advice."""
    text = ADDRESSES.sub("an address", HINTS.sub("", SPEAKER.sub("", message)))
    return " ".join(text.split())[:MOST_TEXT].rstrip(".") or "it did not say why"


def _is_of_network(kinds: Collection[str]) -> bool:
    return not NETWORK.isdisjoint(kinds)
