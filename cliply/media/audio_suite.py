"""The sound of a clip: noise removal, censor gate, music, inserts, gain and limiter."""

from fractions import Fraction

import numpy as np

from cliply.domain.sound import AudioSpec, MusicSpec, Noise, NoiseSpec
from cliply.domain.timeline import SAMPLE_RATE, Timeline
from cliply.media.board import Board, escaped, seconds
from cliply.media.envelopes import PER_MS, ducking, voice_gate
from cliply.media.inserts import insert_track
from cliply.media.loudness import mastered
from cliply.media.music_bed import repeated
from cliply.media.noise_models import check_noise_model
from cliply.media.sound_files import wav

SPECTRAL_DELAY = 1200
MODEL_DELAY = 480
"""Samples by which afftdn and arnndn put the sound off at 48 kHz; measured."""

BOTH_SIDES = "pan=stereo|c0=c0|c1=c0"
"""Mono to both channels as it is; a change of layout might scale it."""


def audio_chain(spec: AudioSpec, timeline: Timeline, board: Board, link: str | None) -> str:
    """The finished sound, exactly as long as the clip, 48 kHz stereo float.

    `link` is the sound of the kept spans in the same format and length with time from 0,
    None where there is none. Nodes that are not asked for put nothing on the board. Raises
    InvalidInput when the file given as a noise model is none.
    """
    programme = [*_voice(spec, timeline, board, link), *_bed(spec.music, timeline, board)]
    mixed = _mixed(programme, board)
    if mixed and spec.gain:
        mixed = board.chain(mixed, f"volume={spec.gain.gain_db:.2f}dB", "level")
    heard = _mixed([*([mixed] if mixed else []), *_inserts(spec, timeline, board)], board)
    if heard is None:
        silence = f"anullsrc=r={SAMPLE_RATE}:cl=stereo,atrim=end_sample={timeline.samples}"
        return board.chain("", silence, "sound")
    limiter = f"{mastered(spec.gain)}," if spec.gain else ""
    return board.chain(heard, f"{limiter}{_exactly(timeline.samples)}", "sound")


def _voice(spec: AudioSpec, timeline: Timeline, board: Board, link: str | None) -> list[str]:
    """The source's own sound, cleaned and censored."""
    if link is None:
        return []
    if spec.noise:
        link = _cleaned(spec.noise, timeline.samples, board, link)
    if spec.censored:
        gate = voice_gate((one.span for one in spec.censored), timeline.samples)
        link = _shaped(link, gate, "gate.wav", board)
    return [link]


def _cleaned(noise: NoiseSpec, samples: int, board: Board, link: str) -> str:
    if noise.method is Noise.model:
        return _through_model(noise, samples, board, link)
    settings = f"nr={noise.strength_db:.2f}:nf={noise.floor_dbfs:.2f}"
    if noise.profile is None:
        filters = f"apad=pad_len={SPECTRAL_DELAY},afftdn={settings}"
        return board.chain(link, f"{filters},{_from(SPECTRAL_DELAY, samples)}", "clean")
    return _by_profile(noise, settings, samples, board, link)


def _by_profile(noise: NoiseSpec, settings: str, samples: int, board: Board, link: str) -> str:
    """Learns the noise from a pause, which is played before the clip and cut off again."""
    assert noise.profile is not None
    start, end = noise.profile.start_ms * PER_MS, noise.profile.end_ms * PER_MS
    whole, pause, first = board.label("whole"), board.label("pause"), board.label("first")
    board.add(f"{link}asplit{whole}{pause}")
    board.add(f"{pause}atrim=start_sample={start}:end_sample={end},asetpts=PTS-STARTPTS{first}")
    learned_s = seconds(Fraction(end - start, SAMPLE_RATE) - Fraction(1, 50))
    commands = escaped(f"0 afftdn sn start; {learned_s} afftdn sn stop")
    return board.chain(
        f"{first}{whole}",
        f"concat=n=2:v=0:a=1,apad=pad_len={SPECTRAL_DELAY},asendcmd=c={commands},"
        f"afftdn={settings},{_from(end - start + SPECTRAL_DELAY, samples)}",
        "clean",
    )


def _through_model(noise: NoiseSpec, samples: int, board: Board, link: str) -> str:
    assert noise.model is not None
    path = board.attachments[noise.model.content_hash]
    check_noise_model(path)
    return board.chain(
        link,
        f"apad=pad_len={MODEL_DELAY},arnndn=m={escaped(path)},{_from(MODEL_DELAY, samples)}",
        "clean",
    )


def _bed(music: MusicSpec | None, timeline: Timeline, board: Board) -> list[str]:
    """The music from its start, as often as it takes, faded, and down under speech."""
    if music is None:
        return []
    link, text = repeated(music.attachment, timeline.samples, board)
    text += f",volume={music.gain_db:.2f}dB{_fades(music.fade_ms, timeline.samples)}"
    bed = board.chain(link, text, "bed")
    if music.ducked and music.duck_db:
        envelope = ducking(music.ducked, music.duck_db, timeline.samples)
        bed = _shaped(bed, envelope, "ducking.wav", board)
    return [bed]


def _fades(fade_ms: int, samples: int) -> str:
    """At both ends, never longer than half of the clip."""
    count = min(fade_ms * PER_MS, samples // 2)
    if not count:
        return ""
    return f",afade=t=in:ns={count},afade=t=out:ss={samples - count}:ns={count}"


def _inserts(spec: AudioSpec, timeline: Timeline, board: Board) -> list[str]:
    target_lufs = spec.gain.target_lufs if spec.gain else -14.0
    track = insert_track(spec.censored, spec.sounds, target_lufs, timeline.samples)
    if not track.any():
        return []
    return [f"[{board.input(board.file('inserts.wav', wav(track)))}:a]"]


def _shaped(link: str, envelope: np.ndarray, name: str, board: Board) -> str:
    """A link times an envelope that is as long."""
    index = board.input(board.file(name, wav(envelope[None])))
    shape = board.chain(f"[{index}:a]", f"aformat=sample_fmts=fltp,{BOTH_SIDES}", "shape")
    return board.chain(f"{link}{shape}", "amultiply", "shaped")


def _mixed(links: list[str], board: Board) -> str | None:
    if len(links) < 2:
        return links[0] if links else None
    return board.chain("".join(links), f"amix=inputs={len(links)}:normalize=0", "mix")


def _from(first: int, samples: int) -> str:
    return f"atrim=start_sample={first}:end_sample={first + samples},asetpts=PTS-STARTPTS"


def _exactly(samples: int) -> str:
    """The resamplers of the limiter may be off by a sample."""
    return f"apad,atrim=end_sample={samples}"
