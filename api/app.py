"""The application: routes, errors and what frames them."""

from importlib import import_module
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.middleware.cors import CORSMiddleware

from api.backend import Backend
from api.errors import install_errors
from api.guard import Guard
from api.middleware import Frame, OnRequest

ROUTERS = (
    "sign_in",
    "me",
    "workspaces",
    "members",
    "tokens",
    "audit",
    "uploads",
    "transfers",
    "jobs",
    "events",
    "transcripts",
    "clips",
    "clip_files",
    "comments",
    "brand",
    "search",
    "webhooks",
    "admin_jobs",
    "admin_workspaces",
    "system",
)
"""Modules of `api.routers`, in the order of the documentation; each has `router`."""

STREAMED = ("/api/transfers/",)
"""Below these, bodies are streamed and limited by the route."""

EXPOSED = [
    "ETag", "Location", "Retry-After", "X-Request-Id", "Idempotent-Replayed", "RateLimit-Limit",
    "RateLimit-Remaining", "RateLimit-Reset", "RateLimit-Policy", "Content-Disposition",
]  # fmt: skip


def create_app(backend: Backend, *, on_request: OnRequest | None = None) -> FastAPI:
    """The application over one backend; making it connects to nothing."""
    app = FastAPI(
        title="Cliply",
        version="1",
        summary="Long video in, captioned clips out.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=_operation_id,
        servers=[{"url": "/"}],
        redirect_slashes=False,
    )
    app.state.backend = backend
    install_errors(app)
    for name in ROUTERS:
        router: APIRouter = import_module(f"api.routers.{name}").router
        app.include_router(router)
    _add_middleware(app, backend, on_request)
    return app


def _add_middleware(app: FastAPI, backend: Backend, on_request: OnRequest | None) -> None:
    """The last one added is the outermost."""
    settings = backend.settings
    app.add_middleware(
        Guard,
        max_body_bytes=settings.max_body_bytes,
        streamed=STREAMED,
        hosts=settings.allowed_hosts,
    )
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "If-Match",
                           "If-None-Match", "X-Workspace-Id", "X-Request-Id", "Content-Range",
                           "Last-Event-ID"],
            expose_headers=EXPOSED,
            max_age=600,
        )  # fmt: skip
    app.add_middleware(
        Frame,
        trusted=settings.trusted_proxies,
        is_secure=settings.environment == "production",
        on_request=on_request,
    )


def _operation_id(route: APIRoute) -> str:
    """The function's name, which is unique: `create_job`."""
    return route.name


def openapi_of(app: FastAPI) -> dict[str, Any]:
    """The contract, as it is checked in."""
    return app.openapi()
