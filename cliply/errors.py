"""Everything this project raises on purpose.

CliplyError
├── NotFound          the row, object or file is not there, or not the caller's
├── Conflict          it is there, but in the wrong state
├── InvalidInput      what the caller gave can not be used; giving it again will not help
│   └── MediaError    the media can not be processed; trying again will not help
├── SettingsError     the installation is configured wrongly; an operator has to act
├── NotAuthenticated  the caller did not show who they are; signing in helps
├── NotAllowed        the caller may not do this here; somebody with more rights may
├── TooMany           a limit is reached; waiting helps
├── Stale             the thing has changed since the caller read it; reading again helps
├── Cancelled         somebody asked for the work to stop
│   └── Paused        until somebody asks for it to go on
└── Unavailable       a part or an outside service failed; trying again may help

Every error carries a machine code and one sentence that says what happened, to
which thing, and what to do next.
"""

from enum import StrEnum


class ErrorCode(StrEnum):
    """Machine codes, stable across releases."""

    not_found = "NOT_FOUND"
    conflict = "CONFLICT"
    job_state_wrong = "JOB_STATE_WRONG"
    job_paused = "JOB_PAUSED"
    jobs_full = "JOBS_FULL"
    source_expired = "SOURCE_EXPIRED"
    source_pending = "SOURCE_PENDING"
    cancelled = "CANCELLED"
    stale = "STALE"
    not_authenticated = "NOT_AUTHENTICATED"
    token_invalid = "TOKEN_INVALID"
    token_expired = "TOKEN_EXPIRED"
    token_revoked = "TOKEN_REVOKED"
    token_reused = "TOKEN_REUSED"
    credentials_wrong = "CREDENTIALS_WRONG"
    not_allowed = "NOT_ALLOWED"
    email_invalid = "EMAIL_INVALID"
    email_taken = "EMAIL_TAKEN"
    password_weak = "PASSWORD_WEAK"
    name_invalid = "NAME_INVALID"
    invitation_invalid = "INVITATION_INVALID"
    member_exists = "MEMBER_EXISTS"
    last_owner = "LAST_OWNER"
    rate_limited = "RATE_LIMITED"
    idempotency_key_reused = "IDEMPOTENCY_KEY_REUSED"
    idempotency_key_invalid = "IDEMPOTENCY_KEY_INVALID"
    request_invalid = "REQUEST_INVALID"
    json_malformed = "JSON_MALFORMED"
    body_too_large = "BODY_TOO_LARGE"
    request_timeout = "REQUEST_TIMEOUT"
    media_type_unsupported = "MEDIA_TYPE_UNSUPPORTED"
    route_unknown = "ROUTE_UNKNOWN"
    method_not_allowed = "METHOD_NOT_ALLOWED"
    range_invalid = "RANGE_INVALID"
    upload_incomplete = "UPLOAD_INCOMPLETE"
    upload_too_large = "UPLOAD_TOO_LARGE"
    upload_type_unsupported = "UPLOAD_TYPE_UNSUPPORTED"
    upload_expired = "UPLOAD_EXPIRED"
    upload_rejected = "UPLOAD_REJECTED"
    signature_invalid = "SIGNATURE_INVALID"
    address_refused = "ADDRESS_REFUSED"
    delivery_failed = "DELIVERY_FAILED"
    internal = "INTERNAL"
    settings_invalid = "SETTINGS_INVALID"
    option_invalid = "OPTION_INVALID"
    vocabulary_full = "VOCABULARY_FULL"
    output_unwritable = "OUTPUT_UNWRITABLE"

    source_unreadable = "SOURCE_UNREADABLE"
    source_empty = "SOURCE_EMPTY"
    source_not_media = "SOURCE_NOT_MEDIA"
    source_truncated = "SOURCE_TRUNCATED"
    source_corrupt = "SOURCE_CORRUPT"
    source_encrypted = "SOURCE_ENCRYPTED"
    source_too_short = "SOURCE_TOO_SHORT"
    source_too_long = "SOURCE_TOO_LONG"
    source_too_large = "SOURCE_TOO_LARGE"
    source_resolution_too_high = "SOURCE_RESOLUTION_TOO_HIGH"
    source_bitrate_too_high = "SOURCE_BITRATE_TOO_HIGH"
    source_codec_unsupported = "SOURCE_CODEC_UNSUPPORTED"

    link_invalid = "LINK_INVALID"
    link_not_allowed = "LINK_NOT_ALLOWED"
    link_private = "LINK_PRIVATE"
    link_removed = "LINK_REMOVED"
    link_age_limited = "LINK_AGE_LIMITED"
    link_login_needed = "LINK_LOGIN_NEEDED"
    link_live = "LINK_LIVE"
    link_geo_blocked = "LINK_GEO_BLOCKED"
    link_unsupported = "LINK_UNSUPPORTED"
    link_playlist = "LINK_PLAYLIST"
    link_protected = "LINK_PROTECTED"
    link_refused = "LINK_REFUSED"
    link_stalled = "LINK_STALLED"
    link_unavailable = "LINK_UNAVAILABLE"
    link_failed = "LINK_FAILED"

    transcript_unreadable = "TRANSCRIPT_UNREADABLE"
    transcript_invalid = "TRANSCRIPT_INVALID"
    transcript_empty = "TRANSCRIPT_EMPTY"
    transcript_outside_source = "TRANSCRIPT_OUTSIDE_SOURCE"

    span_invalid = "SPAN_INVALID"

    edit_invalid = "EDIT_INVALID"
    attachment_missing = "ATTACHMENT_MISSING"
    attachment_unreadable = "ATTACHMENT_UNREADABLE"
    attachment_empty = "ATTACHMENT_EMPTY"
    attachment_damaged = "ATTACHMENT_DAMAGED"
    attachment_too_large = "ATTACHMENT_TOO_LARGE"
    attachment_too_long = "ATTACHMENT_TOO_LONG"
    attachment_too_short = "ATTACHMENT_TOO_SHORT"
    attachment_unsupported = "ATTACHMENT_UNSUPPORTED"
    attachment_not_image = "ATTACHMENT_NOT_IMAGE"
    attachment_not_video = "ATTACHMENT_NOT_VIDEO"
    attachment_not_audio = "ATTACHMENT_NOT_AUDIO"
    attachment_not_font = "ATTACHMENT_NOT_FONT"
    font_not_embeddable = "FONT_NOT_EMBEDDABLE"
    brand_kit_invalid = "BRAND_KIT_INVALID"
    model_missing = "MODEL_MISSING"
    model_unsupported = "MODEL_UNSUPPORTED"
    model_unknown = "MODEL_UNKNOWN"
    model_changed = "MODEL_CHANGED"
    hub_unavailable = "HUB_UNAVAILABLE"
    hub_refused = "HUB_REFUSED"
    hub_not_allowed = "HUB_NOT_ALLOWED"
    backdrop_unclear = "BACKDROP_UNCLEAR"
    footage_invalid = "FOOTAGE_INVALID"
    footage_unavailable = "FOOTAGE_UNAVAILABLE"

    render_failed = "RENDER_FAILED"
    ffmpeg_missing = "FFMPEG_MISSING"
    ffmpeg_timeout = "FFMPEG_TIMEOUT"
    disk_full = "DISK_FULL"
    storage_unavailable = "STORAGE_UNAVAILABLE"
    database_unavailable = "DATABASE_UNAVAILABLE"
    limits_unavailable = "LIMITS_UNAVAILABLE"
    broker_unavailable = "BROKER_UNAVAILABLE"
    query_empty = "QUERY_EMPTY"
    search_unavailable = "SEARCH_UNAVAILABLE"
    transcriber_unavailable = "TRANSCRIBER_UNAVAILABLE"
    process_not_ready = "PROCESS_NOT_READY"


class CliplyError(Exception):
    """Base of every error raised on purpose."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class NotFound(CliplyError):
    """The row, object or file is not there, or not the caller's."""

    def __init__(self, message: str, code: ErrorCode = ErrorCode.not_found) -> None:
        super().__init__(code, message)


class Conflict(CliplyError):
    """The thing is there, but in the wrong state."""

    def __init__(self, message: str, code: ErrorCode = ErrorCode.conflict) -> None:
        super().__init__(code, message)


class InvalidInput(CliplyError):
    """What the caller gave can not be used; giving it again will not help."""


class MediaError(InvalidInput):
    """The media can not be processed; trying again will not help."""


class SettingsError(CliplyError):
    """The installation is configured wrongly; an operator has to act."""

    def __init__(self, message: str, code: ErrorCode = ErrorCode.settings_invalid) -> None:
        super().__init__(code, message)


class NotAuthenticated(CliplyError):
    """The caller did not show who they are; signing in helps."""

    def __init__(self, message: str, code: ErrorCode = ErrorCode.not_authenticated) -> None:
        super().__init__(code, message)


class NotAllowed(CliplyError):
    """The caller may not do this here; somebody with more rights may."""

    def __init__(self, message: str, code: ErrorCode = ErrorCode.not_allowed) -> None:
        super().__init__(code, message)


class TooMany(CliplyError):
    """A limit is reached; waiting helps."""

    def __init__(
        self, message: str, retry_after_s: int, code: ErrorCode = ErrorCode.rate_limited
    ) -> None:
        super().__init__(code, message)
        self.retry_after_s = retry_after_s


class Stale(CliplyError):
    """The thing has changed since the caller read it; reading it again helps."""

    def __init__(self, message: str, code: ErrorCode = ErrorCode.stale) -> None:
        super().__init__(code, message)


class Cancelled(CliplyError):
    """Somebody asked for the work to stop."""

    def __init__(self, message: str = "The work was cancelled.") -> None:
        super().__init__(ErrorCode.cancelled, message)


class Paused(Cancelled):
    """The work shall not go on until somebody resumes it; what is done is kept."""

    def __init__(self, message: str = "The job is paused; resume it and it goes on.") -> None:
        super().__init__(message)
        self.code = ErrorCode.job_paused


class Unavailable(CliplyError):
    """A part or an outside service failed; trying again may help."""

    def __init__(self, code: ErrorCode, message: str, retry_after_s: int | None = None) -> None:
        super().__init__(code, message)
        self.retry_after_s = retry_after_s
        """How long the service asks to be left alone, where it says so."""
