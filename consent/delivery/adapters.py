"""Adapters: how an external system takes a choice, defined as data (`consent/data/adapters`, `adapter.schema.json`)."""

import base64
import json
import logging
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from consent.core.groups import OPTIONAL
from consent.delivery.event import TEST, event_bytes
from consent.delivery.template import MISSING, TemplateError, fill_address, fill_text, render, value_at
from consent.signing.canonical_json import canonical
from consent.storage.delivery.receivers import ReceiverRow

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

log = logging.getLogger(__name__)

FOLDER = Path(__file__).parent.parent / "data" / "adapters"
SCHEMA_FILE = FOLDER.parent / "adapter.schema.json"
PLAIN = "plain"
GROUP_NAMES = {"functional": "Functional", "analytics": "Analytics", "advertising": "Advertising"}


class AdapterError(ValueError):
    """Raised for a file that is not a valid adapter; the message names the problem."""


class Request(NamedTuple):
    """One request to an external system; `is_signed` if its body is the event itself."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    is_signed: bool


class Adapter:
    """An adapter, built from its `document`. Raises AdapterError if the document is invalid."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        errors = sorted(_validator().iter_errors(document), key=lambda error: list(error.path))
        if errors:
            place = ".".join(map(str, errors[0].path)) or "the file"
            raise AdapterError(f"{place}: {errors[0].message}")
        self.document = document
        self.id: str = document["id"]
        self.name: str = document["name"]
        self.settings: dict[str, dict[str, Any]] = document.get("settings", {})
        self.steps: list[dict[str, Any]] = document.get("steps") or [document["request"]]
        self.limit_per_s: int = document.get("limit_per_s", 0)
        self.done: list[int] = document.get("done", {}).get("status", [])
        self.cookies: dict[str, dict[str, str]] = document.get("cookies", {})
        """The receiver's own first-party cookie and the pattern of its value, by the name of the id that it holds."""

    @property
    def is_plain(self) -> bool:
        """Return whether the adapter sends the event itself."""
        return self.id == PLAIN

    @property
    def secret_names(self) -> frozenset[str]:
        """Return the names of the settings that are never displayed again."""
        return frozenset(name for name, facts in self.settings.items() if facts.get("secret"))

    def is_done(self, status: int) -> bool:
        """Return whether a response with `status` means that the event arrived."""
        return status in self.done if self.done else 200 <= status < 300

    def needs(self, facts: Mapping[str, Any]) -> bool:
        """Return whether the receiver can act on an event: it has the refusal or grant it needs, and a known id."""
        data = facts["data"]
        if facts["type"] == TEST:
            return True
        when, groups = self.document["when"], {group["id"] for group in facts["groups"]}
        if when == "refused" and not groups & set(data["refused"]):
            return False
        if when == "granted" and not any(group["allowed"] for group in facts["groups"]):
            return False
        required = self.document.get("if")
        if required and facts["settings"].get(required["setting"]) != required["is"]:
            return False
        if self.document.get("types") and facts["type"] not in self.document["types"]:
            return False
        wanted = self.document.get("needs", [])
        return not wanted or any(value_at(facts, f"ids.{name}") is not MISSING for name in wanted)

    def request(self, facts: Mapping[str, Any], step: int = 0) -> Request:
        """Return the request of a step for an event. Raises TemplateError if a value isn't allowed where it is used."""
        asked = self.steps[step]
        headers = {name: fill_text(text, facts) for name, text in asked.get("headers", {}).items()}
        if basic := asked.get("auth", {}).get("basic"):
            pair = ":".join(fill_text(part, facts) for part in basic)
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        if bearer := asked.get("auth", {}).get("bearer"):
            headers["Authorization"] = f"Bearer {fill_text(bearer, facts)}"
        kind, body = _body(asked, facts)
        return Request(
            asked["method"], fill_address(asked["url"], facts), {"Content-Type": kind, **headers}, body, False
        )


def template_context(event: Mapping[str, Any], receiver: ReceiverRow, secrets: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an adapter's templates may use: the event, and the receiver's settings, ids, groups and address."""
    settings = {**receiver.values, **secrets}
    who = event["data"]["who"]
    ids = dict(who.get("browser", {}))
    if "sub" in who:
        ids["sub"] = who["sub"]
    allowed = event["data"]["allowed"]["groups"]
    labels = settings.get("category", {})
    names = receiver.group_names or OPTIONAL
    groups = [
        {"id": group, "allowed": bool(allowed.get(group)), "label": labels.get(group, GROUP_NAMES[group])}
        for group in names
    ]
    return {**event, "settings": settings, "ids": ids, "groups": groups, "address": receiver.address}


def plain_request(event: Mapping[str, Any], receiver: ReceiverRow) -> Request:
    """Return a request whose body is the event itself."""
    kind = "application/cloudevents+json" if receiver.content_type == "cloudevents" else "application/json"
    return Request("POST", receiver.address, {"Content-Type": kind}, event_bytes(event), True)


def known_adapters() -> dict[str, Adapter]:
    """Return the built-in adapters and those of the instance, by id."""
    return shipped_adapters() | _instance_adapters


@cache
def shipped_adapters() -> dict[str, Adapter]:
    """Return the built-in adapters by id."""
    adapters = [Adapter(json.loads(path.read_text("utf-8"))) for path in sorted(FOLDER.glob("*.json"))]
    return {adapter.id: adapter for adapter in adapters}


def use_own_adapters(instance: Path) -> None:
    """Load the adapters in an instance's `adapters` folder; unusable ones are skipped with a warning."""
    _instance_adapters.clear()
    for path in sorted((instance / "adapters").glob("*.json")):
        try:
            adapter = Adapter(json.loads(path.read_text("utf-8")))
        except (AdapterError, ValueError, OSError) as error:
            log.warning("skipped adapter %s: %s", path.name, error)
            continue
        if adapter.id in shipped_adapters():
            log.warning("skipped adapter %s: the service already includes one named %s", path.name, adapter.id)
        else:
            _instance_adapters[adapter.id] = adapter


_instance_adapters: dict[str, Adapter] = {}


@cache
def _validator() -> "Draft202012Validator":
    from jsonschema import Draft202012Validator  # slow to import

    return Draft202012Validator(json.loads(SCHEMA_FILE.read_text("utf-8")))


def _body(asked: Mapping[str, Any], facts: Mapping[str, Any]) -> tuple[str, bytes]:
    """Return the content type and the bytes of a body."""
    if "form" not in asked:
        return "application/json", canonical(render(asked.get("body", {}), facts))
    pairs = [(name, value) for name, value in render(asked["form"], facts).items()]
    if each := asked.get("each_answer"):
        answers = facts.get("answer")
        if not isinstance(answers, list) or not answers:
            raise TemplateError("It has no id for this visitor.")
        for place, item in enumerate(answers):
            filled = render(each, {"item": item})
            pairs += [(name.replace("{i}", str(place)), value) for name, value in filled.items()]
    return "application/x-www-form-urlencoded", urlencode([(name, str(value)) for name, value in pairs]).encode()
