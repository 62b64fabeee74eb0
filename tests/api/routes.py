"""The routes of the application, as its own objects tell them."""

import re
from typing import NamedTuple

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from cliply.domain.access import Permission


class Route(NamedTuple):
    """One method of one path."""

    method: str
    path: str
    name: str
    permission: Permission | None
    """What a member needs; None where there is no workspace."""

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"\{(\w+)", self.path)

    def at(self, **values: object) -> str:
        """The path with its parameters filled in."""
        return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: str(values[found[1]]), self.path)


def routes_of(app: FastAPI) -> list[Route]:
    """All of them, by path."""
    found = [
        Route(method, context.path, context.name, _permission(context.dependant))
        for context in iter_route_contexts(app.router.routes)
        if isinstance(context.original_route, APIRoute) and context.include_in_schema
        for method in sorted((context.methods or set()) - {"OPTIONS"})
    ]
    return sorted(found, key=lambda route: (route.path, route.method))


def _permission(dependant: Dependant) -> Permission | None:
    for one in dependant.dependencies:
        permission = getattr(one.call, "permission", None)
        if permission is not None:
            return permission
    return None
