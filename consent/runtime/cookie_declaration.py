"""Cookie declaration of a live config: name, vendor, purpose and lifetime, in one language."""

import json
import re
from functools import cache
from pathlib import Path
from typing import TypedDict

from consent.core.documents.script_payload import PageLink
from consent.core.documents.site_settings import Controller
from consent.core.documents.vendors import Cookie, SiteVendor
from consent.core.groups import ESSENTIAL, GROUPS
from consent.core.rules import Place
from consent.presentation.banner_storage import OWN_ITEMS, TCF_SUFFIX
from consent.presentation.languages import language_info
from consent.presentation.texts import declaration_texts, duration, purpose_texts
from consent.runtime.compiled_config import CompiledConfig
from consent.runtime.vendor_details import VendorLink, VendorPurpose, vendor_facts

SIGNALS = {"gpc": "Global Privacy Control", "dnt": "Do Not Track"}
BROWSERS = Path(__file__).parent.parent / "data" / "browsers.json"
CONTACTS = {"designated_request_address", "privacy_officer_contact", "grievance_contact"}
MAIL = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


class DeclaredItem(TypedDict):
    """A cookie or stored item, with purpose and lifetime in words."""

    name: str
    kind: str
    purpose: str
    lifetime: str


class DeclaredVendor(TypedDict):
    """A vendor under one group."""

    id: str
    name: str
    company: str
    country: str | None
    privacy_url: str | None
    opt_out_url: str | None
    purposes: list[VendorPurpose]
    cookies: list[DeclaredItem]
    links: list[VendorLink]


class DeclaredGroup(TypedDict):
    """A group and what is stored under it, by the site and by vendors."""

    group: str
    name: str
    text: str
    cookies: list[DeclaredItem]
    vendors: list[DeclaredVendor]


class DeclaredSignal(TypedDict):
    """A browser signal, and whether it counts in the visitor's place."""

    signal: str
    name: str
    counts: bool
    text: str


class BrowserHelp(TypedDict):
    """A browser's page for deleting site data, and its help page about that."""

    name: str
    address: str
    help: str


class Declaration(TypedDict):
    """The cookie declaration of a config in one language."""

    site: str
    config: str
    version: int
    language: str
    direction: str
    controller: Controller
    groups: list[DeclaredGroup]
    signals: list[DeclaredSignal]
    links: list[PageLink]
    browsers: list[BrowserHelp]


def declaration(config: CompiledConfig, language: str, place: Place, time: float) -> Declaration:
    """Return the declaration of `config` for a visitor in `place` at `time`, unix seconds.

    It doesn't depend on the visitor's choice. Vendors without an enabled tag are left out.
    """
    resolved = config.resolved_at(place.country, place.subdivision, time)
    controller = config.document["controller"]
    return {
        "site": config.site,
        "config": config.name,
        "version": config.version,
        "language": language,
        "direction": language_info(language).direction,
        "controller": controller,
        "groups": [_group(config, group, language) for group in GROUPS],
        "signals": [_signal("gpc", resolved["gpc"], language), _signal("dnt", resolved["dnt"], language)],
        "links": _links(resolved["links"], config, language),
        "browsers": _browsers(),
    }


def _group(config: CompiledConfig, group: str, language: str) -> DeclaredGroup:
    texts = config.texts(language)
    kept = [_cookie(c, language) for c in config.document["cookies"] if c["vendor"] is None and c["group"] == group]
    return {
        "group": group,
        "name": texts[group],
        "text": texts[f"{group}_text"],
        "cookies": [*(_own_items(config, language) if group == ESSENTIAL else []), *kept],
        "vendors": [
            found for vendor in config.document["vendors"] if (found := _vendor(config, vendor, group, language))
        ],
    }


def _vendor(config: CompiledConfig, vendor: SiteVendor, group: str, language: str) -> DeclaredVendor | None:
    """Return what is declared about `vendor` under `group`, or None if none of its tags or cookies belong there."""
    facts = vendor_facts(config, vendor, language)
    cookies = [cookie for cookie in facts["cookies"] if cookie["group"] == group]
    if not facts["groups"] or not (cookies or group in facts["groups"]):
        return None
    return {
        "id": facts["id"],
        "name": facts["name"],
        "company": facts["company"],
        "country": facts["country"],
        "privacy_url": facts["privacy_url"],
        "opt_out_url": facts["opt_out_url"],
        "purposes": facts["purposes"],
        "cookies": [
            {"name": item["name"], "kind": item["kind"], "purpose": item["purpose"], "lifetime": item["lifetime"]}
            for item in cookies
        ],
        "links": facts["links"],
    }


def _cookie(cookie: Cookie, language: str) -> DeclaredItem:
    purpose, lifetime = cookie["purpose"], cookie["lifetime_s"]
    return {
        "name": cookie["name"],
        "kind": cookie["kind"],
        "purpose": purpose_texts(language).get(purpose, "") if purpose else "",
        "lifetime": duration(lifetime, language),
    }


def _own_items(config: CompiledConfig, language: str) -> list[DeclaredItem]:
    texts = {f"purpose_{code}": text for code, text in purpose_texts(language).items()} | declaration_texts(language)
    named = {(cookie["kind"], cookie["name"]) for cookie in config.document["cookies"]}
    return [
        {
            "name": f"{config.cookie}{item.suffix}",
            "kind": item.kind,
            "purpose": texts[item.text],
            "lifetime": duration(item.lifetime_s, language),
        }
        for item in OWN_ITEMS
        if (item.kind, f"{config.cookie}{item.suffix}") not in named
        and (item.suffix != TCF_SUFFIX or config.document.get("tcf"))
    ]


def _signal(name: str, counts: bool, language: str) -> DeclaredSignal:
    texts = declaration_texts(language)
    ignored = texts["signal_ignored"].replace("{signal}", SIGNALS[name])
    return {
        "signal": name,
        "name": SIGNALS[name],
        "counts": counts,
        "text": texts[f"{name}_counts"] if counts else ignored,
    }


def _links(tokens: list[str], config: CompiledConfig, language: str) -> list[PageLink]:
    """Return the links that the place requires; contacts without an address get the controller's email address."""
    texts, contact = config.texts(language), config.document["controller"]["contact"].strip()
    links = config.links(tokens, language)
    if MAIL.fullmatch(contact):
        labels = {texts.get(f"link_{token}") for token in CONTACTS - config.overrides.get("link_addresses", {}).keys()}
        links = [link | {"url": f"mailto:{contact}"} if link["label"] in labels else link for link in links]
    return links


@cache
def _browsers() -> list[BrowserHelp]:
    browsers: list[BrowserHelp] = json.loads(BROWSERS.read_text("utf-8"))
    return browsers
