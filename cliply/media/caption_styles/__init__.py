"""Caption styles, one file each: all that differs between them is how a word is drawn."""

from collections.abc import Mapping

from cliply.domain.captions import CaptionStyle
from cliply.media.caption_styles import bounce, highlight_word, karaoke, pop_in, typewriter
from cliply.media.caption_styles.animation import Animation

ANIMATIONS: Mapping[CaptionStyle, Animation] = {
    CaptionStyle.highlight_word: highlight_word.ANIMATION,
    CaptionStyle.karaoke: karaoke.ANIMATION,
    CaptionStyle.pop_in: pop_in.ANIMATION,
    CaptionStyle.typewriter: typewriter.ANIMATION,
    CaptionStyle.bounce: bounce.ANIMATION,
}
