"""Whether a finished clip is as loud as it should be, and nowhere louder than it may be."""

from cliply.domain.quality import Finding, QualityCheck
from cliply.domain.rendering import Measured, RenderSpec
from cliply.domain.sound import AudioGain
from cliply.media.loudness import MAX_GAIN_DB

LOUDNESS_TOLERANCE_LU = 0.3

ROUNDING_LU = 1e-6
"""0.3 is no binary fraction: -13.7 against -14 must pass."""

CEILING_DBTP = -1.0
"""Of the finished file; the limiter stays further below, because AAC adds true peak."""


def loudness(spec: RenderSpec, measured: Measured) -> Finding:
    """Integrated loudness against the target, in LU; passes where nothing can be levelled."""
    gain, lufs = spec.audio.gain, measured.integrated_lufs
    if lufs is None:
        return _not_levelled("The clip is silent: there is no loudness to bring to a target.")
    if gain is None:
        return _not_levelled(f"The clip has {lufs:.1f} LUFS; its sound was not levelled.")
    apart = abs(lufs - gain.target_lufs)
    within = apart <= LOUDNESS_TOLERANCE_LU + ROUNDING_LU
    reason = None if within else _why_left(gain)
    if reason:
        return _not_levelled(f"The clip has {lufs:.1f} LUFS: {reason}")
    return Finding(
        check=QualityCheck.loudness,
        passed=within,
        value=round(apart, 2),
        limit=LOUDNESS_TOLERANCE_LU,
        message=_loudness_message(lufs, gain.target_lufs, apart, within=within),
    )


def _not_levelled(message: str) -> Finding:
    return Finding(check=QualityCheck.loudness, passed=True, message=message)


def _why_left(gain: AudioGain) -> str | None:
    """Why a gain does not reach its target; None when it should have."""
    if gain.gain_db >= MAX_GAIN_DB:
        return f"more than {MAX_GAIN_DB:g} dB of gain would mostly raise noise."
    if not gain.is_levelled:
        return "it has too little sound to be levelled."
    return None


def _loudness_message(lufs: float, target: float, apart: float, *, within: bool) -> str:
    if within:
        return f"The clip has {lufs:.1f} LUFS, as it should."
    side = "louder" if lufs > target else "softer"
    return f"The clip has {lufs:.1f} LUFS, {apart:.1f} LU {side} than the target of {target:g}."


def true_peak(measured: Measured) -> Finding:
    """The highest peak between samples (ITU-R BS.1770-4, annex 2), in dBTP."""
    peak = measured.true_peak_dbtp
    if peak is None:
        return Finding(
            check=QualityCheck.true_peak, passed=True, message="The clip is silent: it has no peak."
        )
    passed = peak <= CEILING_DBTP
    verdict = "which is fine" if passed else f"above the {CEILING_DBTP:g} dBTP that are safe"
    return Finding(
        check=QualityCheck.true_peak,
        passed=passed,
        value=peak,
        limit=CEILING_DBTP,
        message=f"The highest true peak is {peak:.1f} dBTP, {verdict}.",
    )
