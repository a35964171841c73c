"""The cookie declaration: what a live config keeps in a browser, for whom, what for and how long, in one language."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from consent.core.groups import ESSENTIAL, GROUPS
from consent.core.rules import Place
from consent.snapshots.compile import CompiledConfig
from consent.snapshots.languages import language_info
from consent.snapshots.links import page_links
from consent.snapshots.own_items import OWN_ITEMS
from consent.snapshots.texts import declaration_texts, duration, purpose_texts
from consent.snapshots.vendor_facts import vendor_facts

Facts = dict[str, Any]
SIGNALS = {"gpc": "Global Privacy Control", "dnt": "Do Not Track"}
BROWSERS = Path(__file__).parent.parent / "data" / "browsers.json"
CONTACTS = ("designated_request_address", "privacy_officer_contact", "grievance_contact")
MAIL = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
STATED = ("name", "address", "contact", "policy_url", "policy_revision", "storage_location", "retention")


def declaration(config: CompiledConfig, language: str, place: Place, day: int) -> Facts:
    """Return the declaration of `config` for a visitor in `place` on `day` (days since 1970-01-01 UTC).

    Nothing of it depends on the visitor's choice. A vendor without a tag that is switched on is not in it.
    """
    resolved = config.resolved(place.country, place.subdivision, day)
    controller = config.document["controller"]
    return {
        "site": config.site,
        "config": config.name,
        "version": config.version,
        "language": language,
        "direction": language_info(language).direction,
        "controller": {fact: controller[fact] for fact in STATED},
        "groups": [_group(config, group, language) for group in GROUPS],
        "signals": [_signal(name, resolved[name], language) for name in SIGNALS],
        "links": _links(resolved["links"], config, language),
        "browsers": _browsers(),
    }


def _group(config: CompiledConfig, group: str, language: str) -> Facts:
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


def _vendor(config: CompiledConfig, vendor: Facts, group: str, language: str) -> Facts | None:
    """Return what is told of `vendor` under `group`, or None where none of its tags or cookies belongs there."""
    facts = vendor_facts(config, vendor, language)
    cookies = [cookie for cookie in facts["cookies"] if cookie["group"] == group]
    if not facts["groups"] or not (cookies or group in facts["groups"]):
        return None
    del facts["groups"]
    return facts | {"cookies": [{fact: cookie[fact] for fact in cookie if fact != "group"} for cookie in cookies]}


def _cookie(cookie: Facts, language: str) -> Facts:
    purpose, lifetime = cookie["purpose"], cookie["lifetime_s"]
    return {
        "name": cookie["name"],
        "kind": cookie["kind"],
        "purpose": purpose_texts(language).get(purpose, "") if purpose else "",
        "lifetime": duration(lifetime, language),
    }


def _own_items(config: CompiledConfig, language: str) -> list[Facts]:
    said = {f"purpose_{code}": text for code, text in purpose_texts(language).items()} | declaration_texts(language)
    named = {(cookie["kind"], cookie["name"]) for cookie in config.document["cookies"]}
    return [
        {
            "name": f"{config.cookie}{item.suffix}",
            "kind": item.kind,
            "purpose": said[item.text],
            "lifetime": duration(item.lifetime_s, language),
        }
        for item in OWN_ITEMS
        if (item.kind, f"{config.cookie}{item.suffix}") not in named
    ]


def _signal(name: str, counts: bool, language: str) -> Facts:
    texts = declaration_texts(language)
    ignored = texts["signal_ignored"].replace("{signal}", SIGNALS[name])
    return {
        "signal": name,
        "name": SIGNALS[name],
        "counts": counts,
        "text": texts[f"{name}_counts"] if counts else ignored,
    }


def _links(tokens: list[str], config: CompiledConfig, language: str) -> list[dict[str, Any]]:
    """Return the links that the place asks for; an address for requests is the controller's own, where it is one of mail."""
    texts, controller = config.texts(language), config.document["controller"]
    links = page_links(tokens, texts, controller["policy_url"], config.one_choices_link)
    contact = controller["contact"].strip()
    if MAIL.fullmatch(contact):
        labels = {texts.get(f"link_{token}") for token in CONTACTS}
        links = [link | {"url": f"mailto:{contact}"} if link["label"] in labels else link for link in links]
    return links


@cache
def _browsers() -> list[Facts]:
    found: list[Facts] = json.loads(BROWSERS.read_text("utf-8"))
    return found
