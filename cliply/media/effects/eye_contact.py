"""Eye contact: turns the eyes to the camera, where a model for it is configured."""

from cliply.domain.attachments import AttachmentKind
from cliply.domain.effects import EffectsSpec, EyeContact
from cliply.errors import ErrorCode
from cliply.media.effects.request import Request, refused


def place(request: Request, spec: EffectsSpec) -> EffectsSpec:
    """Refuses: an edit that asks for it must not come out without it."""
    found = request.find(EyeContact)
    if found is None:
        return spec
    field, settings = found
    if settings.model is None:
        reason = "eye contact needs a model, and none is configured: take the effect out."
        raise refused(f"{field}.model", reason, ErrorCode.model_missing)
    request.attachment(settings.model, f"{field}.model", (AttachmentKind.model,))
    raise refused(
        f"{field}.model",
        f"{settings.model!r} can not be run, this version knows no model for eye contact: take "
        "the effect out.",
        ErrorCode.model_unsupported,
    )
