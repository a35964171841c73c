"""flask-smorest set up for this API: the one error shape, for errors that Flask itself raises as well."""

from flask import Response, jsonify
from flask_smorest import Api
from werkzeug.exceptions import HTTPException

from consent.api.answer import ApiError
from consent.api.schemas import ErrorSchema

TOKEN: list[dict[str, list[str]]] = [{"token": []}]
"""What the document says of a route that wants a token."""
ANYONE_OR_TOKEN: list[dict[str, list[str]]] = [{}, {"token": []}]
"""What it says of a route that tells more, or of more visitors, to one with a token."""


class PublicApi(Api):  # type: ignore[misc]
    """An `Api` whose errors are of the one JSON shape."""

    ERROR_SCHEMA = ErrorSchema

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
