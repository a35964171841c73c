"""Dashboard for marketing and compliance: one blueprint, one file per page, all queries in `consent.storage`."""

from flask import Flask

from consent.dashboard import registry
from consent.dashboard.accounts import first_admin
from consent.dashboard.auth import oidc
from consent.dashboard.auth.signin import add_signin
from consent.dashboard.frame import locale
from consent.dashboard.frame.blueprint import Number, blueprint, context, csrf
from consent.dashboard.frame.compression import compress_answers
from consent.dashboard.frame.context import CONSOLE, NAME, ApiConsole, Services
from consent.dashboard.frame.headers import set_headers

__all__ = ["Services", "register"]


def register(app: Flask, services: Services, api_console: ApiConsole | None = None) -> None:
    """Register the dashboard with `app`: its pages, sign-in, sessions, locale and headers.

    With `api_console`, users can try API operations.

    The app needs a database bound by `consent.storage.database.engine.bind`, and a SECRET_KEY.
    """
    app.extensions[NAME] = services
    app.extensions[CONSOLE] = api_console or ApiConsole()
    add_signin(app, services)
    csrf.init_app(app)
    oidc.init_app(app, services)
    first_admin.init_app(app)
    locale.init_app(app)
    app.context_processor(context)
    app.context_processor(registry.context)
    app.url_map.converters["int"] = Number
    app.register_blueprint(blueprint)
    compress_answers(app)
    set_headers(app, services.is_https)
