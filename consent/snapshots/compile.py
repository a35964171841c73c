"""A published config compiled once into ready answers: what each request needs, without SQL and without parsing."""

import datetime
import json
from collections.abc import Collection
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from consent.core.days import day_of
from consent.core.groups import ESSENTIAL, OPT_IN
from consent.core.resolve import resolve
from consent.core.rules import Place, Rules
from consent.proof.canonical import canonical, sha256_name
from consent.snapshots.blocking import early_facts
from consent.snapshots.containers import contained_cookies
from consent.snapshots.in_page import hosts_of, load_of
from consent.snapshots.labels import group_lines
from consent.snapshots.languages import choose_language, language_info, other_languages
from consent.snapshots.linked import linked_facts
from consent.snapshots.links import page_links
from consent.snapshots.look import look_in, page_look
from consent.snapshots.time_zones import UTC, is_time_zone, time_zone
from consent.snapshots.users_tools import needs_handle

PLACES_KEPT = 1024
FIRST_LAYER = ("label", "title", "text", "withdrawal", "vendors_link", "policy", "accept_all", "reject_all", "settings")
"""Texts that come with the script, beside a line for each group; those of the second layer come with its code."""
FETCHED_LATER = ("purpose_", "session_lifetime", "cookie_", "vendor_", "link_", "more_")
"""Texts that the second layer gets with its vendors, and those of links, which come with the script."""


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
        self.sends: list[str] = self.overrides.get("sends", [])
        """The signals for everybody on a page that the owner has switched on; configs of earlier times have none."""
        self.sightings: int = self.overrides.get("sightings", 0)
        """One page view in so many tells names of what it met; 0 is none."""
        self.one_choices_link: bool = self.overrides.get("one_choices_link", False)
        """Whether one link stands for others where a law lets it."""
        self.look = page_look(self.document)
        self.variant: str = self.document["variants"][0]["id"]
        self.contained = contained_cookies(self.document)
        """What the site's containers may have brought: deleted with a refusal, and told nowhere."""
        self.vendor_ids = frozenset(vendor["id"] for vendor in self.document["vendors"])
        zone = self.overrides.get("time_zone", UTC)
        # A zone may be dropped from the database after it was published; the site goes on.
        self.zone = time_zone(zone) if is_time_zone(zone) else None
        self.limits_languages = any(tag.get("languages") for tag in self.document["tags"])
        self.resolved = lru_cache(PLACES_KEPT)(self._resolved)
        self.text_hash = lru_cache(PLACES_KEPT)(self._text_hash)
        self.acts_facts = lru_cache(PLACES_KEPT)(self._acts_facts)
        """What the part of the script that comes after the first layer needs, by language."""

    def _resolved(
        self,
        country: str | None,
        subdivision: str | None,
        day: int,
        language: str | None = None,
        site_day: int | None = None,
    ) -> dict[str, Any]:
        return resolve(self.document, self.rules, Place(country, subdivision), day, language, site_day)

    def resolved_for(self, place: Place, day: int, language: str | None, site_day: int) -> dict[str, Any]:
        """Return the config under the rule of `place` and `day` for a visit in `language`, on `site_day` of the site.

        Without a language no tag is held for its own.
        """
        spoken = language if self.limits_languages else None
        return self.resolved(place.country, place.subdivision, day, spoken, site_day if site_day != day else None)

    def site_day(self, time: float) -> int:
        """Return the day, counted from 1970-01-01, that it is where the site is at `time`, unix seconds."""
        if self.zone is None:
            return day_of_time(time)
        return day_of(datetime.datetime.fromtimestamp(time, self.zone).date())

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

    def page_facts(self, resolved: dict[str, Any], language: str, spoken: Collection[str]) -> dict[str, Any]:
        """Return what the script's core needs beside the decision: look, links, and the texts of the first layer.

        `spoken` are the signals of the request: a sentence on each is among the texts.
        """
        texts = self.texts(language)
        status = ["status"] if spoken and resolved["status"] else []
        keys = [*FIRST_LAYER, *status, *(f"{signal}_conflict" for signal in spoken)]
        own_links = self.document["texts"].get("links", {}).get(language, {})
        policy = own_links.get("policy") or self.document["controller"]["policy_url"]
        more = [link | {"label": texts[f"more_{n}"]} for n, link in enumerate(own_links.get("more", []), 1)]
        direction = language_info(language).direction
        return {
            "links": page_links(resolved["links"], texts, policy, self.one_choices_link),
            "policy": policy,
            **({"more": more} if more else {}),
            "eager": eager_selector(resolved["tags"]),
            **({"handle": True} if needs_handle(language, texts["reject_all"]) else {}),
            "look": look_in(self.look, language),
            **({"scope": self.scope} if self.scope else {}),
            "texts": {key: texts[key] for key in keys} | group_lines(texts, language),
            **linked_facts(texts),
            **({"direction": direction} if direction != "ltr" else {}),
            "others": " ".join(other_languages(language, self.languages)),
            **({"sends": self.sends} if self.sends else {}),
            **({"sightings": self.sightings} if self.sightings else {}),
            **early_facts(self.document),
        }

    def _opt_out(self, vendor: dict[str, Any], language: str) -> dict[str, Any]:
        """Return the opt-out of a vendor that keeps cookies where no page of the site can delete them."""
        is_out_of_reach = any(c["third_party"] and c["vendor"] == vendor["id"] for c in self.document["cookies"])
        if not is_out_of_reach or not vendor["opt_out_url"]:
            return {}
        text = self.texts(language)["vendor_opt_out"].replace("{vendor}", vendor["name"])
        return {"opt_out": {"url": vendor["opt_out_url"], "text": text}}

    def _acts_facts(self, language: str) -> dict[str, Any]:
        document = self.document
        tags = [tag for tag in document["tags"] if tag["enabled"]]
        return {
            "tags": {tag["id"]: load_of(tag) for tag in tags},
            "vendors": {
                v["id"]: {fact: v[fact] for fact in ("name", "revoke", "consent") if fact in v}
                | {"hosts": hosts_of(document, v)}
                | self._opt_out(v, language)
                for v in document["vendors"]
            },
            "run": document["overrides"].get("allowed_hosts", []),
            "cookies": [
                {k: c[k] for k in ("name", "pattern", "kind", "group", "vendor", "domain")}
                for c in document["cookies"]
                if c["group"] != ESSENTIAL and not c["third_party"]
            ]
            + self.contained,
            "texts": {
                key: text
                for key, text in self.texts(language).items()
                if not key.startswith(FETCHED_LATER) and key not in FIRST_LAYER
            },
        }


def eager_selector(tags: list[dict[str, Any]]) -> str:
    """Return a CSS selector of what the script sees to before any choice: frames keep their place, essentials run.

    Beginnings stand for `essential` and `unmarked`, since each byte is in every script. What the blocker holds is marked
    `unmarked`: whose it is, and whether it may go, only the vendors' hosts tell.
    """
    vendors = sorted({tag["vendor"] for tag in tags if tag["level"] < OPT_IN and not tag["hold"]})
    return ",".join(
        [
            "iframe[data-consent]",
            "[data-consent^=e]",
            "[data-consent^=u]",
            *(f"[data-vendor='{v}']" for v in vendors),
        ]
    )


def day_of_time(time: float) -> int:
    """Return the UTC day, counted from 1970-01-01, of a time in unix seconds."""
    return int(time // 86400)


def utc_time(time: float) -> datetime.datetime:
    """Return the UTC date and time of a time in unix seconds."""
    return datetime.datetime.fromtimestamp(time, datetime.UTC)


def utc_date(time: float) -> datetime.date:
    """Return the UTC date of a time in unix seconds."""
    return utc_time(time).date()
