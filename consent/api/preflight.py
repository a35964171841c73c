"""The route by which a browser asks whether a page of another host may post."""

from collections.abc import Callable

from flask import Response
from flask_smorest import Blueprint

from consent.api.door import answer_preflight
from consent.api.flask_door import run
from consent.api.public import Public
from consent.api.view_schemas import errors


def preflight(blueprint: Blueprint, public: Public) -> Callable[..., Response]:
    """Make the method `options` of a view to which pages post."""

    @blueprint.doc(responses=errors(403, 404))
    @blueprint.response(204)
    def options(_view: object, site: str) -> Response:
        """Tell whether a page of this origin may post here (CORS preflight)."""
        return run(public, answer_preflight, site)

    preflight_method: Callable[..., Response] = options
    return preflight_method
