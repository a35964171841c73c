"""The set-up of another consent tool, as far as it could be read: its services, its texts, and what could not be taken."""

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
"""Not a consent tool, and moved by the same way: the container of which tag manager a file was exported from."""
GROUPS = (
    (
        re.compile(r"(strictly.?)?(necessary|required|essential|mandatory|core$|n[eé]cessaire|notwendig|security)"),
        ESSENTIAL,
    ),
    (re.compile(r"func|prefer|support$|video|comment|api$|social$|chat$|media$|livechat$|styling$"), "functional"),
    (re.compile(r"analytics?$|analy[st]|stats?$|statist|perform|measur|mesure|audience"), "analytics"),
    (re.compile(r"ads?$|ads?[ _-]|advert|market|target|retarget|werb|publicit"), "advertising"),
)
"""What the words of categories in other tools stand for; of a word that none fits nothing is known."""


class ImportFileError(ValueError):
    """A file that no set-up can be read from; the message is a sentence for whoever gave it."""


class Piece(NamedTuple):
    """An element of a page that waits for the old tool: its address, or its code."""

    element: str
    src: str
    code: str
    attributes: Mapping[str, str]


class Service(NamedTuple):
    """What the old tool holds under one name. `words` are its categories there.

    With `vendor` and `template` it is a product of the catalogue beyond doubt, with `parameters` of its tag. `in_page` is
    whether its code stands in the pages, marked for the old tool; else the old tool loads it by itself, as `firing` says.
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
        """Return the group that its categories stand for, the last of several; None where no word is known."""
        if self.is_required:
            return ESSENTIAL
        known = [group for word in self.words if (group := group_of_word(word))]
        order = [group for _, group in GROUPS]
        return max(known, key=order.index) if known else None


class Setup(NamedTuple):
    """A set-up: `tool` is an id of `old_choices.TOOLS`, or `CONTAINER`; `texts` are ours by language and key.

    `left` says in sentences what could not be taken, `undecided` what a user decides. `life` is how many days its cookie
    lives, where it says so.
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
    """Return the group that a category of another tool stands for by its name, or None."""
    return next((group for pattern, group in GROUPS if pattern.match(word.lower().strip())), None)


def text_of(value: Any) -> str:
    """Return `value` where it is a text in plain words, without markup or places to fill in; else an empty string."""
    if not isinstance(value, str) or isinstance(value, Code | Pattern):
        return ""
    text = " ".join(value.split())
    return text if text.isprintable() and len(text) <= MAX_TEXT and not re.search(r"[<>{}]", text) else ""


def texts_of(values: Mapping[str, Any]) -> dict[str, str]:
    """Return those of `values` that are texts."""
    return {key: text for key, value in values.items() if (text := text_of(value))}


def part(value: Any, *names: str) -> Any:
    """Return what stands in `value` under `names`, one within the other; an empty object where there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return {} if value is None or isinstance(value, Code) else value


def number_of(value: Any) -> int | None:
    """Return a number of days or of a revision, or None where it is none that can be."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 4000 else None


def cookie_names(values: Any) -> tuple[str, ...]:
    """Return the names in a list of cookies: each is a name, a pattern, or an object or list that begins with one."""
    names = []
    for value in values if isinstance(values, list) else []:
        first = (
            value.get("name") if isinstance(value, dict) else value[0] if isinstance(value, list) and value else value
        )
        if isinstance(first, str) and not isinstance(first, Code):
            names.append(re.sub(r"^\^|\$$|\.\*", "", first)[:100])
    return tuple(names)
