"""A published config compiled once into ready answers: what each request needs, without SQL and without parsing."""

import datetime
import json
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from consent.core.groups import ESSENTIAL
from consent.core.resolve import resolve
from consent.core.rules import Place, Rules
from consent.proof.canonical import canonical, sha256_name
from consent.snapshots.languages import choose_language, language_info, other_languages

PLACES_KEPT = 1024
FETCHED_LATER = ("purpose_", "session_lifetime")
"""Texts that the second layer gets with its vendors."""


class CompiledConfig:
    """One config, ready to answer. Immutable after it is made; shared by all threads."""

    def __init__(self, name: str, body: bytes, site_id: int, rules: Rules) -> None:
        self.name = name
        self.document: dict[str, Any] = json.loads(body)
        self.site: str = self.document["site"]
        self.site_id = site_id
        self.version: int = self.document["version"]
        self.rules = rules
        self.origins = frozenset(self.document["hosts"])
        self.host_names = frozenset(urlsplit(origin).hostname or "" for origin in self.origins)
        self.languages: tuple[str, ...] = tuple(sorted(self.document["texts"]["languages"]))
        self.default_language: str = self.document["texts"]["default_language"]
        self.cookie = f"consent_{self.site}"
        self.overrides: dict[str, Any] = self.document["overrides"]
        self.scope: str = "" if self.overrides["cookie_scope"] == "host" else self.overrides["cookie_scope"]
        self.variant: str = self.document["variants"][0]["id"]
        self.vendor_ids = frozenset(vendor["id"] for vendor in self.document["vendors"])
        self.resolved = lru_cache(PLACES_KEPT)(self._resolved)
        self.text_hash = lru_cache(PLACES_KEPT)(self._text_hash)

    def _resolved(self, country: str | None, subdivision: str | None, day: int) -> dict[str, Any]:
        return resolve(self.document, self.rules, Place(country, subdivision), day)

    def language(self, asked: str | None, accepted: str | None, place: Place) -> str:
        """Return the language of a visitor: by the page's tag, the Accept-Language header, the place, else the site's."""
        return choose_language(asked, accepted, self.languages, self.default_language, place.code)

    def texts(self, language: str) -> dict[str, str]:
        """Return every string that both layers can show in `language`."""
        strings: dict[str, str] = self.document["texts"]["languages"][language]
        return strings

    def _text_hash(self, language: str) -> str:
        """Return the claim `text`: the hash of every string that both layers could show in `language`."""
        return sha256_name(canonical(self.texts(language)))

    def _page_texts(self, resolved: dict[str, Any], language: str) -> dict[str, str]:
        """Return the strings that the script shows by itself; purposes come with the vendors, when they are opened."""
        links = {f"link_{name}" for name in resolved["links"]}
        return {
            key: text
            for key, text in self.texts(language).items()
            if not key.startswith(FETCHED_LATER) and (not key.startswith("link_") or key in links)
        }

    def page_facts(self, resolved: dict[str, Any], language: str) -> dict[str, Any]:
        """Return what the script needs beside the decision: tag sources, vendors, cookies to remove, texts, look."""
        loadable = {tag["id"] for tag in resolved["tags"] if not tag["hold"]}
        vendors = {tag["vendor"] for tag in resolved["tags"] if not tag["hold"]}
        document = self.document
        return {
            "tags": {
                tag["id"]: {**tag["load"], "limited": tag["limited"]}
                for tag in document["tags"]
                if tag["id"] in loadable
            },
            "vendors": {
                v["id"]: {k: v[k] for k in ("name", "company", "privacy_url", "opt_out_url", "revoke", "hosts")}
                for v in document["vendors"]
                if v["id"] in vendors
            },
            "cookies": [
                {k: c[k] for k in ("name", "pattern", "kind", "group", "vendor", "domain")}
                for c in document["cookies"]
                if c["group"] != ESSENTIAL and not c["third_party"]
            ],
            "controller": {k: document["controller"][k] for k in ("name", "policy_url")},
            "look": document["look"],
            "scope": self.scope,
            "texts": self._page_texts(resolved, language),
            "direction": language_info(language).direction,
            "others": other_languages(language, self.languages),
        }


def day_of_time(time: float) -> int:
    """Return the UTC day, counted from 1970-01-01, of a time in unix seconds."""
    return int(time // 86400)


def utc_time(time: float) -> datetime.datetime:
    """Return the UTC date and time of a time in unix seconds."""
    return datetime.datetime.fromtimestamp(time, datetime.UTC)


def utc_date(time: float) -> datetime.date:
    """Return the UTC date of a time in unix seconds."""
    return utc_time(time).date()
