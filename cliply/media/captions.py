"""Captions as files: ASS to burn in, SRT and VTT to go along with the clip."""

import re
from collections.abc import Iterable, Iterator, Sequence
from unicodedata import normalize

import pysubs2

from cliply.domain.captions import (
    CaptionPosition,
    CaptionSeam,
    CaptionSettings,
    CaptionSpec,
    CaptionStyle,
    Cue,
    CueWord,
    FontRef,
)
from cliply.domain.effects import LowerThird, PlacedTitle
from cliply.domain.export import Platform
from cliply.domain.framing import AspectRatio
from cliply.domain.timing import TimeRange
from cliply.media.ass import bgr, escaped, in_hundredths, new_document, style
from cliply.media.bidi import reads_from_right
from cliply.media.caption_styles import ANIMATIONS
from cliply.media.caption_styles.animation import Look, SpokenWord
from cliply.media.emoji import with_emoji
from cliply.media.fonts import FontShelf
from cliply.media.han import han_language
from cliply.media.profanity import masked
from cliply.media.safe_areas import SafeArea, safe_area
from cliply.media.shaping import shape
from cliply.media.titles_ass import Titles
from cliply.media.typefaces import Typeface
from cliply.media.typesetting import Box, PlacedWord, Setting, hull, set_words

GREEK_ACCENT = re.compile("(?<=[\u0391-\u03a9])\u0301")

OUTLINE_EM = 0.075
SHADOW_EM = 0.03


def caption_spec(
    settings: CaptionSettings,
    aspect: AspectRatio,
    size_px: tuple[int, int],
    platform: Platform,
    shelf: FontShelf,
    texts: Iterable[str],
    seams: tuple[CaptionSeam, ...] = (),
) -> CaptionSpec | None:
    """Captions for a frame of this size; None when none are wanted.

    `texts` are those of all cues, as they will be shown. Type is large enough to read on a
    phone: at size 1 a twelfth of the width, in 16:9 a fifteenth of the height. Raises
    MediaError when the font is unknown or can not be read.
    """
    if settings.style is CaptionStyle.none:
        return None
    shown = [_cased(text, settings.uppercase) for text in texts]
    chosen = shelf.choose(settings.font, shown)
    (width, height), area = size_px, safe_area(platform, aspect)
    em_px = settings.size * min(0.065 * height, 0.08 * width)
    return CaptionSpec(
        style=settings.style,
        fonts=chosen.fonts,
        language=han_language(shown),
        size_px=em_px,
        text_colour=settings.text_colour,
        accent_colour=settings.accent_colour,
        outline_colour=settings.outline_colour,
        outline_px=settings.outline * OUTLINE_EM * em_px,
        position=settings.position,
        seams=seams,
        words_per_line=settings.words_per_line,
        uppercase=settings.uppercase,
        left_px=area.left * width,
        right_px=area.right * width,
        top_px=area.top * height,
        bottom_px=area.bottom * height,
        notes=chosen.notes,
    )


def dressed_cues(cues: Sequence[Cue], settings: CaptionSettings) -> tuple[Cue, ...]:
    """Cues with profanity masked and emoji beside words, as the settings ask for."""
    if settings.mask_profanity:
        cues = tuple(
            cue.model_copy(update={"words": tuple(map(_masked, cue.words))}) for cue in cues
        )
    return with_emoji(cues) if settings.emoji else tuple(cues)


def _masked(word: CueWord) -> CueWord:
    return CueWord(text=masked(word.text), span=word.span)


def ass_document(
    cues: Sequence[Cue],
    captions: CaptionSpec | None,
    size_px: tuple[int, int],
    shelf: FontShelf,
    *,
    safe: SafeArea,
    duration_ms: int,
    fonts: Sequence[FontRef] = (),
    title: PlacedTitle | None = None,
    lower_third: LowerThird | None = None,
    waveform_title: str | None = None,
) -> str:
    """Everything that is written into the picture, for libass, in clip time; "" for nothing.

    Every word is placed by its measured width, so words stay where they are while one of
    them moves, and none leaves the safe area. `fonts` are those of the texts that are not
    captions, by default those of the captions. Captions at the top give way to a title; a
    lower third stands above captions at the foot.
    """
    given = fonts or (captions.fonts if captions else shelf.choose(None, ()).fonts)
    titles = Titles(
        faces=shelf.faces(given),
        size_px=size_px,
        safe=safe,
        duration_ms=duration_ms,
    )
    document = new_document(size_px, captions.language if captions else "und")
    document.styles = titles.styles
    above = []
    if title:
        foot_px = titles.draw_title(title, document, _seam_at(captions, title.span))
        above.append((title.span, foot_px))
    if waveform_title:
        after_ms = title.span.end_ms if title else 0
        above += titles.draw_heading(waveform_title, after_ms, document)
    if captions and cues:
        drawn = _Captions(captions, size_px, shelf.faces(captions.fonts), cues)
        document.styles["Caption"] = drawn.style
        document.extend(drawn.events(above))
        titles.keep_free_below(drawn.room_px if captions.position is _BOTTOM else 0.0)
    if lower_third:
        titles.draw_lower_third(lower_third, document)
    return document.to_string("ass") if document.events else ""


def _seam_at(captions: CaptionSpec | None, span: TimeRange) -> float | None:
    """Height of the first line between panes that there is during a span."""
    seams = captions.seams if captions else ()
    return next((one.y for one in seams if one.span.overlaps(span)), None)


def caption_boxes(
    cues: Sequence[Cue], captions: CaptionSpec, size_px: tuple[int, int], shelf: FontShelf
) -> list[tuple[TimeRange, Box]]:
    """What each cue covers at most while its words move, outline included, in pixels.

    Cues that leave no ink are left out. Captions that give way to a title cover as much,
    further down.
    """
    drawn = _Captions(captions, size_px, shelf.faces(captions.fonts), cues)
    boxes = []
    for cue in cues:
        setting = drawn.setting(cue)
        words = drawn.placed(cue, setting)
        if words:
            boxes.append((cue.span, hull([word.reach(setting) for word in words])))
    return boxes


_BOTTOM = CaptionPosition.bottom


class _Captions:
    """The captions of one clip."""

    def __init__(
        self,
        spec: CaptionSpec,
        size_px: tuple[int, int],
        faces: Sequence[Typeface],
        cues: Sequence[Cue],
    ) -> None:
        self._spec = spec
        self._size_px = size_px
        self._faces = faces
        self._cues = cues
        self._animation = ANIMATIONS[spec.style]
        self._from_right = reads_from_right([cue.text for cue in cues])

    @property
    def style(self) -> pysubs2.SSAStyle:
        spec = self._spec
        return style(
            self._faces[0].family, spec.text_colour, spec.outline_colour, spec.outline_px, 0.0
        )

    @property
    def look(self) -> Look:
        spec = self._spec
        return Look(
            text=bgr(spec.text_colour),
            accent=bgr(spec.accent_colour),
            outline_em=spec.outline_px / spec.size_px,
            shadow_em=SHADOW_EM if spec.outline_px else 0.0,
        )

    @property
    def room_px(self) -> float:
        """Height of two lines and a little white."""
        return 3.1 * self._spec.size_px

    def setting(self, cue: Cue, below_px: float = 0.0) -> Setting:
        """How a cue is set: on a seam, or below something that may stand at the top."""
        spec = self._spec
        seam = self._seam(cue)
        area, position = self._area(seam, below_px), CaptionPosition.middle
        if seam is None:
            position = spec.position
        elif area.top > seam * self._size_px[1]:
            position = CaptionPosition.top
        return Setting(
            area=area,
            em_px=spec.size_px,
            position=position,
            from_right=self._from_right,
            words_per_line=spec.words_per_line,
            pad_em=self.look.outline_em + self.look.shadow_em,
            growth=self._animation.growth,
            rise_em=self._animation.rise_em,
        )

    def _seam(self, cue: Cue) -> float | None:
        """Height of the seam that there is for most of a cue."""
        if self._spec.position is not CaptionPosition.bottom:
            return None
        half = cue.span.duration_ms / 2
        seams = (one.y for one in self._spec.seams if one.span.overlap_ms(cue.span) > half)
        return next(seams, None)

    def _area(self, seam: float | None, below_px: float) -> Box:
        spec, (width, height) = self._spec, self._size_px
        top, bottom = spec.top_px, height - spec.bottom_px
        if seam is not None:
            first = seam * height - self.room_px / 2
            if first < below_px < seam * height + self.room_px:
                first = below_px + 0.2 * spec.size_px
            top, bottom = max(top, first), min(bottom, max(top, first) + self.room_px)
        elif below_px and spec.position is CaptionPosition.top:
            top = below_px + 0.4 * spec.size_px
        return Box(spec.left_px, top, width - spec.right_px, bottom)

    def placed(self, cue: Cue, setting: Setting) -> tuple[PlacedWord, ...]:
        texts = [_cased(word.text, self._spec.uppercase) for word in cue.words]
        return set_words([shape(text, self._faces) for text in texts], setting)

    def events(self, above: Sequence[tuple[TimeRange, float]]) -> Iterator[pysubs2.SSAEvent]:
        """All cues; `above` tells until when something stands at the top, down to where."""
        for cue in self._cues:
            below = max((foot for span, foot in above if span.overlaps(cue.span)), default=0.0)
            whole = _rounded(cue.span)
            for word in self.placed(cue, self.setting(cue, below)):
                said = _rounded(cue.words[word.number].span)
                for drawn in self._animation.draw(SpokenWord(word, whole, said, self.look)):
                    drawn.style = "Caption"
                    yield drawn


def _rounded(span: TimeRange) -> TimeRange:
    start = in_hundredths(span.start_ms)
    return TimeRange(start_ms=start, end_ms=max(start + 10, in_hundredths(span.end_ms)))


def _cased(text: str, uppercase: bool) -> str:
    """A text as it is shown; Greek capitals have no accents inside words."""
    if not uppercase:
        return text
    return normalize("NFC", GREEK_ACCENT.sub("", normalize("NFD", text.upper())))


def srt_document(cues: Sequence[Cue]) -> str:
    """SubRip; empty when nothing is said."""
    return _sidecar(cues).to_string("srt")


def vtt_document(cues: Sequence[Cue]) -> str:
    """WebVTT; only its head when nothing is said."""
    return _sidecar(cues).to_string("vtt")


def _sidecar(cues: Sequence[Cue]) -> pysubs2.SSAFile:
    document = pysubs2.SSAFile()
    document.extend(
        pysubs2.SSAEvent(start=cue.span.start_ms, end=cue.span.end_ms, text=escaped(cue.text))
        for cue in cues
    )
    return document
