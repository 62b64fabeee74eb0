"""The hub of this process."""

from typing import cast

from anyio.lowlevel import RunVar
from starlette.applications import Starlette

from api.backend import Backend
from api.realtime.hub import Hub
from api.realtime.pace import Pace
from api.realtime.places import Places

_HUB: RunVar[tuple[Backend, Hub]] = RunVar("hub")
"""Of this event loop."""


def hub_of(app: Starlette) -> Hub:
    """The one of this process, made when somebody first watches.

    The application's state may have a `pace` of its own.
    """
    backend = cast(Backend, app.state.backend)
    known = _HUB.get(None)
    if known is None or known[0] is not backend:
        settings = backend.settings
        places = Places(settings.streams_per_process, settings.streams_per_user)
        pace = getattr(app.state, "pace", Pace())
        known = backend, Hub(backend.engine, backend.listen_url, places, pace)
        _HUB.set(known)
    return known[1]
