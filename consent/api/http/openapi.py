"""flask-smorest setup: the OpenAPI document and the one error shape, also for errors raised by Flask."""

import threading
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from flask import Flask, Response, current_app, json, jsonify
from flask_smorest import Api
from werkzeug.exceptions import HTTPException

from consent.api.http.blueprints import describe
from consent.api.http.replies import OTHER_ERROR, OTHER_ERROR_EXAMPLE
from consent.api.http.request_schemas import ErrorSchema
from consent.api.http.response import ApiError
from consent.api.http.routes import RouteGroup


class PublicApi(Api):  # type: ignore[misc]
    """An `Api` with one JSON shape for all errors, whose document is built on first request.

    The document is rarely requested, and building it takes longer than the rest of the service's startup.
    """

    ERROR_SCHEMA = ErrorSchema

    def __init__(self, app: Flask, groups: Sequence[RouteGroup]) -> None:
        self._groups = groups
        self._document_lock = threading.Lock()
        self._document: dict[str, Any] = {}
        super().__init__(app)

    def document(self) -> dict[str, Any]:
        """Return the OpenAPI document, which must not be modified."""
        with self._document_lock:
            if not self._document:
                self._document = self._describe()
            return self._document

    def _describe(self) -> dict[str, Any]:
        for described in map(describe, self._groups):
            described.register_views_in_doc(self, self._app, self.spec, name=described.name, parameters=None)
            self.spec.tag({"name": described.name, "description": described.description})
        document: dict[str, Any] = self.spec.to_dict()
        # flask-smorest's paging, which no endpoint here uses.
        document["components"]["schemas"].pop("PaginationMetadata", None)
        # flask-smorest registers this response by itself, with a description for developers and no example.
        any_other = document["components"]["responses"]["DEFAULT_ERROR"]
        any_other["description"] = OTHER_ERROR
        any_other["content"]["application/json"]["example"] = OTHER_ERROR_EXAMPLE
        return document

    @cached_property
    def _text(self) -> str:
        return json.dumps(self.document(), indent=2, sort_keys=False)

    def _openapi_json(self) -> Response:
        return current_app.response_class(self._text, mimetype="application/json")

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Answer an error raised by a view or by Flask."""
        code = error.name.lower().replace(" ", "_")
        response = jsonify(ApiError(error.code or 500, code, error.description or error.name).body())
        response.status_code = error.code or 500
        response.headers["Cache-Control"] = "no-store"
        methods = getattr(error, "valid_methods", None)
        if methods:
            response.headers["Allow"] = ", ".join(methods)
        return response
