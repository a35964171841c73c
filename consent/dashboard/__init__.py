"""What marketing and compliance see: one blueprint, one file for each page, all queries in `consent.storage`."""

from flask import Flask

from consent.dashboard import locale, oidc, pages
from consent.dashboard.blueprint import blueprint, context, csrf
from consent.dashboard.compressed import compress_answers
from consent.dashboard.headers import set_headers
from consent.dashboard.numbers import Number
from consent.dashboard.services import NAME, Services
from consent.dashboard.signin import add_signin

__all__ = ["Services", "register"]


def register(app: Flask, services: Services) -> None:
    """Give `app` the dashboard: its pages, log-in, sessions, locale and headers.

    The app must have its database by `consent.storage.engine.bind`, and a SECRET_KEY.
    """
    app.extensions[NAME] = services
    add_signin(app, services)
    csrf.init_app(app)
    oidc.init_app(app, services)
    locale.init_app(app)
    app.context_processor(context)
    app.context_processor(pages.context)
    app.url_map.converters["int"] = Number
    app.register_blueprint(blueprint)
    compress_answers(app)
    set_headers(app, services.is_https)
