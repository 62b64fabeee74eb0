"""The composed talk that `cliply clip` works on when no file is given."""

from pathlib import Path

from rich.console import Console

from cli.progress import line
from cliply.settings import Settings


def demo_talk(settings: Settings, screen: Console) -> tuple[Path, Path]:
    """The talk and its captions, composed once and kept in the home."""
    from cliply.services.demo import compose_demo, srt_of  # drawing and voices

    path = settings.cliply_home / "demo" / "two-people-on-bees.mp4"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with line(screen, "Compose the demo") as on_progress:
            truth = compose_demo(path, on_progress=on_progress)
        path.with_suffix(".srt").write_text(srt_of(truth))
    return path, path.with_suffix(".srt")
