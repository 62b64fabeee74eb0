import pytest

from cliply.domain.attachments import Attachment, AttachmentKind
from cliply.errors import ErrorCode, InvalidInput
from tests.media.effects.drawn import clip, planned


def test_eye_contact_without_a_model_refuses_and_names_the_field():
    edit = {"effects": [{"kind": "progress_bar"}, {"kind": "eye_contact"}]}
    with pytest.raises(InvalidInput, match=r"effects\.1\.model") as refusal:
        planned(edit, clip((0, 30)))
    assert refusal.value.code is ErrorCode.model_missing


def test_eye_contact_with_a_model_says_that_it_can_not_be_run():
    edit = {"effects": [{"kind": "eye_contact", "model": "gaze"}]}
    gaze = Attachment(content_hash="gaze", kind=AttachmentKind.model, size_bytes=1)
    with pytest.raises(InvalidInput, match=r"effects\.0\.model.*can not be run") as refusal:
        planned(edit, clip((0, 30)), {"gaze": gaze})
    assert refusal.value.code is ErrorCode.model_unsupported
    with pytest.raises(InvalidInput, match="not attached"):
        planned(edit, clip((0, 30)))
