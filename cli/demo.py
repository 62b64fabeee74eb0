"""The composed talk that `cliply clip` works on when no file is given."""

from pathlib import Path

from rich.console import Console

from cli.progress import line
from cliply.settings import Settings


def demo_talk(settings: Settings, screen: Console) -> Path:
    """Compose it once and keep it in the home."""
    from cliply.services.demo import compose_demo  # drawing and voices, wanted only here

    path = settings.cliply_home / "demo" / "two-people-on-bees.mp4"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with line(screen, "Compose the demo") as on_progress:
            compose_demo(path, on_progress=on_progress)
    return path
