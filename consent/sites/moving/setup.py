"""The setup of another consent tool, as far as it could be read: its services, its texts, and what couldn't be imported."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from consent.core.groups import ESSENTIAL
from consent.sites.moving.container_triggers import Firing
from consent.sites.moving.script_literals import Code, Pattern

MAX_BYTES = 1_000_000
MAX_SERVICES = 200
MAX_TEXT = 2000
CONTAINER = "google-tag-manager"
"""Not a consent tool, but imported the same way: the tag manager whose container was exported."""
GROUPS = (
    (
        re.compile(r"(strictly.?)?(necessary|required|essential|mandatory|core$|n[eé]cessaire|notwendig|security)"),
        ESSENTIAL,
    ),
    (re.compile(r"func|prefer|support$|video|comment|api$|social$|chat$|media$|livechat$|styling$"), "functional"),
    (re.compile(r"analytics?$|analy[st]|stats?$|statist|perform|measur|mesure|audience"), "analytics"),
    (re.compile(r"ads?$|ads?[ _-]|advert|market|target|retarget|werb|publicit"), "advertising"),
)
"""The groups that other tools' category names stand for; a name that matches none is unknown."""


class ImportFileError(ValueError):
    """A file from which no setup can be read; the message is a sentence for the user who uploaded it."""


class Piece(NamedTuple):
    """An element of a page that waits for the old tool: its address, or its code."""

    element: str
    src: str
    code: str
    attributes: Mapping[str, str]


class Service(NamedTuple):
    """What the old tool holds under one name; `words` are its categories there.

    With `vendor` and `template`, it is certain to be a product of the catalog, with `parameters` for its tag.
    `in_page` is whether its code is in the pages, marked for the old tool; otherwise the old tool loads it, as `firing`
    says.
    """

    name: str
    title: str = ""
    words: tuple[str, ...] = ()
    cookies: tuple[str, ...] = ()
    is_required: bool = False
    in_page: bool = True
    pieces: tuple[Piece, ...] = ()
    vendor: str = ""
    template: str = ""
    parameters: Mapping[str, str] = {}
    firing: Firing = Firing()

    @property
    def group(self) -> str | None:
        """Return the group that its categories stand for, the last of several; None if no category is known."""
        if self.is_required:
            return ESSENTIAL
        known = [group for word in self.words if (group := group_of_word(word))]
        order = [group for _, group in GROUPS]
        return max(known, key=order.index) if known else None


class Setup(NamedTuple):
    """A setup: `tool` is an id in `old_choices.TOOLS`, or `CONTAINER`; `texts` are by language and our text keys.

    `left` says in sentences what couldn't be imported, `undecided` what users must decide. `life` is its cookie's
    lifetime in days, if stated.
    """

    tool: str
    services: list[Service]
    cookie: str = ""
    life: int | None = None
    revision: int = 0
    policy_url: str = ""
    language: str = ""
    texts: Mapping[str, Mapping[str, str]] = {}
    left: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()


def group_of_word(word: str) -> str | None:
    """Return the group that another tool's category stands for by its name, or None."""
    return next((group for pattern, group in GROUPS if pattern.match(word.lower().strip())), None)


def text_of(value: Any) -> str:
    """Return `value` if it is plain text without markup or placeholders, else an empty string."""
    if not isinstance(value, str) or isinstance(value, Code | Pattern):
        return ""
    text = " ".join(value.split())
    return text if text.isprintable() and len(text) <= MAX_TEXT and not re.search(r"[<>{}]", text) else ""


def texts_of(values: Mapping[str, Any]) -> dict[str, str]:
    """Return those of `values` that are plain texts."""
    return {key: text for key, value in values.items() if (text := text_of(value))}


def part(value: Any, *names: str) -> Any:
    """Return the value nested in `value` under `names`; an empty object if there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return {} if value is None or isinstance(value, Code) else value


def number_of(value: Any) -> int | None:
    """Return a number of days or a revision number, or None if it isn't a plausible one."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 4000 else None


def cookie_names(values: Any) -> tuple[str, ...]:
    """Return the names in a list of cookies, each a name, a pattern, or an object or list that starts with one."""
    names = []
    for value in values if isinstance(values, list) else []:
        first = (
            value.get("name") if isinstance(value, dict) else value[0] if isinstance(value, list) and value else value
        )
        if isinstance(first, str) and not isinstance(first, Code):
            names.append(re.sub(r"^\^|\$$|\.\*", "", first)[:100])
    return tuple(names)
