"""An edit and what is known of its source become everything that decides a clip's bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from cliply.domain.attachments import Attachment
from cliply.domain.audio import AudioFeatures
from cliply.domain.brand import BrandKit
from cliply.domain.captions import CaptionSeam, CaptionSpec, Cue, FontRef
from cliply.domain.colours import Colour
from cliply.domain.editing import Edit
from cliply.domain.effects import EffectsSpec, MagicZoom
from cliply.domain.export import EncoderSpec
from cliply.domain.faces import FaceTrackList, SpeakingSpan
from cliply.domain.framing import Framing, Layout
from cliply.domain.media import SourceMedia
from cliply.domain.rendering import BrandClips, RenderSpec, Toolchain
from cliply.domain.scenes import SceneList
from cliply.domain.sound import AudioSpec
from cliply.domain.timeline import Timeline
from cliply.domain.timing import TimeRange
from cliply.domain.transcript import Transcript, Word
from cliply.errors import ErrorCode, InvalidInput
from cliply.media.beat_cuts import REACH_MS, snap_to_beats
from cliply.media.brand_clips import brand_frames
from cliply.media.captions import caption_spec, dressed_cues
from cliply.media.cues import cue_limits, make_cues
from cliply.media.effects import plan_effects
from cliply.media.encoders import encoder_spec, frame_rate_for, limit_notes
from cliply.media.fonts import FontShelf
from cliply.media.keep_list import Heard, plan_timeline
from cliply.media.music_bed import played_beats
from cliply.media.quality import mended_edges
from cliply.media.reframe import reframe
from cliply.media.retiming import breaks_ms, words_in_clip
from cliply.media.sound_plan import plan_audio
from cliply.media.speakers import active_speaker, turns_of

NEARBY_MS = 2_000
"""Words this far outside the clip are still looked at, for edges that move."""

LEARNED_MS = 300_000
"""Speech this far before and after a clip tells which voice is whose."""

FACE_BELOW = (Layout.split, Layout.three, Layout.screen_face)


@dataclass(frozen=True)
class Material:
    """What is known of a source."""

    source: SourceMedia
    source_hash: str
    transcript: Transcript
    features: AudioFeatures
    levels: pl.DataFrame
    scenes: SceneList
    faces: FaceTrackList


@dataclass(frozen=True)
class Equipment:
    """What this machine brings to a render."""

    toolchain: Toolchain
    shelf: FontShelf
    encoders: frozenset[str]
    """Names of the encoders that work."""


@dataclass(frozen=True)
class Wanted:
    """An edit with its brand in it, and the files that it names."""

    edit: Edit
    title: str
    attachments: Mapping[str, Attachment]
    backdrop: Colour | None = None


def build_spec(
    edit: Edit,
    moment: TimeRange,
    title: str,
    material: Material,
    equipment: Equipment,
    attachments: Mapping[str, Attachment],
    *,
    backdrop: Colour | None = None,
) -> RenderSpec:
    """The render spec of one clip of `moment`, every automatic choice made.

    `attachments` are the accepted files by the names that the edit uses, `backdrop` the
    measured colour of a green screen whose colour the edit leaves open. Raises InvalidInput
    that names the field of the edit that can not be.
    """
    wanted = Wanted(branded(edit), title, attachments, backdrop)
    timeline, cut_notes = _timeline(wanted, moment, material)
    cut = Cut(timeline, _words_near(material.transcript, timeline))
    picture = _picture(wanted, cut, material, equipment)
    text = _text(wanted, cut, picture, equipment.shelf)
    audio, audio_notes = _sound(wanted, cut, material)
    return RenderSpec(
        toolchain=equipment.toolchain,
        source_hash=material.source_hash,
        source=material.source,
        title=title,
        edit=wanted.edit,
        aspect_ratio=wanted.edit.reframe.aspect_ratio,
        timeline=timeline,
        framing=picture.framing,
        effects=picture.effects,
        cues=text.cues,
        captions=text.captions,
        fonts=text.fonts,
        audio=audio,
        brand=_brand_clips(wanted),
        encoder=picture.encoder,
        notes=(
            *cut_notes,
            *picture.effects.notes,
            *text.notes,
            *audio_notes,
            *picture.encoder.notes,
            *limit_notes(wanted.edit.export.platform, timeline.duration_ms),
        ),
    )


@dataclass(frozen=True)
class Cut:
    """The time map of a clip and the words in and around it."""

    timeline: Timeline
    words: Sequence[Word]


@dataclass(frozen=True)
class Picture:
    """What is seen of a clip, apart from its text."""

    framing: Framing
    effects: EffectsSpec
    encoder: EncoderSpec

    @property
    def size_px(self) -> tuple[int, int]:
        return self.encoder.width_px, self.encoder.height_px


@dataclass(frozen=True)
class Text:
    """What is written into a clip and beside it."""

    cues: tuple[Cue, ...]
    captions: CaptionSpec | None
    fonts: tuple[FontRef, ...]
    notes: tuple[str, ...]


def _picture(wanted: Wanted, cut: Cut, material: Material, equipment: Equipment) -> Picture:
    edit, source, timeline = wanted.edit, material.source, cut.timeline
    encoder = encoder_spec(
        edit.export,
        edit.reframe.aspect_ratio,
        source,
        equipment.encoders,
        duration_ms=timeline.duration_ms,
    )
    effects = plan_effects(
        edit,
        title=wanted.title,
        timeline=timeline,
        words=cut.words,
        attachments=wanted.attachments,
        size_px=(encoder.width_px, encoder.height_px),
        backdrop=wanted.backdrop,
    )
    spans, scenes, faces = timeline.source_spans, material.scenes, material.faces
    framing = reframe(source, edit.reframe, spans, scenes, faces, _spoken(spans, material))
    return Picture(framing, calmed(effects, edit, framing, timeline), encoder)


def _spoken(spans: Sequence[TimeRange], material: Material) -> list[SpeakingSpan]:
    """Who speaks when in what is kept; whose voice is whose is learned from minutes around."""
    start_ms = min(span.start_ms for span in spans) - LEARNED_MS
    end_ms = max(span.end_ms for span in spans) + LEARNED_MS
    near = TimeRange(start_ms=max(0, start_ms), end_ms=end_ms)
    tracks = [track for track in material.faces.tracks if track.span.overlaps(near)]
    return active_speaker(tracks, material.features.speech, turns_of(material.transcript.words))


def calmed(effects: EffectsSpec, edit: Edit, framing: Framing, timeline: Timeline) -> EffectsSpec:
    """Without zooms that nobody placed where there are several panes: the lines between them
    would move."""
    if any(isinstance(one, MagicZoom) and one.at is not None for one in edit.effects):
        return effects
    shared = [
        place
        for framed in framing.spans
        if len(framed.panes) > 1
        for place in timeline.in_clip(framed.span)
    ]
    zooms = [z for z in effects.zooms if not any(z.span.overlaps(place) for place in shared)]
    return effects.model_copy(update={"zooms": tuple(zooms)})


def _sound(wanted: Wanted, cut: Cut, material: Material) -> tuple[AudioSpec, tuple[str, ...]]:
    return plan_audio(
        wanted.edit.audio_suite,
        levels=material.levels if material.source.audio else None,
        timeline=cut.timeline,
        words=cut.words,
        speech=material.features.speech,
        attachments=wanted.attachments,
    )


def _text(wanted: Wanted, cut: Cut, picture: Picture, shelf: FontShelf) -> Text:
    edit = wanted.edit
    cues = _cues(edit, cut.words, cut.timeline)
    captions = caption_spec(
        edit.captions,
        edit.reframe.aspect_ratio,
        picture.size_px,
        edit.export.platform,
        shelf,
        [cue.text for cue in cues],
        seams(picture.framing, cut.timeline),
    )
    fonts, notes = _title_fonts(wanted, picture, shelf)
    return Text(cues, captions, fonts, (*(captions.notes if captions else ()), *notes))


def branded(edit: Edit) -> Edit:
    """The edit with the brand's font and colours where it names none of its own."""
    if edit.brand is None:
        return edit
    colours = edit.brand.colours
    wanted = {
        "font": edit.brand.font,
        "text_colour": colours.text,
        "accent_colour": colours.accent,
        "outline_colour": colours.outline,
    }
    chosen = edit.captions.model_fields_set
    ours = {name: value for name, value in wanted.items() if value and name not in chosen}
    captions = edit.captions.model_copy(update=ours)
    return edit.model_copy(update={"captions": captions}) if ours else edit


def _timeline(
    wanted: Wanted, moment: TimeRange, material: Material
) -> tuple[Timeline, tuple[str, ...]]:
    """The time map, with edges off the words, cuts on the beat, and the brand around it."""
    cut, source = wanted.edit.base_cut, material.source
    heard = Heard(
        words=material.transcript.words,
        fillers=material.transcript.fillers,
        silences=material.features.silences,
    )
    rate = frame_rate_for(wanted.edit.export, source)
    timeline = plan_timeline(cut, moment, heard, frame_rate=rate, source_ms=source.duration_ms)
    words = _words_near(material.transcript, timeline)
    gone = (*cut.cut, *(material.transcript.fillers if cut.remove_fillers else ()))
    timeline, notes = mended_edges(timeline, words, source.duration_ms, gone)
    brand = _brand_clips(wanted)
    around = {
        "intro_frames": brand_frames(brand.intro, rate),
        "outro_frames": brand_frames(brand.outro, rate),
    }
    return _on_the_beat(wanted, timeline.model_copy(update=around), source), notes


def _on_the_beat(wanted: Wanted, timeline: Timeline, source: SourceMedia) -> Timeline:
    music = wanted.edit.audio_suite.music
    bed = wanted.attachments.get(music.attachment) if music else None
    if bed is None or not wanted.edit.base_cut.snap_to_beats:
        return timeline
    latest_ms = timeline.duration_ms + REACH_MS * len(timeline.spans)
    return snap_to_beats(timeline, played_beats(bed, latest_ms), source_ms=source.duration_ms)


def _brand_clips(wanted: Wanted) -> BrandClips:
    brand: BrandKit | None = wanted.edit.brand
    if brand is None:
        return BrandClips()
    return BrandClips(
        intro=_attached(brand.intro, "brand.intro", wanted.attachments),
        outro=_attached(brand.outro, "brand.outro", wanted.attachments),
    )


def _attached(
    name: str | None, field: str, attachments: Mapping[str, Attachment]
) -> Attachment | None:
    if name is None:
        return None
    if name not in attachments:
        raise InvalidInput(
            ErrorCode.attachment_missing,
            f"{field} names the file {name!r}, which is not there. Add it or leave the field out.",
        )
    return attachments[name]


def _words_near(transcript: Transcript, timeline: Timeline) -> tuple[Word, ...]:
    hull = timeline.hull
    near = TimeRange(start_ms=max(0, hull.start_ms - NEARBY_MS), end_ms=hull.end_ms + NEARBY_MS)
    return tuple(word for word in transcript.words if word.span.overlaps(near))


def _cues(edit: Edit, words: Sequence[Word], timeline: Timeline) -> tuple[Cue, ...]:
    """The cues a person has edited, else those of the transcript."""
    if edit.captions.cues is not None:
        return dressed_cues(_inside(edit.captions.cues, timeline.duration_ms), edit.captions)
    max_words, max_chars = cue_limits(edit.reframe.aspect_ratio, edit.captions)
    cues = make_cues(
        words_in_clip(words, timeline),
        timeline.duration_ms,
        max_words=max_words,
        max_chars=max_chars,
        breaks_ms=breaks_ms(timeline),
    )
    return dressed_cues(cues, edit.captions)


def _inside(cues: Sequence[Cue], duration_ms: int) -> tuple[Cue, ...]:
    for number, cue in enumerate(cues):
        if cue.span.end_ms > duration_ms:
            raise InvalidInput(
                ErrorCode.edit_invalid,
                f"captions.cues.{number} ends at {cue.span.end_ms} ms, after the clip does at "
                f"{duration_ms} ms; choose an earlier end.",
            )
    return tuple(cues)


def seams(framing: Framing, timeline: Timeline) -> tuple[CaptionSeam, ...]:
    """The lowest line between panes that lie one above the other, where the lower one shows
    a face."""
    found = []
    for framed in framing.spans:
        lines = [pane.region.y for pane in framed.panes if pane.region.y > 0]
        if framed.layout in FACE_BELOW and lines:
            places = timeline.in_clip(framed.span)
            found += [CaptionSeam(span=place, y=max(lines)) for place in places]
    return tuple(found)


def _title_fonts(
    wanted: Wanted, picture: Picture, shelf: FontShelf
) -> tuple[tuple[FontRef, ...], tuple[str, ...]]:
    """Fonts of all that is written besides captions; none when nothing is."""
    effects, lower = picture.effects, picture.effects.lower_third
    texts = [effects.title.text] if effects.title else []
    texts += [text for text in (lower.title, lower.subtitle) if text] if lower else []
    if any(framed.layout is Layout.waveform for framed in picture.framing.spans):
        texts.append(wanted.title)
    if not texts:
        return (), ()
    font = wanted.edit.brand.font if wanted.edit.brand else None
    chosen = shelf.choose(font or wanted.edit.captions.font, texts)
    return chosen.fonts, chosen.notes
