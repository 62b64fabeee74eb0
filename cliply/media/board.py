"""The board on which one FFmpeg call is put together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count
from pathlib import Path

from cliply.domain.attachments import Attachment


def escaped(value: Path | str) -> str:
    """A filter option's value inside a filter graph: escaped for the option, then the graph."""
    text = str(value)
    for letter in "\\':":
        text = text.replace(letter, "\\" + letter)
    for letter in "\\'[],;":
        text = text.replace(letter, "\\" + letter)
    return text


def seconds(time_s: Fraction | float) -> str:
    """A time for FFmpeg, to the microsecond; never without the leading zero."""
    return f"{float(time_s):.6f}"


@dataclass
class Board:
    """Collects inputs, filter chains and sidecar files; nothing is run or written here.

    What is put on it in the same order gives the same call.
    """

    folder: Path
    """Where sidecar files will lie when FFmpeg runs."""
    attachments: Mapping[str, Path]
    """Where each attachment lies, by content hash."""
    can_tonemap: bool = True
    """Whether this FFmpeg has `zscale` and `tonemap`."""
    inputs: list[list[str]] = field(default_factory=list)
    """Options and `-i` of each input."""
    chains: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    """Sidecar files by name."""
    _labels: "count[int]" = field(default_factory=count)

    def label(self, stem: str) -> str:
        """A new name for a link between two chains, in brackets."""
        return f"[{stem}{next(self._labels)}]"

    def chain(self, source: str, filters: str, stem: str) -> str:
        """Lead one link through filters; the link they end in."""
        end = self.label(stem)
        self.chains.append(f"{source}{filters}{end}")
        return end

    def add(self, text: str) -> None:
        """A chain with its links already in it."""
        self.chains.append(text)

    def input(self, path: Path, *options: str) -> int:
        """Read another file; the number its streams go by."""
        whitelist = ("-protocol_whitelist", "file,pipe")
        self.inputs.append([*whitelist, *options, "-i", f"file:{path}"])
        return len(self.inputs) - 1

    def attached(self, attachment: Attachment, *options: str) -> int:
        """Read an attachment; raises KeyError when the caller did not bring its file."""
        return self.input(self.attachments[attachment.content_hash], *options)

    def file(self, name: str, content: bytes | str) -> Path:
        """A sidecar file; its path when FFmpeg runs."""
        self.files[name] = content.encode() if isinstance(content, str) else content
        return self.folder / name

    @property
    def graph(self) -> str:
        return ";".join(self.chains)

    @property
    def input_arguments(self) -> list[str]:
        return [argument for one in self.inputs for argument in one]
