"""What an endpoint answers, as a response of Flask."""

from collections.abc import Callable
from typing import Any

from flask import Response, request

from consent.api.answer import Answer
from consent.api.door import answer_request
from consent.api.public import Public
from consent.api.request import Request


def run(public: Public, endpoint: Callable[..., Answer], *arguments: Any) -> Response:
    """Answer the request of this moment by `endpoint`."""
    answer = answer_request(public, Request(request.environ), endpoint, arguments)
    return to_response(answer)


def to_response(answer: Answer) -> Response:
    """Return `answer` with its own headers and no others."""
    response = Response(answer.body, answer.status)
    response.headers.clear()
    for name, value in answer.sized():
        response.headers.add(name, value)
    return response
