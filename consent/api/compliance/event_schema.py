"""GET /schemas/consent-event-1.json: the JSON Schema of the events that receivers get."""

from pathlib import Path

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import Answer

SCHEMA = (Path(__file__).parents[2] / "data" / "consent-event-1.json").read_bytes()
HEADERS = [
    ("Content-Type", "application/schema+json"),
    ("Cache-Control", "public, max-age=86400"),
    ("X-Content-Type-Options", "nosniff"),
]


def answer_event_schema(context: ApiContext, request: Request) -> Answer:
    """Return the schema of an event; a changed meaning makes a new type, a new optional field doesn't."""
    return Answer(200, HEADERS, SCHEMA)
