"""A made-up payload: what the service puts after the built script, with a few tags and vendors."""

from collections.abc import Collection
from typing import Any

from consent.core.decide import Signals
from consent.core.groups import OPTIONAL
from consent.core.resolve import resolve
from consent.core.rules import Place
from consent.presentation.autoconsent import needs_handle
from consent.presentation.links import page_links
from consent.presentation.partner_counts import link_partners, partners
from consent.presentation.texts import banner_texts, first_words
from consent.presentation.theme import page_theme, theme_in
from consent.runtime.compiled_config import eager_selector, page_triggers
from consent.runtime.precomputed_decisions import choice_facts, newest_keys, precompute_decisions
from tests.golden import make_config, shipped_rules

TEXTS = banner_texts("en")
PARTNERS = 4
NAMED = {
    key: text.replace("{controller}", "Little Shop").replace("{partners}", partners(PARTNERS, "en"))
    for key, text in TEXTS.items()
}
POLICY = "https://shop.example/privacy"
DAY = 20782


def tag(tag_id: str, group: str, **facts: Any) -> dict[str, Any]:
    """Return a tag in the made-up config, whose vendor has the same id."""
    return {"id": tag_id, "group": group, "purposes": ["p"], **facts}


CAST = [
    tag("session", "essential", third_party=False),
    tag("chat", "functional"),
    tag("video", "functional"),
    tag("stats", "analytics"),
    tag("ads", "advertising"),
]


def make_payload(
    base: str,
    place: str = "DE",
    tags: list[dict[str, Any]] | None = None,
    overrides: dict[str, Any] | None = None,
    language: str = "en",
    **facts: Any,
) -> dict[str, Any]:
    """Return the payload for a visitor in `place`.

    Each tag loads `<base>/vendor/<id>.js`, except video, which is marked.
    """
    tags = CAST if tags is None else tags
    country, _, subdivision = place.partition("-")
    resolved = resolve(
        make_config(tags, overrides, facts.pop("earlier", ())),
        shipped_rules(),
        Place(country or None, subdivision or None),
        facts.pop("day", DAY),
    )
    return {
        "visit": {
            "site": "demo",
            "config": "sha256:" + "9f" * 32,
            "version": 14,
            "language": language,
            "variant": "a",
            "place": {"country": country or None, "subdivision": subdivision or None, "source": "geoip"},
            "regime": resolved["regime"],
            "rules_version": "2026-11-24",
        },
        "token": "a-token",
        **({"region": place} if place else {}),
        "signals": {"gpc": False, "dnt": False, "age_band": "unknown"},
        "resolved": resolved | {"keys": newest_keys(resolved)},
        "acts": {
            "tags": {one["id"]: load(base, one["id"]) for one in tags},
            "vendors": {one["id"]: vendor(one["id"]) for one in tags},
            "cookies": [
                named("_stats", "analytics", "stats"),
                named("_stats_*", "analytics", "stats", pattern=True),
                named("_ads", "advertising", "ads"),
                named("stats_state", "analytics", "stats", kind="local"),
                named("stats_tab", "analytics", "stats", kind="session"),
            ],
            "texts": {},
            "run": [],
        },
        "later": "/b/demo/build/config/en.js",
        "links": page_links(resolved["links"], TEXTS, {"privacy_policy": POLICY}, facts.pop("one_choices_link", False)),
        "policy": POLICY,
        "eager": eager_selector(resolved["tags"]),
        **({"triggers": triggers} if (triggers := page_triggers(resolved["tags"])) else {}),
        "look": theme_in(look(), language),
        "words": words_in(facts.get("texts", NAMED), language, facts.get("asked", OPTIONAL)),
        "texts": NAMED,
        **({"handle": True} if needs_handle(language, facts.get("texts", TEXTS)["reject_all"]) else {}),
        "others": "",
        **facts,
    }


def words_in(texts: dict[str, str], language: str, asked: Collection[str] = OPTIONAL) -> list[list[str]]:
    """Return the first layer's words with the links to the policy and to the four partners."""
    words = [*first_words(texts, language, asked), [texts["policy"], POLICY]]
    return link_partners(words, partners(PARTNERS, language), texts["vendors_link"])


def first_form(payload: dict[str, Any]) -> dict[str, Any]:
    """Return `payload` in the form for a script whose later part is fetched."""
    resolved = payload["resolved"]
    facts = {fact: value for fact, value in payload.items() if fact != "acts"}
    return facts | {
        "resolved": choice_facts(resolved, resolved["letters"]),
        "ahead": precompute_decisions(
            resolved, resolved["day"], Signals(**payload["signals"]), payload.get("asked", OPTIONAL)
        ),
    }


def look(**tokens: Any) -> dict[str, str]:
    """Return the look of a site with these tokens."""
    return page_theme(
        {"site": "demo", "look": {"accent": "#0b57d0", "radius": 8, "position": "bottom", "font": "system"} | tokens}
    )


def load(base: str, tag_id: str) -> dict[str, Any]:
    """Return a tag's load settings."""
    if tag_id == "video":
        return {"type": "marked", "src": "", "attributes": {}, "calls": []}
    return {"type": "script", "src": f"{base}/vendor/{tag_id}.js", "attributes": {}, "calls": []}


def vendor(vendor_id: str) -> dict[str, Any]:
    """Return the facts of a vendor with a revoke call."""
    return {
        "name": vendor_id.capitalize(),
        "hosts": [],
        "revoke": [{"call": "revoked", "args": [vendor_id]}],
    }


def named(name: str, group: str, owner: str | None, kind: str = "cookie", pattern: bool = False) -> dict[str, Any]:
    """Return a cookie or storage item as the config lists it."""
    return {"name": name, "pattern": pattern, "kind": kind, "group": group, "vendor": owner, "domain": None}


def choice(answers: str, place: str = "DE", day: int = DAY, told: int = 0, vendors: str = "") -> str:
    """Return the value of a consent cookie; `answers` has one mark per group, such as `10-`."""
    resolved = make_payload("", place)["resolved"]
    keys = [resolved["groups"][group]["keys"][0] for group in OPTIONAL]
    states = "".join(mark + key for mark, key in zip(answers, keys, strict=True))
    regime = resolved["regime"] + (f"+{resolved['letters']}" if resolved["letters"] else "")
    return f"v1.{day}.{regime}.{told}.{states}.{vendors}"
