"""Flask blueprints and OpenAPI operations from route tables."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import flask_smorest
from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as Sent

from consent.api.http.context import ApiContext
from consent.api.http.dispatch import answer_preflight, answer_request
from consent.api.http.replies import errors
from consent.api.http.request import Request
from consent.api.http.response import Answer, ApiError, error_answer
from consent.api.http.routes import PATH_PARAMETERS, Reply, Route, RouteGroup
from consent.api.http.site import unknown_site

TOKEN: list[dict[str, list[str]]] = [{"token": []}]
"""The document's security entry for an endpoint that needs a token."""
ANYONE_OR_TOKEN: list[dict[str, list[str]]] = [{}, {"token": []}]
"""The entry for one that returns more, or serves more visitors, with a token."""


def make_blueprint(context: ApiContext, group: RouteGroup) -> Blueprint:
    """Return the routes of `group`, with a CORS preflight for each route that pages of other origins call."""
    blueprint = Blueprint(group.name, __name__)
    shared = {route.path for route in group.routes if route.has_preflight}
    for name, route in _named_routes(group):
        view = _view(context, route)
        # Otherwise Flask answers OPTIONS itself, without the preflight headers.
        automatic = None if route.path not in shared else False
        blueprint.add_url_rule(route.path, name, view, methods=[route.method], provide_automatic_options=automatic)
    return blueprint


def describe(group: RouteGroup) -> flask_smorest.Blueprint:
    """Return the OpenAPI description of the routes of `group`; it serves none of them."""
    described = flask_smorest.Blueprint(group.name, __name__, description=group.description)
    for name, route in _named_routes(group):
        decorate = described.route(
            route.path, endpoint=name, methods=[route.method], parameters=_path_parameters(route)
        )
        decorate(described.doc(**_operation(route))(_no_op))
    return described


def _named_routes(group: RouteGroup) -> Iterator[tuple[str, Route]]:
    """Yield the routes of `group` and their preflights, with their endpoint names."""
    for route in group.routes:
        yield route.name, route
        if route.has_preflight:
            yield f"{route.name}_preflight", _preflight(route)


def _no_op() -> None:
    pass


def _view(context: ApiContext, route: Route) -> Callable[..., Sent]:
    def view(**arguments: Any) -> Sent:
        site = arguments.get("site")
        # Flask's rules accept any text as a path part, and some answers put the site in a header.
        if site is not None and not re.fullmatch(PATH_PARAMETERS["site"].pattern, site, re.ASCII):
            return to_response(error_answer(unknown_site()))
        return respond(context, route, *(str(arguments[name]) for name in route.variables))

    return view


def _preflight(route: Route) -> Route:
    return Route(
        method="OPTIONS",
        path=route.path,
        endpoint=answer_preflight,
        summary="Return whether a page of this origin may post here (CORS preflight).",
        replies=(Reply(204, "The page may send the request."),),
        errors=(403, 404),
    )


def _path_parameters(route: Route) -> list[dict[str, object]]:
    return [
        {"name": name, "in": "path", "description": PATH_PARAMETERS[name].description, "example": _example(name)}
        for name in route.variables
    ]


def _example(name: str) -> str | int:
    example = PATH_PARAMETERS[name].example
    return int(example) if name == "number" else example


def _operation(route: Route) -> dict[str, object]:
    """Return the OpenAPI operation of a route."""
    needs_token = bool(route.scope) and not route.is_token_optional
    replies = {
        one.status: {"description": one.description} | ({"content": one.content} if one.content else {})
        for one in route.replies
    }
    found: dict[str, object] = {
        "summary": f"{route.summary.removesuffix('.')} (scope `{route.scope}`)." if needs_token else route.summary,
        "responses": replies | {status: one for status, one in errors(*route.errors).items() if status not in replies},
    }
    if route.parameters:
        found["parameters"] = list(route.parameters)
    if route.body:
        found["requestBody"] = route.body
    if route.scope:
        found["security"] = TOKEN if needs_token else ANYONE_OR_TOKEN
    return found


def respond(context: ApiContext, route: Route, *arguments: str) -> Sent:
    """Answer the current Flask request with the endpoint of `route`."""
    if route.is_streamed:
        try:
            sent: Sent = route.endpoint(context, Request(request.environ), *arguments)
        except ApiError as error:
            return to_response(error_answer(error))
        return sent
    return to_response(answer_request(context, Request(request.environ), route.endpoint, arguments))


def to_response(answer: Answer) -> Response:
    """Return `answer` as a Flask response with only its own headers."""
    response = Response(answer.body, answer.status)
    response.headers.clear()
    for name, value in answer.headers_with_length():
        response.headers.add(name, value)
    return response
