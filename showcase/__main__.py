"""`python -m showcase [NAME…]`: make the contact sheets of `docs/pictures`, or some of them."""

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from showcase.plans import PLANS
from showcase.studio import Studio

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"


def main() -> None:
    """Make the named sheets, or all."""
    plans = {plan.name: plan for plan in (make() for make in PLANS)}
    wanted = sys.argv[1:] or list(plans)
    unknown = sorted(set(wanted) - set(plans))
    if unknown:
        sys.exit(f"there is no sheet {unknown[0]}; choose from {', '.join(plans)}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    screen = Console(highlight=False)
    with TemporaryDirectory(prefix="showcase-") as scratch:
        studio = Studio(Path(scratch))
        for name in wanted:
            began, path = time.monotonic(), FOLDER / f"{name}.jpg"
            path.write_bytes(studio.sheet(plans[name]))
            took_s, size_kb = time.monotonic() - began, path.stat().st_size // 1000
            screen.print(f"{path.name}  {size_kb} kB  {took_s:.0f} s", markup=False)


main()
