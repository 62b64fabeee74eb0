"""The gain of a clip and the level of its music bed, foreseen from levels alone."""

from typing import NamedTuple

from cliply.domain.attachments import Attachment
from cliply.domain.audio import SILENT_LUFS
from cliply.domain.sound import AudioGain, MusicSettings, MusicSpec
from cliply.domain.timeline import Timeline
from cliply.domain.timing import TimeRange
from cliply.media.clip_levels import bed, together
from cliply.media.envelopes import ducking, fades
from cliply.media.loudness import MAX_GAIN_DB, Loudness, gain_of, integrated_lufs

BED_IS_PROGRAMME_LU = 1.0
"""A bed that by itself comes this near to the target is levelled together with the voice."""


class Bed(NamedTuple):
    """A music bed that was asked for, with its file and where it makes room for speech."""

    settings: MusicSettings
    attachment: Attachment
    ducked: tuple[TimeRange, ...]

    @property
    def file_lufs(self) -> float:
        """Loudness of the file; a silent one is left as it is."""
        lufs = self.attachment.loudness_lufs
        return SILENT_LUFS if lufs is None else lufs

    def spec(self, lufs: float) -> MusicSpec:
        """The bed with this loudness before the clip's own gain."""
        return MusicSpec(
            attachment=self.attachment,
            gain_db=round(min(MAX_GAIN_DB, lufs - self.file_lufs), 2),
            duck_db=self.settings.duck_db,
            ducked=self.ducked if self.settings.duck_db else (),
            fade_ms=self.settings.fade_ms,
        )

    def rows(self, lufs: float, timeline: Timeline) -> Loudness:
        shape = ducking(self.ducked, self.settings.duck_db, timeline.samples)
        shape *= fades(self.settings.fade_ms, timeline.samples)
        return bed(lufs, self.file_lufs, shape, timeline)


def levelled(
    voice: Loudness, music: Bed, inserts: Loudness, timeline: Timeline, target_lufs: float
) -> tuple[AudioGain, MusicSpec]:
    """The gain that brings voice, bed and inserts to the target, and the bed at its level.

    Where no voice is heard the bed is the programme and takes the target's level.
    """
    level_lu = music.settings.level_lu
    if not voice.is_heard:
        return _as_programme(voice, music, inserts, timeline, target_lufs, music.file_lufs)
    beside = music.rows(target_lufs + level_lu, timeline)
    if integrated_lufs(beside.k_power) > target_lufs - BED_IS_PROGRAMME_LU:
        lufs = integrated_lufs(voice.k_power) + level_lu
        return _as_programme(voice, music, inserts, timeline, target_lufs, lufs)
    gain = gain_of(voice, target_lufs, together(beside, inserts))
    return gain, music.spec(target_lufs + level_lu - gain.gain_db)


def _as_programme(
    voice: Loudness,
    music: Bed,
    inserts: Loudness,
    timeline: Timeline,
    target_lufs: float,
    lufs: float,
) -> tuple[AudioGain, MusicSpec]:
    """Voice and bed get one gain; `lufs` is the bed's loudness before it."""
    programme = together(voice, music.rows(lufs, timeline))
    return gain_of(programme, target_lufs, inserts), music.spec(lufs)
