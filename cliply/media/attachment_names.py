"""Which files an edit needs besides its source, and where it names them."""

from collections.abc import Iterator

from cliply.domain.attachments import AttachmentKind, AttachmentName
from cliply.domain.editing import Edit
from cliply.domain.effects import BRoll, EyeContact
from cliply.domain.value import Value

PICTURES = frozenset({AttachmentKind.image, AttachmentKind.video})


class Needed(Value):
    """A file that a field of an edit names."""

    field: str
    name: AttachmentName
    kinds: frozenset[AttachmentKind]
    optional: bool = False
    """Whether the name may also be that of something that comes along, such as a font."""


def attachment_names(edit: Edit) -> tuple[Needed, ...]:
    """Every attachment that an edit names, in the order of its nodes."""
    return tuple(need for need in (*_green_screen(edit), *_effects(edit), *_rest(edit)) if need)


def _green_screen(edit: Edit) -> Iterator[Needed]:
    key = edit.green_screen
    if key is None:
        return
    if not key.background.startswith("#"):
        yield Needed(field="green_screen.background", name=key.background, kinds=PICTURES)
    yield from _one("green_screen.model", key.model, AttachmentKind.model)


def _effects(edit: Edit) -> Iterator[Needed]:
    for number, effect in enumerate(edit.effects):
        if isinstance(effect, BRoll):
            for place, span in enumerate(effect.spans):
                field = f"effects.{number}.spans.{place}.attachment"
                yield Needed(field=field, name=span.attachment, kinds=PICTURES)
        elif isinstance(effect, EyeContact):
            yield from _one(f"effects.{number}.model", effect.model, AttachmentKind.model)


def _rest(edit: Edit) -> Iterator[Needed]:
    audio, brand = edit.audio_suite, edit.brand
    yield from _font("captions.font", edit.captions.font)
    if audio.music:
        yield from _one(
            "audio_suite.music.attachment", audio.music.attachment, AttachmentKind.audio
        )
    if audio.noise:
        yield from _one("audio_suite.noise.model", audio.noise.model, AttachmentKind.model)
    if brand is None:
        return
    if brand.logo:
        yield Needed(field="brand.logo.attachment", name=brand.logo.attachment, kinds=PICTURES)
    yield from _font("brand.font", brand.font)
    yield from _one("brand.intro", brand.intro, AttachmentKind.video)
    yield from _one("brand.outro", brand.outro, AttachmentKind.video)


def _one(field: str, name: str | None, kind: AttachmentKind) -> Iterator[Needed]:
    if name is not None:
        yield Needed(field=field, name=name, kinds=frozenset({kind}))


def _font(field: str, name: str | None) -> Iterator[Needed]:
    if name is not None:
        kinds = frozenset({AttachmentKind.font})
        yield Needed(field=field, name=name, kinds=kinds, optional=True)
