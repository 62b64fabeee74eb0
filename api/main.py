"""Composition root of the API: settings in, application out."""

import gc

from fastapi import FastAPI

from api.app import create_app
from api.backend import Backend
from api.observing import open_observers
from cliply.db.health import check_app_role
from cliply.db.session import create_app_engine
from cliply.identity.keys import open_keys
from cliply.installation import connect, open_limiter, open_mail, open_search, open_store
from cliply.search.kept import KeptModel
from cliply.services.embedding_models import embedding_models
from cliply.settings import Settings, check_production, load_settings

POOL_SIZE = 16
"""Connections that are kept; each costs the database 2 MB."""

TRUSTED_S = 1.0
"""A connection that was good so short a time ago is not tested."""


def build() -> FastAPI:
    """The application of this installation; uvicorn calls it once in each process."""
    settings = load_settings()
    check_production(settings)
    backend = open_backend(settings)
    check_app_role(backend.engine)
    observers = open_observers(
        (backend.engine, backend.system),
        settings.log_format,
        settings.otlp_endpoint,
        settings.prometheus_multiproc_dir,
    )
    app = create_app(backend, on_request=observers.on_request)
    app.state.metrics = observers.metrics
    app.openapi()  # makes the routes, too: 1 s that the first request would wait
    gc.freeze()  # what stays for good is not looked through again, 0.1 s each time
    return app


def open_backend(settings: Settings) -> Backend:
    """Raises SettingsError for what an operator has to mend first."""
    urls = connect(settings)
    system = create_app_engine(urls.system, trusted_s=TRUSTED_S)
    keys = open_keys(settings.cliply_home, settings.jwt_keys, settings.secret_key)
    return Backend(
        settings=settings,
        engine=create_app_engine(urls.app, pool_size=POOL_SIZE, trusted_s=TRUSTED_S),
        system=system,
        store=open_store(settings),
        search=open_search(settings),
        access_tokens=keys.access_tokens,
        secret=keys.secret,
        limiter=open_limiter(settings, system),
        embedding_models=[
            KeptModel(model)
            for model in embedding_models(settings.embedding_model, settings.resolved_models_dir)
        ],
        mail=open_mail(settings),
    )
