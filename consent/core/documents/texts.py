"""The texts and links of a draft or config."""

from typing import NotRequired, TypedDict


class OwnLink(TypedDict):
    """A link that the owner put on the first layer."""

    label: str
    url: str


class OwnLinks(TypedDict):
    """The owner's links in one language."""

    policy: NotRequired[str]
    more: NotRequired[list[OwnLink]]


class Reader(TypedDict):
    """The user `by` (an audit id) who read the shipped texts, `texts` by SHA-256, on the ISO date `on`."""

    by: str
    on: str
    texts: str


class DraftTexts(TypedDict):
    """The strings of a draft that the owner changed, by language and key; `readers` have signed off on a language."""

    default_language: str
    languages: dict[str, dict[str, str]]
    confirmed: NotRequired[list[str]]
    readers: NotRequired[dict[str, Reader]]
    links: NotRequired[dict[str, OwnLinks]]


class ConfigTexts(TypedDict):
    """Every string of a config, by language and key; `own` holds those that the owner changed."""

    default_language: str
    languages: dict[str, dict[str, str]]
    own: NotRequired[dict[str, dict[str, str]]]
    links: NotRequired[dict[str, OwnLinks]]
