"""Parse the body of a choice, caching everything except its key and time.

Most visitors send the same body apart from these two.
"""

import re
import secrets
from functools import lru_cache
from typing import Any, NamedTuple

from marshmallow import ValidationError

from consent.api.http.request import parse_object
from consent.api.http.request_schemas import ReceiptWriteSchema, unix_time
from consent.api.http.response import ApiError
from consent.core.age_rules import AGE, band_of_age
from consent.signing.canonical_json import canonical_without_floats

MAX_CACHED_FORMS = 512
_schema = ReceiptWriteSchema()
_KEY = re.compile(rb'"key": ?"([0-9a-f]{32})"')
_TIME = re.compile(rb'"chosen_at": ?"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z)"')
# Clients can't send these placeholders: they are drawn at random when the process starts.
_KEY_PLACEHOLDER, _TIME_PLACEHOLDER = secrets.token_hex(16).encode(), secrets.token_hex(16).encode()


class Form:
    """A choice without its key and, if the page sends one in the usual form, its time.

    `fields` are as the schema loads them, `text` is the canonical JSON of the body. If `is_cached`, all requests with
    the same body share this object.
    """

    __slots__ = ("fields", "is_cached", "text")

    def __init__(self, fields: dict[str, Any], text: bytes, *, is_cached: bool) -> None:
        self.fields, self.text, self.is_cached = fields, text, is_cached


class RequestedChoice(NamedTuple):
    """A choice that a body asks to record; `chosen_at` is in Unix seconds, `body` is canonical JSON."""

    form: Form
    key: str
    chosen_at: int | None
    body: bytes

    @property
    def fields(self) -> dict[str, Any]:
        """Return all fields except key and time."""
        return self.form.fields


def parse_choice_body(content: bytes) -> RequestedChoice:
    """Return the choice in the JSON `content`. Raises ApiError 400 with all errors if it can't be recorded."""
    if b'"subject"' in content or b"\\u" in content:
        # Each has its own token, so caching them would only evict bodies that many send. An escape can hide the word.
        return _load_signed_in(parse_object(content))
    key, time = _KEY.search(content), _TIME.search(content)
    chosen = _parse_time(time[1]) if time else None
    if key and (chosen is not None or not time):
        rest = content.replace(key[1], _KEY_PLACEHOLDER)
        form = _cached_form(rest.replace(time[1], _TIME_PLACEHOLDER) if time else rest, has_time=time is not None)
        if form and time:
            return RequestedChoice(
                form,
                key[1].decode(),
                chosen,
                form.text.replace(_KEY_PLACEHOLDER, key[1]).replace(_TIME_PLACEHOLDER, time[1]),
            )
        if form:
            return RequestedChoice(
                form, key[1].decode(), form.fields["chosen_at"], form.text.replace(_KEY_PLACEHOLDER, key[1])
            )
    return load_choice(parse_object(content))


def _load_signed_in(body: dict[str, Any]) -> RequestedChoice:
    """Return the choice in `body`, whose text identifies a repeat: without the token, which may be a newer one."""
    posted = load_choice(body)
    text = _canonical({name: value for name, value in body.items() if name != "subject"})
    return posted._replace(body=text)


def load_choice(body: dict[str, Any]) -> RequestedChoice:
    """Return the choice in `body`. Raises ApiError 400 with all errors if it can't be recorded."""
    choices = body.get("choices")
    if isinstance(choices, dict) and "essential" in choices:
        raise ApiError(400, "essential", "essential cannot be chosen.", {"choices.essential": ["Always on."]})
    try:
        fields: dict[str, Any] = _schema.load(body)
    except ValidationError as error:
        raise ApiError(400, "invalid_field", "A field is not valid.", error.messages_dict) from None
    text = _canonical(body)
    return RequestedChoice(Form(fields, text, is_cached=False), fields["key"], fields["chosen_at"], text)


def _canonical(body: dict[str, Any]) -> bytes:
    """Return a body as canonical JSON, which identifies a repeat; an age, which is never stored, becomes its band."""
    age = body.get("age_band")
    if isinstance(age, str) and re.fullmatch(AGE, age):
        body = body | {"age_band": band_of_age(int(age))}
    return canonical_without_floats(body)


@lru_cache(MAX_CACHED_FORMS)
def _cached_form(rest: bytes, *, has_time: bool) -> Form | None:
    """Return the form in `rest`, or None if it is invalid or a placeholder isn't exactly in its own field."""
    try:
        body = parse_object(rest)
        is_whole = body.get("key") == _KEY_PLACEHOLDER.decode() and rest.count(_KEY_PLACEHOLDER) == 1
        if has_time:
            is_whole &= body.get("chosen_at") == _TIME_PLACEHOLDER.decode() and rest.count(_TIME_PLACEHOLDER) == 1
        fields = _schema.load(body | {"chosen_at": None} if has_time else body) if is_whole else None
    except (ApiError, ValidationError):
        return None
    return Form(fields, _canonical(body), is_cached=True) if fields else None


@lru_cache(1024)
def _parse_time(text: bytes) -> int | None:
    try:
        return unix_time(text.decode())
    except (ValueError, OverflowError):
        return None
