"""What yt-dlp says, in its own words, and what a person reads of it."""

import pytest

from cliply.errors import ErrorCode, InvalidInput, MediaError, Unavailable
from cliply.links.asking import Failure
from cliply.links.failures import PASSING, SENTENCES, code_of, read_failure

Code = ErrorCode
HINT = (
    " Use --cookies-from-browser or --cookies for the authentication. See  https://github.com/yt-dlp"
    "/yt-dlp/wiki/FAQ#how-do-i-pass-cookies-to-yt-dlp  for how to manually pass cookies"
)

SAID = [
    ("Private video. Sign in if you've been granted access to this video." + HINT,
     Code.link_private),
    ("Video unavailable. This video is private", Code.link_private),
    ("This video is protected by a password, use the --video-password option", Code.link_private),
    ("Wrong video password", Code.link_private),
    ("Cannot download embed-only video without embedding URL.", Code.link_private),
    ("You are not authorized to view this protected tweet." + HINT, Code.link_private),
    ("You do not have permission to view this post. Log into an account that has access." + HINT,
     Code.link_private),
    ("This content is only available for registered users who follow this account." + HINT,
     Code.link_private),
    ("Video unavailable", Code.link_removed),
    ("Video unavailable. This video has been removed by the uploader", Code.link_removed),
    ("This video has been removed for violating YouTube's Terms of Service", Code.link_removed),
    ("Video unavailable. This video is no longer available because the YouTube account associated "
     "with this video has been terminated.", Code.link_removed),
    ("This live stream recording is not available.", Code.link_removed),
    ("Video 123 does not exist", Code.link_removed),
    ("Requested tweet is unavailable", Code.link_removed),
    ("Broadcast no longer exists", Code.link_removed),
    ("Twitter Space not found", Code.link_removed),
    ("Sign in to confirm your age. This video may be inappropriate for some users." + HINT,
     Code.link_age_limited),
    ("NSFW tweet requires authentication." + HINT, Code.link_age_limited),
    ("Join this channel to get access to members-only content like this video, and other exclusive "
     "perks.", Code.link_login_needed),
    ("This video is available to this channel's members on level: Bee. Join this channel",
     Code.link_login_needed),
    ("This video is only available for registered users." + HINT, Code.link_login_needed),
    ("You must be logged into an account that has access to this subscriber-only content." + HINT,
     Code.link_login_needed),
    ("Instagram sent an empty media response. Check if this post is accessible in your browser "
     "without being logged-in.", Code.link_login_needed),
    ("This live event will begin in 3 hours.", Code.link_live),
    ("Premieres in 2 days", Code.link_live),
    ("This live broadcast has not yet started", Code.link_live),
    ("The channel is not currently live", Code.link_live),
    ("This livestream has ended", Code.link_live),
    ("The uploader has not made this video available in your country", Code.link_geo_blocked),
    ("Video unavailable. This video contains content from X, who has blocked it in your country on "
     "copyright grounds", Code.link_geo_blocked),
    ("This video is not available from your location due to geo restriction",
     Code.link_geo_blocked),
    ("This video is DRM protected", Code.link_protected),
    ("Unsupported URL: https://media.example/page", Code.link_unsupported),
    ("There is no video in this post", Code.link_unsupported),
    ("No video could be found in this tweet", Code.link_unsupported),
    ("No video formats found!; please report this issue on  https://github.com/yt-dlp/yt-dlp/issues",
     Code.link_unsupported),
    ("Sign in to confirm you\u2019re not a bot." + HINT, Code.link_refused),
    ("This content isn't available, try again later. The current session has been rate-limited by "
     "YouTube for up to an hour.", Code.link_refused),
    ("Your IP address is blocked from accessing this post", Code.link_refused),
    ("This request has been blocked due to its TLS fingerprint. Install a required impersonation "
     "dependency if possible", Code.link_refused),
    ("unable to write data: [Errno 28] No space left on device", Code.disk_full),
    ("unable to write data: [Errno 27] File too large", Code.source_too_large),
    ("Unable to extract initial data; please report this issue on  https://github.com/yt-dlp",
     Code.link_failed),
]  # fmt: skip


@pytest.mark.parametrize(("said", "code"), SAID, ids=lambda value: str(value)[:40])
def test_the_words_of_yt_dlp_have_a_code(said: str, code: ErrorCode) -> None:
    assert code_of(Failure(message=f"ERROR: [youtube] aqz-KE-bpKQ: {said}")) is code


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, Code.link_login_needed), (403, Code.link_refused), (404, Code.link_removed),
        (410, Code.link_removed), (429, Code.link_refused), (451, Code.link_geo_blocked),
        (500, Code.link_unavailable), (503, Code.link_unavailable), (418, Code.link_failed),
    ],
)  # fmt: skip
def test_an_answer_without_words_is_read_by_its_status(status: int, code: ErrorCode) -> None:
    message = f"Unable to download webpage: HTTP Error {status}: Something"

    assert code_of(Failure(message=message, kinds=("HTTPError",), status=status)) is code


@pytest.mark.parametrize(
    ("kinds", "code"),
    [
        (("DownloadError", "GeoRestrictedError"), Code.link_geo_blocked),
        (("DownloadError", "UnsupportedError"), Code.link_unsupported),
        (("DownloadError", "UserNotLive"), Code.link_live),
        (("DownloadError", "TransportError"), Code.link_unavailable),
        (("DownloadError", "KeyError"), Code.link_failed),
    ],
)
def test_the_kind_of_an_exception_is_told_apart(kinds: tuple[str, ...], code: ErrorCode) -> None:
    assert code_of(Failure(message="something", kinds=kinds)) is code


def test_only_what_may_pass_is_tried_again() -> None:
    refused = read_failure(Failure(message="HTTP Error 429", status=429, retry_after_s=30))
    private = read_failure(Failure(message="Private video"))
    large = read_failure(Failure(message="File too large"))

    assert isinstance(refused, Unavailable)
    assert refused.retry_after_s == 30
    assert isinstance(private, InvalidInput)
    assert isinstance(large, MediaError)


def test_a_message_that_nobody_knows_is_shown_without_addresses_and_advice() -> None:
    said = (
        "ERROR: [youtube] abc: Unable to parse https://cdn.example/v?token=secret here; please "
        "report this issue on  https://github.com/yt-dlp/yt-dlp/issues?q= , filling out the form"
    )

    message = read_failure(Failure(message=said)).message

    assert "Unable to parse an address here" in message
    assert "secret" not in message
    assert "report" not in message


def test_every_code_has_its_sentence() -> None:
    told = {code for _, code in SAID} | PASSING

    assert told - set(SENTENCES) == {Code.link_failed}
