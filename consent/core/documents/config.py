"""The draft that marketing edits, and the config published from it (data/config.schema.json)."""

from typing import NotRequired, TypedDict

from consent.core.documents.site_settings import Controller, Overrides
from consent.core.documents.tags import Tag
from consent.core.documents.tcf import TcfCut
from consent.core.documents.texts import ConfigTexts, DraftTexts
from consent.core.documents.theme import ShownVariant, Theme, Variant
from consent.core.documents.vendors import Cookie, SiteVendor


class SiteFacts(TypedDict):
    """The fields that drafts and configs share."""

    schema: str
    site: str
    controller: Controller
    hosts: list[str]
    tags: list[Tag]
    vendors: list[SiteVendor]
    cookies: list[Cookie]
    look: Theme
    variants: list[Variant]
    overrides: Overrides


class Draft(SiteFacts):
    """The document that marketing edits (data/config.schema.json)."""

    texts: DraftTexts


class PurposeKey(TypedDict):
    """The purposes and vendors that a grant for a group covers; `key` is a SHA-256 as hex digits."""

    key: str
    purposes: list[str]
    vendors: list[str]


class ConfigOptions(TypedDict, total=False):
    """The fields that only some sites' configs have."""

    tcf: TcfCut
    experiment: dict[str, ShownVariant]


class Config(ConfigOptions, SiteFacts):
    """A published draft; the two hashes are SHA-256 as hex digits, and early configs have no `style`."""

    texts: ConfigTexts
    version: int
    purpose_keys: dict[str, list[PurposeKey]]
    rules_sha256: str
    banner_sha256: str
    style: NotRequired[str]
