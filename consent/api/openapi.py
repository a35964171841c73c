"""flask-smorest set up for this API: the one error shape, for errors that Flask itself raises as well."""

import threading
from typing import Any

from flask import Flask, Response, current_app, json, jsonify
from flask_smorest import Api, Blueprint
from werkzeug.exceptions import HTTPException

from consent.api.answer import ApiError
from consent.api.schemas import ErrorSchema

TOKEN: list[dict[str, list[str]]] = [{"token": []}]
"""What the document says of a route that wants a token."""
ANYONE_OR_TOKEN: list[dict[str, list[str]]] = [{}, {"token": []}]
"""What it says of a route that tells more, or of more visitors, to one with a token."""


class PublicApi(Api):  # type: ignore[misc]
    """An `Api` whose errors are of the one JSON shape, and whose document is made when somebody first asks for it.

    Few ever do, and it takes longer than all else that the start of the service does.
    """

    ERROR_SCHEMA = ErrorSchema

    def __init__(self, app: Flask) -> None:
        self._untold: list[Blueprint] = []
        self._telling = threading.Lock()
        super().__init__(app)

    def register_blueprint(self, blueprint: Blueprint) -> None:
        """Have the app answer the routes of `blueprint`, and the document tell of them."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blueprint.name] = self
        self._app.register_blueprint(blueprint)
        self._untold.append(blueprint)

    def document(self) -> dict[str, Any]:
        """Return the OpenAPI document."""
        with self._telling:
            while self._untold:
                blueprint = self._untold.pop(0)
                blueprint.register_views_in_doc(self, self._app, self.spec, name=blueprint.name, parameters=None)
                self.spec.tag({"name": blueprint.name, "description": blueprint.description})
            found: dict[str, Any] = self.spec.to_dict()
            return found

    def _openapi_json(self) -> Response:
        return current_app.response_class(
            json.dumps(self.document(), indent=2, sort_keys=False), mimetype="application/json"
        )

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Answer an error that a view or Flask raised."""
        code = error.name.lower().replace(" ", "_")
        response = jsonify(ApiError(error.code or 500, code, error.description or error.name).body())
        response.status_code = error.code or 500
        response.headers["Cache-Control"] = "no-store"
        methods = getattr(error, "valid_methods", None)
        if methods:
            response.headers["Allow"] = ", ".join(methods)
        return response
