"""The draft that marketing edits, and the config that it is published as (data/config.schema.json)."""

from typing import NotRequired, TypedDict

from consent.core.documents.site_settings import Controller, Overrides
from consent.core.documents.tags import Tag
from consent.core.documents.tcf import TcfCut
from consent.core.documents.texts import ConfigTexts, DraftTexts
from consent.core.documents.theme import ShownVariant, Theme, Variant
from consent.core.documents.vendors import Cookie, SiteVendor


class SiteFacts(TypedDict):
    """What a draft and a config both hold."""

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
    """What a grant for a group covers; `key` is a SHA-256 as hex digits."""

    key: str
    purposes: list[str]
    vendors: list[str]


class ConfigOptions(TypedDict, total=False):
    """What configs of some sites alone have."""

    tcf: TcfCut
    experiment: dict[str, ShownVariant]


class Config(ConfigOptions, SiteFacts):
    """A draft as it was published; the two hashes are SHA-256 as hex digits. `style` is missing from early ones."""

    texts: ConfigTexts
    version: int
    purpose_keys: dict[str, list[PurposeKey]]
    rules_sha256: str
    banner_sha256: str
    style: NotRequired[str]
