"""The package ultralytics, kept from installing, reporting and changing other packages."""

from typing import Any


def load_ultralytics() -> Any:
    """The module; imported here, as it takes seconds and is only in the extra `gpu`.

    It would call pip for what it misses, report each use to its makers, and put an
    `Image.open` of its own into Pillow, which asks for a further package where a file is no
    picture. Raises ImportError where it is not installed.
    """
    from PIL import Image

    plain_open = Image.open
    import ultralytics
    from ultralytics.utils import checks
    from ultralytics.utils.events import events

    checks.AUTOINSTALL = False
    events.enabled = False
    Image.open = plain_open
    return ultralytics
