"""Slow for those who guess: passwords, codes and links may be tried ten times a minute."""

from collections.abc import Callable

from flask import Flask, current_app, request
from flask_limiter import Limiter

from consent.dashboard.guess_store import SCHEME
from consent.dashboard.services import Services

TRIES = "10 per minute; 60 per hour"
"""For each account and for each address: guessing is slowed, but nobody can lock somebody else out for long."""
NAME = "consent_guessing"


def init_app(app: Flask, given: Services) -> None:
    """Have `app` count who tries how often, together with all other processes on its database."""
    options = {"engine": given.engine, "secret": given.keys.secret}
    app.config.update(RATELIMIT_STORAGE_URI=f"{SCHEME}://", RATELIMIT_STORAGE_OPTIONS=options)
    app.config.update(RATELIMIT_STRATEGY="moving-window")
    app.extensions[NAME] = Limiter(lambda: given.client_address(request), app=app)


def slow_down(app: Flask, endpoint: str, account: Callable[[], str]) -> None:
    """Limit how often the form of `endpoint` is sent, for each `account` and for each address."""
    limiter = app.extensions[NAME]
    by_account = limiter.limit(TRIES, key_func=account, methods=["POST"])
    by_address = limiter.limit(TRIES, methods=["POST"])
    app.view_functions[endpoint] = by_address(by_account(app.view_functions[endpoint]))


def count_try(of: str) -> None:
    """Count that something secret of somebody was tried. Answers 429 where that is too often."""
    limiter: Limiter = current_app.extensions[NAME]
    with limiter.limit(TRIES, key_func=lambda: of):
        pass
