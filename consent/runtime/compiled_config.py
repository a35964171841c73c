"""Published config, compiled once so that requests are answered without SQL or parsing."""

import datetime
from collections.abc import Collection
from functools import cached_property, lru_cache
from urllib.parse import urlsplit

import orjson

from consent.core.days import DAY_SECONDS, date_of, day_of
from consent.core.documents.config import Config
from consent.core.documents.gpp import GppSection
from consent.core.documents.resolved import Resolved, ResolvedTag
from consent.core.documents.script_payload import (
    Acts,
    ActsOptions,
    OldFacts,
    PageFacts,
    PageLink,
    PageOptions,
    RunningTool,
    VendorActs,
    VendorActsParts,
)
from consent.core.documents.site_settings import Handover, Overrides
from consent.core.documents.tags import Trigger
from consent.core.documents.texts import OwnLinks
from consent.core.documents.vendors import SiteVendor
from consent.core.gpp.mapping import gpp_sections, gpp_site
from consent.core.groups import ESSENTIAL, OPT_IN, OPTIONAL
from consent.core.paths import matches
from consent.core.resolve import resolve, tcf_applies
from consent.core.rules import Place, Rules
from consent.core.sharing.account_group import terms_of
from consent.presentation.autoconsent import needs_handle
from consent.presentation.languages import choose_language, language_info, other_languages_pattern
from consent.presentation.links import DECLARED, POLICY, REQUESTED, linked_facts, page_links
from consent.presentation.partner_counts import link_partners, partners, third_parties
from consent.presentation.tcf_words import TCF_FIRST, tcf_words
from consent.presentation.texts import ACCOUNT_KEYS, HANDOVER_KEYS, banner_texts, first_words, tcf_texts
from consent.presentation.theme import page_theme, theme_in
from consent.runtime.asked_groups import asked_groups
from consent.runtime.blocking import early_facts, places_of
from consent.runtime.bounded_cache import BoundedCache
from consent.runtime.container_cookies import contained_cookies, named_cookie
from consent.signing.canonical_json import canonical, sha256_name
from consent.sites.custom.code import load_of
from consent.sites.experiments.variants import UNDRAWN, is_drawn_in, is_experiment, variant_config
from consent.sites.law.law_days import law_days_of
from consent.sites.moving.mapping import mapping_name
from consent.sites.moving.old_choices import (
    is_over,
    mapped_key,
    mapped_vendors,
    max_age_days,
    sold_targets,
    vendor_groups,
)
from consent.sites.time_zones import UTC, is_time_zone, time_zone
from consent.sites.vendor_lists.site_cut import text_language

MAX_CACHED_LANGUAGES = 16
MAX_CACHED_PLACES = 64
MAX_RESOLVED_BYTES = 32_000_000
MAX_SHARED_TEXTS = 2048
WEIGHT_OF_TEXTS = 30_000
"""Bytes for the tables of a config's languages, and for what is cached by language."""
RESOLVED_BYTES, TAG_BYTES = 5000, 1000
"""Approximate size of a config resolved for one place and day, and what each tag adds."""
VENDORS_LINK = "vendors_link"
FIRST_LAYER = ("label", "title", "accept_all", "reject_all", "settings")
FIRST_WORDS = ("text", "withdrawal", VENDORS_LINK)
"""Texts that come with the script, besides the multi-line ones in `words`; the second layer's come with its code."""
LOADED_FIRST = frozenset((*FIRST_LAYER, *FIRST_WORDS, *TCF_FIRST, *ACCOUNT_KEYS, *HANDOVER_KEYS))
SESSION = "session_lifetime"
POLICY_OF = "vendor_policy"
"""Label of a vendor's privacy policy, also shown in place of its blocked content."""
FETCHED_LATER = ("purpose_", SESSION, "vendor_", "link_", "more_")
"""Texts that the second layer fetches with its vendors, and link labels, which come with the script."""


class CompiledConfig:
    """One config, ready for requests. Immutable and shared by all threads.

    `service_url` is the address at which visitors reach the service, for links to its own pages; without it there are
    none.
    """

    def __init__(self, name: str, body: bytes, site_id: int, rules: Rules, service_url: str = "") -> None:
        self.name, self._identity, self._service_url = name, object(), service_url
        self.document: Config = orjson.loads(body)
        texts = self.document["texts"]["languages"]
        self._own_size = len(body) - len(orjson.dumps(texts))
        texts |= {language: _shared_texts(tuple(strings.items())) for language, strings in texts.items()}
        self.site: str = self.document["site"]
        self.site_id = site_id
        self.version: int = self.document["version"]
        self.rules = rules
        self.law_days = law_days_of(rules)
        self.origins = frozenset(self.document["hosts"])
        self.host_names = frozenset(urlsplit(origin).hostname or "" for origin in self.origins)
        self.languages: tuple[str, ...] = tuple(sorted(self.document["texts"]["languages"]))
        self.default_language: str = self.document["texts"]["default_language"]
        self.cookie = f"consent_{self.site}"
        self.overrides: Overrides = self.document["overrides"]
        self.scope: str = "" if self.overrides["cookie_scope"] == "host" else self.overrides["cookie_scope"]
        self.sends: list[str] = self.overrides.get("sends", [])
        """Signals that the owner switched on for everybody on a page; older configs have none."""
        self._gpp_site = gpp_site(self.document)
        self.gpp_sections = lru_cache(MAX_CACHED_PLACES)(self._gpp_sections)
        """The sections of a visitor's GPP string by country and subdivision; None if the site sends none."""
        self.has_tcf = "tcf" in self.document
        """Whether the site uses the Transparency and Consent Framework."""
        self.has_accounts: bool = self.overrides.get("accounts", False)
        """Whether signed-in visitors' choices follow their account."""
        self.old_choices = self.overrides.get("old_choices")
        """The mapping by which choices made with another tool count; None if they don't."""
        self.handover: Handover | None = self.overrides.get("handover")
        """The sites with which this one shares choices, if the owner switched that on."""
        self.account_terms = terms_of(self.document)
        """The terms under which the site takes part in an account that it shares with other sites."""
        self.apps = frozenset(f"app:{name}" for name in self.overrides.get("apps", []))
        """The site's native apps, treated as its hosts."""
        self.is_headless = "headless" in self.overrides
        """Whether the site's pages draw the layers themselves."""
        self.sightings: int = self.overrides.get("sightings", 0)
        """One in this many page views reports the names of what it found; 0 means none."""
        self.one_choices_link: bool = self.overrides.get("one_choices_link", False)
        """Whether one link replaces several where a law allows it."""
        self.declaration_url = f"{service_url}/c/{self.site}" if service_url else ""
        self.takes_requests: bool = self.overrides.get("visitor_requests", False)
        """Whether visitors may make privacy requests on a page of the service."""
        self.requests_url = f"{service_url}/rights/{self.site}" if service_url and self.takes_requests else ""
        seconds = self.overrides["decision_seconds"]
        self.cache_control = f"private, max-age={seconds}" if seconds else "private, no-cache"
        """How long a browser may cache a response: not at all, or as long as the owner allowed (at most 300 s)."""
        self.look = page_theme(self.document)
        self.contained = contained_cookies(self.document)
        """Cookies that the site's containers may have set: deleted after a refusal, and listed nowhere."""
        self.vendor_ids = frozenset(vendor["id"] for vendor in self.document["vendors"])
        zone = self.overrides.get("time_zone", UTC)
        # A zone may be dropped from the time zone database after publishing; the site must keep working.
        self.zone = time_zone(zone) if is_time_zone(zone) else None
        self.page_patterns = page_patterns(self.document)
        self.limits_languages = any(tag.get("languages") for tag in self.document["tags"])
        self.text_hash = lru_cache(MAX_CACHED_LANGUAGES)(self._text_hash)
        self.acts_facts = lru_cache(MAX_CACHED_LANGUAGES)(self._acts_facts)
        """What the part `acts`, loaded after the first layer, needs, by language."""

    @cached_property
    def variant(self) -> str:
        """Return the variant shown without a draw."""
        variants = self.document["variants"]
        return UNDRAWN if is_experiment(variants) else variants[0]["id"]

    @cached_property
    def variants(self) -> "tuple[CompiledConfig, ...]":
        """Return the config for each variant of its experiment, in order; empty without an experiment."""
        document = self.document
        if not is_experiment(document["variants"]):
            return ()
        bodies = (orjson.dumps(variant_config(document, variant["id"])) for variant in document["variants"])
        return tuple(CompiledConfig(self.name, body, self.site_id, self.rules, self._service_url) for body in bodies)

    def variants_in(self, language: str) -> "tuple[CompiledConfig, ...]":
        """Return the variants that pages in `language` draw from; empty if they draw none."""
        return self.variants if is_drawn_in(self.document["variants"], language) else ()

    def for_variant(self, variant: str | None) -> "CompiledConfig":
        """Return the config for `variant`; if there is no such variant, the one shown without a draw."""
        return next((one for one in self.variants if one.variant == variant), self)

    def resolved(
        self,
        country: str | None,
        subdivision: str | None,
        day: int,
        language: str | None = None,
        site_day: int | None = None,
        law_day: int | None = None,
    ) -> Resolved:
        """Return the config under the rule of a place and day; all configs share one cache."""
        # Key by object: a preview has no name of its own, and a replayed config has other rules.
        place, spoken = Place(country, subdivision), language if self.limits_languages else None
        key = (self._identity, country, subdivision, day, spoken, site_day, law_day)
        return _RESOLVED.get(key, lambda: resolve(self.document, self.rules, place, day, spoken, site_day, law_day))

    def resolved_at(self, country: str | None, subdivision: str | None, time: float) -> Resolved:
        """Return the config under the rule that applies in a place at `time`, unix seconds."""
        day, _, law_day = self.days_at(Place(country, subdivision), time)
        return self.resolved(country, subdivision, day, law_day=law_day)

    def resolved_for(self, place: Place, time: float, language: str | None) -> Resolved:
        """Return the config under the rule that applies in `place` at `time`, unix seconds, for a visit in `language`.

        Without a language, no tag is held because of its languages.
        """
        day, site_day, law_day = self.days_at(place, time)
        return self.resolved(place.country, place.subdivision, day, language, site_day, law_day)

    def days_at(self, place: Place, time: float) -> tuple[int, int | None, int | None]:
        """Return the UTC day of `time`, unix seconds, and the site's and the law's local day, each None if equal."""
        day = day_of_time(time)
        site_day, law_day = self.site_day(time), self.law_days.day(place, time)
        return day, None if site_day == day else site_day, None if law_day == day else law_day

    @property
    def weight(self) -> int:
        """Return the approximate bytes of memory of all variants, without the texts that sites share."""
        return (WEIGHT_OF_TEXTS + 4 * self._own_size) * len(self.document["variants"])

    def site_day(self, time: float) -> int:
        """Return the site's local day at `time`, unix seconds, as days since 1970-01-01."""
        if self.zone is None:
            return day_of_time(time)
        return day_of(datetime.datetime.fromtimestamp(time, self.zone).date())

    def page_kind(self, path: str | None) -> tuple[str, ...] | None:
        """Return all that a decision needs of a page's path: the patterns that match it; None if it is unknown."""
        return None if path is None else tuple(one for one in self.page_patterns if matches(one, path))

    def tcf_applies(self, country: str | None) -> bool:
        """Return whether the Transparency and Consent Framework applies to visitors from `country` on this site."""
        return self.has_tcf and tcf_applies(self.document, self.rules, country)

    def language(self, asked: str | None, accepted: str | None, place: Place) -> str:
        """Return a visitor's language: by the page's tag, else Accept-Language, the place, or the site's default."""
        return choose_language(asked, accepted, self.languages, self.default_language, place.code)

    def texts(self, language: str) -> dict[str, str]:
        """Return every string that both layers can show in `language`."""
        strings: dict[str, str] = self.document["texts"]["languages"][language]
        return strings

    def _text_hash(self, language: str) -> str:
        """Return the claim `text`: the hash of every string that both layers could show in `language`."""
        return sha256_name(canonical(self.texts(language)))

    def page_facts(self, resolved: Resolved, language: str, spoken: Collection[str]) -> PageFacts:
        """Return what the script's core needs besides the decision: look, links, and the texts of the first layer.

        `spoken` are the signals of the request; the texts include a sentence about each.
        """
        texts = self.texts(language)
        status = ["status"] if spoken and resolved["status"] else []
        keys = [*FIRST_LAYER, *status, *(f"{signal}_conflict" for signal in spoken)]
        keys += ACCOUNT_KEYS if self.has_accounts else ()
        keys += HANDOVER_KEYS if self.handover else ()
        own_links, policy = self._own_links(language), self._policy(language)
        more = [[texts[f"more_{n}"], link["url"]] for n, link in enumerate(own_links.get("more", []), 1)]
        policies = [[texts["policy"], policy]] if policy else []
        direction = language_info(language).direction
        asked = asked_groups(self.document, resolved)
        return {
            **(PageOptions(asked=asked) if len(asked) < len(OPTIONAL) else PageOptions()),
            "links": self.links(resolved["links"], language),
            "policy": policy,
            "eager": eager_selector(resolved["tags"]),
            **(PageOptions(handle=True) if needs_handle(language, texts["reject_all"]) else PageOptions()),
            "look": theme_in(self.look, language),
            **(PageOptions(scope=self.scope) if self.scope else PageOptions()),
            "words": self._with_partners([*self._words(resolved, language, asked), *policies, *more], language),
            "texts": {key: texts[key] for key in keys},
            **(PageOptions(accounts=True) if self.has_accounts else PageOptions()),
            **(PageOptions(apps=True) if self.apps else PageOptions()),
            **(PageOptions(headless=True) if self.is_headless else PageOptions()),
            **linked_facts(texts),
            **(PageOptions(direction=direction) if direction != "ltr" else PageOptions()),
            "others": other_languages_pattern(language, self.languages),
            **(PageOptions(sends=self.sends) if self.sends else PageOptions()),
            **(PageOptions(sightings=self.sightings, watch=self._watch) if self.sightings else PageOptions()),
            **(PageOptions(triggers=triggers) if (triggers := page_triggers(resolved["tags"])) else PageOptions()),
            **early_facts(self.document),
            **(PageOptions(old_tool=self._running_tool(tool, resolved)) if (tool := self.old_tool) else PageOptions()),
        }

    def _words(self, resolved: Resolved, language: str, asked: list[str]) -> list[list[str]]:
        """Return the first layer's words in pieces: about groups or, where TCF applies, about purposes and vendors."""
        texts, offer = self.texts(language), resolved.get("tcf")
        if offer is None:
            return first_words(texts, language, asked)
        names = self.document["tcf"]["names"]
        listed = names[text_language(tuple(names), language)]
        places = [self.scope] if self.scope else sorted(self.host_names)
        # Sentences that were added to the release after the publish come from the release.
        return tcf_words(
            tcf_texts(language) | texts, language, offer, listed, self.document["controller"]["name"], places
        )

    def _with_partners(self, words: list[list[str]], language: str) -> list[list[str]]:
        """Return `words` with the button that opens the list of partners: their number, or the owner's own label."""
        label = self.texts(language)[VENDORS_LINK]
        is_shipped = label == banner_texts(language)[VENDORS_LINK]
        count = partners(len(third_parties(self.document["tags"])), language)
        return link_partners(words, count if is_shipped else label, label)

    def old_facts(self, resolved: Resolved) -> OldFacts | None:
        """Return the facts for reading another tool's choice under `resolved`; None if such choices don't count."""
        mapping = self.old_choices
        if mapping is None or is_over(mapping, date_of(resolved["day"])):
            return None
        return {
            "mapping": mapping_name(mapping),
            "tool": mapping["tool"],
            "cookie": mapping["cookie"],
            "categories": mapping["categories"],
            "delete": mapping["delete"],
            "revision": mapping.get("revision", 0),
            "life": max_age_days(mapping),
            "keys": {group: mapped_key(self.document, mapping, group)["key"][:8] for group in OPTIONAL},
            "months": resolved["life"],
            "vendor_groups": vendor_groups(self.document, mapped_vendors(mapping)),
            "sold": sold_targets(self.document, mapping),
        }

    @property
    def old_tool(self) -> str | None:
        """Return the former consent tool that may still run on the site, or None."""
        return self.overrides.get("old_tool")

    def _running_tool(self, tool: str, resolved: Resolved) -> RunningTool:
        """Return which former tool a page must not interfere with, and whether its answers are imported."""
        mapping = self.old_choices
        is_live = mapping is not None and not is_over(mapping, date_of(resolved["day"]))
        return {"tool": tool, "taken": is_live}

    @cached_property
    def _watch(self) -> dict[str, list[str]]:
        """Return the places of each vendor with a tag; sampled page views check whether they were requested."""
        tagged = {tag["vendor"] for tag in self.document["tags"]}
        vendors = (vendor for vendor in self.document["vendors"] if vendor["id"] in tagged)
        return {vendor["id"]: places_of(self.document, vendor) for vendor in vendors}

    def links(self, tokens: list[str], language: str) -> list[PageLink]:
        """Return the links for a place that requires `tokens`, with labels in `language` and their addresses."""
        owner = self.overrides
        declared = dict.fromkeys(DECLARED, self.declaration_url) | {REQUESTED: self.requests_url}
        addresses = {**declared, **owner.get("link_addresses", {}), POLICY: self._policy(language)}
        return page_links(tokens, self.texts(language), addresses, self.one_choices_link, owner.get("sale_notices"))

    def _policy(self, language: str) -> str:
        return self._own_links(language).get("policy") or self.document["controller"]["policy_url"]

    def _own_links(self, language: str) -> OwnLinks:
        return self.document["texts"].get("links", {}).get(language, {})

    def _vendor_acts(self, vendor: SiteVendor, language: str) -> VendorActs:
        """Return `vendor` as pages get it, with its opt-out if it has cookies that pages can't delete."""
        acts: VendorActs = {
            "name": vendor["name"],
            "revoke": vendor["revoke"],
            **(VendorActsParts(consent=vendor["consent"]) if "consent" in vendor else VendorActsParts()),
            "hosts": places_of(self.document, vendor),
            **(VendorActsParts(policy=vendor["privacy_url"]) if vendor["privacy_url"] else VendorActsParts()),
        }
        is_out_of_reach = any(c["third_party"] and c["vendor"] == vendor["id"] for c in self.document["cookies"])
        if is_out_of_reach and vendor["opt_out_url"]:
            text = self.texts(language)["vendor_opt_out"].replace("{vendor}", vendor["name"])
            acts["opt_out"] = {"url": vendor["opt_out_url"], "text": text}
        return acts

    def _gpp_sections(self, country: str | None, subdivision: str | None) -> list[GppSection] | None:
        return None if self._gpp_site is None else gpp_sections(self._gpp_site, country, subdivision)

    def _acts_facts(self, language: str) -> Acts:
        document = self.document
        tags = [tag for tag in document["tags"] if tag["enabled"]]
        back = document["look"].get("back")
        return {
            **(ActsOptions(back=back) if back else ActsOptions()),
            "tags": {tag["id"]: load_of(tag) for tag in tags},
            "vendors": {vendor["id"]: self._vendor_acts(vendor, language) for vendor in document["vendors"]},
            "run": document["overrides"].get("allowed_hosts", []),
            "cookies": [
                named_cookie(cookie)
                for cookie in document["cookies"]
                if cookie["group"] != ESSENTIAL and not cookie["third_party"]
            ]
            + self.contained,
            "texts": {
                key: text
                for key, text in self.texts(language).items()
                if (key == POLICY_OF or not key.startswith(FETCHED_LATER)) and key not in LOADED_FIRST
            }
            | ({SESSION: self.texts(language)[SESSION]} if self.has_tcf else {}),
        }


@lru_cache(MAX_SHARED_TEXTS)
def _shared_texts(strings: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Return a language's texts as one object for all sites with the same ones: texts are most of a config's size."""
    return dict(strings)


def _weight_of_resolved(resolved: Resolved) -> int:
    return RESOLVED_BYTES + TAG_BYTES * len(resolved["tags"])


_RESOLVED: BoundedCache[Resolved] = BoundedCache(MAX_RESOLVED_BYTES, _weight_of_resolved)


def page_patterns(document: Config) -> tuple[str, ...]:
    """Return every pattern by which `document` treats some pages differently."""
    overrides = document["overrides"]
    own = [*overrides["sensitive_paths"], *overrides.get("payment_paths", [])]
    tags = [path for tag in document["tags"] for path in (*tag["pages"]["only"], *tag["pages"]["except"])]
    return tuple(dict.fromkeys([*own, *tags]))


def page_triggers(tags: list[ResolvedTag]) -> dict[str, Trigger]:
    """Return the trigger of each tag that waits for one and isn't held by a setting, by the tag's id."""
    return {tag["id"]: tag["trigger"] for tag in tags if "trigger" in tag and not tag["hold"]}


def eager_selector(tags: list[ResolvedTag]) -> str:
    """Return a CSS selector for what the script handles before any choice: frames to replace, essentials to run.

    It matches the beginnings of `essential` and `unmarked` only, since it adds to the size of every script. The blocker
    marks what it holds as `unmarked`: only the vendors' hosts tell whose it is and whether it may run.
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
    """Return the UTC day of a time in unix seconds, as days since 1970-01-01."""
    return int(time // DAY_SECONDS)


def utc_time(time: float) -> datetime.datetime:
    """Return the UTC date and time of a time in unix seconds."""
    return datetime.datetime.fromtimestamp(time, datetime.UTC)


def utc_date(time: float) -> datetime.date:
    """Return the UTC date of a time in unix seconds."""
    return utc_time(time).date()
