"""Parse receipt search filters from a query string for the API, the dashboard and exports."""

import datetime
import math
import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from consent.core.days import DAY_SECONDS
from consent.core.groups import AGE_BANDS, OPTIONAL
from consent.core.translatable import translatable
from consent.storage.receipts.receipts import MAX_LIMIT
from consent.storage.selection.filters import STATES, Filters

WORDS = {
    "country": r"[A-Z]{2}|unknown",
    "subdivision": r"[A-Z0-9]{1,3}",
    "regime": r"[a-z_]{1,40}",
    "action": r"accept_all|reject_all|save|withdraw|opt_out|opt_in|object",
    "method": r"click|gpc|dnt|age|api|import",
    "config": r"sha256:[0-9a-f]{64}",
    "visitor": r"[0-9a-f]{32,64}",
    "language": r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?",
    "signal": r"gpc|dnt",
    "age_band": "|".join(("unknown", *AGE_BANDS)),
    "restricted": r"exclude|include|only",
}
FLAGS = tuple(one.name for one in fields(Filters) if one.type == bool | None)
"""The boolean filters."""
_VENDOR = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
PAGING = ("cursor", "limit", "count")
DEFAULT_LIMIT = 50


class FilterError(ValueError):
    """A filter is unknown or invalid; `fields` maps its name to a sentence."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__(" ".join(f"{name}: {sentence}" for name, sentence in fields.items()))
        self.fields = fields


def read_filters(query: Mapping[str, str]) -> Filters:
    """Return the filters in `query`, ignoring empty values; `PAGING` is for lists only, and not accepted here.

    `from` and `to` are dates or RFC 3339 times; a date in `to` includes the whole day. Raises FilterError.
    """
    facts: dict[str, Any] = {"groups": {}, "vendors": {}}
    errors: dict[str, str] = {}
    for name, value in query.items():
        try:
            _check_name(name)
            if value:
                _read_value(name, value, facts)
        except ValueError as error:
            errors[name] = str(error)
    if facts.get("until", math.inf) <= facts.get("since", -math.inf):
        errors["to"] = translatable("This must not be before the start.")
    if errors:
        raise FilterError(errors)
    return Filters(**facts)


def read_limit(query: Mapping[str, str]) -> int:
    """Return the page size requested by `query`, 1 to 500. Raises FilterError."""
    text = query.get("limit") or str(DEFAULT_LIMIT)
    if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= MAX_LIMIT:
        raise FilterError({"limit": translatable(f"This must be a number from 1 to {MAX_LIMIT}.")})
    return int(text)


def read_count(query: Mapping[str, str]) -> bool:
    """Return whether `query` requests the total number of receipts. Raises FilterError."""
    text = query.get("count") or "false"
    if text not in ("true", "false"):
        raise FilterError({"count": translatable("This must be true or false.")})
    return text == "true"


def _check_name(name: str) -> None:
    """Raise ValueError if there is no filter with that name."""
    kind, _, subject = name.partition(".")
    is_choice = (kind == "group" and subject in OPTIONAL) or (kind == "vendor" and _VENDOR.fullmatch(subject))
    if not is_choice and name not in ("from", "to", *FLAGS, *WORDS):
        raise ValueError("There is no such filter.")


def _read_value(name: str, value: str, facts: dict[str, Any]) -> None:
    kind, _, subject = name.partition(".")
    if kind == "group":
        if value not in STATES:
            raise ValueError("This must be granted, refused or none.")
        facts["groups"][subject] = value
    elif kind == "vendor":
        if value not in ("granted", "refused"):
            raise ValueError("This must be granted or refused.")
        facts["vendors"][subject] = value
    elif name in ("from", "to"):
        facts["since" if name == "from" else "until"] = moment(value, whole_day=name == "to")
    elif name in FLAGS:
        if value not in ("true", "false"):
            raise ValueError("This must be true or false.")
        facts[name] = value == "true"
    else:
        if not re.fullmatch(WORDS[name], value):
            raise ValueError("Unknown value.")
        facts[name] = value


def moment(text: str, *, whole_day: bool) -> int:
    """Return the unix time at which a date or RFC 3339 time starts or, with `whole_day`, at which a date ends.

    Raises ValueError with a sentence.
    """
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            day = datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC)
            return int(day.timestamp()) + DAY_SECONDS * whole_day
        time = datetime.datetime.fromisoformat(text)
        if time.tzinfo is None:
            time = time.replace(tzinfo=datetime.UTC)
        return int(time.timestamp())
    except (ValueError, OverflowError):
        raise ValueError("This must be a date such as 2026-11-24, or a time such as 2026-11-24T23:00:00Z.") from None
