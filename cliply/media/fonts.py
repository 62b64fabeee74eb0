"""The shelf of fonts: those that come along, and uploaded ones."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

from cliply.domain.attachments import Attachment, AttachmentKind, AttachmentName
from cliply.domain.captions import FontRef
from cliply.errors import ErrorCode, MediaError
from cliply.media.typefaces import BOLD, Typeface

DEFAULT_FAMILY = "Poppins"

FAMILIES = (
    "Poppins",
    "Anton",
    "Montserrat",
    "Oswald",
    "Heebo",
    "Noto Sans",
    "Noto Sans Arabic",
    "Noto Sans Devanagari",
    "Noto Sans Thai",
)
"""Families that come as `fontpkg` packages."""

FALLBACKS = (
    "Noto Sans",  # Greek, Cyrillic, Latin with rare accents
    "Noto Sans Arabic",
    "Heebo",  # Hebrew
    "Noto Sans Devanagari",
    "Noto Sans Thai",
    "Noto Emoji",  # in one colour, the only kind that libass draws
    "Noto Sans CJK JP",  # Han, kana and Hangul of all regions
)
"""Asked in this order for letters that the chosen font lacks."""

SINGLE_FILES = (
    ("noto_cjk_sans_jp_bold", "NotoSansCJKjp-Bold.otf"),
    ("deckr_fonts", "fonts/NotoEmoji[wght].ttf"),
)
"""Packages and the file in them; nothing else tells where it lies."""


class Chosen(NamedTuple):
    """Fonts for some texts, the main one first, and what had to be done otherwise."""

    fonts: tuple[FontRef, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class FontShelf:
    """All fonts that an edit may use: `FontShelf(uploaded)` with fonts by their names."""

    uploaded: Mapping[AttachmentName, tuple[Attachment, Path]] = field(default_factory=dict)

    @property
    def families(self) -> tuple[str, ...]:
        """Names of the fonts that come along, in order of the alphabet."""
        return tuple(sorted(packaged_fonts()))

    def typeface(self, name: AttachmentName | None) -> Typeface:
        """A font by its name, an uploaded one first; None gives the default.

        Raises MediaError when there is no such font, or when its file is not one.
        """
        uploaded = self._own.get(name or "")
        if uploaded:
            return uploaded
        found = {family.casefold(): face for family, face in packaged_fonts().items()}
        face = found.get((name or DEFAULT_FAMILY).casefold())
        if face is None:
            raise MediaError(
                ErrorCode.attachment_missing,
                f"There is no font {name!r}. Upload it under this name, or choose one of "
                f"{', '.join(self.families)}.",
            )
        return face

    def choose(self, name: AttachmentName | None, texts: Iterable[str]) -> Chosen:
        """The named font and those needed for letters that it lacks.

        Letters that no font has are noted; they are left out of the picture.
        """
        main = self.typeface(name)
        wanted = drawn_letters(texts)
        fonts, missing = [main], wanted - main.letters
        for face in self._fallbacks(main):
            if missing and missing & face.letters:
                fonts.append(face)
                missing -= face.letters
        notes = [_lacks(main, fonts[1:])] if name and len(fonts) > 1 else []
        notes += [_nobody_has(missing)] if missing else []
        return Chosen(tuple(face.ref for face in fonts), tuple(notes))

    def faces(self, fonts: Sequence[FontRef]) -> tuple[Typeface, ...]:
        """The fonts of a spec; raises MediaError when one is not on the shelf any more."""
        return tuple(self._of(ref) for ref in fonts)

    def path_of(self, ref: FontRef) -> Path:
        return self._of(ref).path

    def _of(self, ref: FontRef) -> Typeface:
        packaged = packaged_fonts().get(ref.family)
        for face in [*self._own.values(), *([packaged] if packaged else [])]:
            if face.ref == ref:
                return face
        raise MediaError(
            ErrorCode.attachment_missing,
            f"The font {ref.family!r} is not here any more, or has changed. Upload it again, "
            "or choose another font.",
        )

    @cached_property
    def _own(self) -> dict[str, Typeface]:
        return {
            name: Typeface(path, packaged=False)
            for name, (attachment, path) in self.uploaded.items()
            if attachment.kind is AttachmentKind.font
        }

    def _fallbacks(self, main: Typeface) -> list[Typeface]:
        packaged = packaged_fonts()
        names = [name for name in FALLBACKS if name in packaged and name != main.family]
        return [packaged[name] for name in names]


@lru_cache(maxsize=1)
def packaged_fonts() -> dict[str, Typeface]:
    """The fonts of installed packages by family; nothing of the system's fonts is used."""
    import fontpkg  # looks through installed packages, so not at import

    faces = [Typeface(Path(fontpkg.path(name, BOLD, nearest=True))) for name in FAMILIES]
    for package, file in SINGLE_FILES:
        spec = find_spec(package)
        for folder in (spec and spec.submodule_search_locations) or ():
            faces.append(Typeface(Path(folder) / file))
    return {face.family: face for face in faces}


def drawn_letters(texts: Iterable[str]) -> set[int]:
    """Code points of texts that leave ink."""
    letters = set().union(*texts)
    return {ord(letter) for letter in letters if not is_silent(letter)}


def is_silent(letter: str) -> bool:
    """Whether a character is white, or only says how its neighbours are to be drawn."""
    return letter.isspace() or not letter.isprintable() or "\ufe00" <= letter <= "\ufe0f"


def _lacks(main: Typeface, others: Sequence[Typeface]) -> str:
    names = " and ".join(face.family for face in others)
    return f"The font {main.family} lacks some of the letters; they are set in {names}."


def _nobody_has(missing: set[int]) -> str:
    shown = " ".join(chr(code) for code in sorted(missing)[:12])
    return (
        f"No font has these letters, so they are left out of the picture: {shown}. "
        "Upload a font that has them."
    )


def install(paths: Iterable[Path], folder: Path) -> dict[str, str]:
    """Fill a folder with fonts; the environment that shows FFmpeg these and no others.

    Without it, libass asks the system's fontconfig for letters the caption font lacks, and
    the same spec looks different on another machine.
    """
    folder.mkdir()
    for number, path in enumerate(dict.fromkeys(paths)):
        (folder / f"{number}{path.suffix}").symlink_to(path.absolute())
    config = folder.parent / "fonts.conf"
    config.write_text(
        f"<fontconfig><dir>{escape(str(folder.absolute()))}</dir>"
        f"<cachedir>{escape(str(folder.parent.absolute() / 'fontcache'))}</cachedir></fontconfig>"
    )
    return {"FONTCONFIG_FILE": str(config.absolute())}
