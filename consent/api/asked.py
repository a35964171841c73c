"""The body of a choice. But for key and time most visitors send the same, so what else is in it is read once and kept."""

import re
import secrets
from functools import lru_cache
from typing import Any, NamedTuple

from marshmallow import ValidationError

from consent.api.answer import ApiError
from consent.api.request import parse_object
from consent.api.schemas import ReceiptWriteSchema, unix_time
from consent.proof.canonical import canonical_without_floats

FORMS_KEPT = 512
_schema = ReceiptWriteSchema()
_KEY = re.compile(rb'"key": ?"([0-9a-f]{32})"')
_TIME = re.compile(rb'"chosen_at": ?"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z)"')
# Nobody can send what stands in their place: it is drawn when the process starts.
_ANY_KEY, _ANY_TIME = secrets.token_hex(16).encode(), secrets.token_hex(16).encode()


class Form:
    """A choice but for its key and, where the page tells one in the usual way, its time: `fields` as the schema loads them.

    `text` is the canonical JSON of the body. Where `is_kept` all who send the same have this very object.
    """

    __slots__ = ("fields", "is_kept", "text")

    def __init__(self, fields: dict[str, Any], text: bytes, *, is_kept: bool) -> None:
        self.fields, self.text, self.is_kept = fields, text, is_kept


class Asked(NamedTuple):
    """A choice that a body asks to record; `chosen_at` is unix seconds, `body` what was sent as canonical JSON."""

    form: Form
    key: str
    chosen_at: int | None
    body: bytes

    @property
    def fields(self) -> dict[str, Any]:
        """Return all but key and time."""
        return self.form.fields


def read_asked(content: bytes) -> Asked:
    """Return the choice in the JSON `content`. Raises ApiError 400 for one that cannot be, with all that is wrong."""
    key, time = _KEY.search(content), _TIME.search(content)
    chosen = _moment(time[1]) if time else None
    if key and (chosen is not None or not time):
        rest = content.replace(key[1], _ANY_KEY)
        form = _kept_form(rest.replace(time[1], _ANY_TIME) if time else rest, has_time=time is not None)
        if form and time:
            return Asked(form, key[1].decode(), chosen, form.text.replace(_ANY_KEY, key[1]).replace(_ANY_TIME, time[1]))
        if form:
            return Asked(form, key[1].decode(), form.fields["chosen_at"], form.text.replace(_ANY_KEY, key[1]))
    return load_asked(parse_object(content))


def load_asked(body: dict[str, Any]) -> Asked:
    """Return the choice that `body` asks to record. Raises ApiError 400 for one that cannot be, with all that is wrong."""
    choices = body.get("choices")
    if isinstance(choices, dict) and "essential" in choices:
        raise ApiError(
            400, "essential", "Essential is not for choosing.", {"choices.essential": ["This is always on."]}
        )
    try:
        fields: dict[str, Any] = _schema.load(body)
    except ValidationError as error:
        raise ApiError(400, "bad_field", "A field cannot be used.", error.messages_dict) from None
    text = canonical_without_floats(body)
    return Asked(Form(fields, text, is_kept=False), fields["key"], fields["chosen_at"], text)


@lru_cache(FORMS_KEPT)
def _kept_form(rest: bytes, *, has_time: bool) -> Form | None:
    """Return what is in `rest`, or None where it is faulty or key and time do not stand where they belong."""
    try:
        body = parse_object(rest)
        is_whole = body.get("key") == _ANY_KEY.decode() and rest.count(_ANY_KEY) == 1
        if has_time:
            is_whole &= body.get("chosen_at") == _ANY_TIME.decode() and rest.count(_ANY_TIME) == 1
        fields = _schema.load(body | {"chosen_at": None} if has_time else body) if is_whole else None
    except (ApiError, ValidationError):
        return None
    return Form(fields, canonical_without_floats(body), is_kept=True) if fields else None


@lru_cache(1024)
def _moment(text: bytes) -> int | None:
    try:
        return unix_time(text.decode())
    except (ValueError, OverflowError):
        return None
