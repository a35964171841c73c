"""Compile what an edge worker decides by: the resolved config of each place, until the bundle expires.

banner/edge/worker.js reads it. It contains no keys and no banner texts.
"""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypedDict

import orjson

from consent.core.days import HOUR_SECONDS, date_of
from consent.core.documents.gpp import GppSection
from consent.core.documents.json_object import JsonObject
from consent.core.documents.resolved import Resolved
from consent.core.rule import Rule
from consent.core.rules import Place, Rules
from consent.core.site_rules import rule_of
from consent.geo.local_days import midnights
from consent.geo.places import PSEUDO, SUBDIVISIONS, countries
from consent.presentation.languages import ALIASES, HOME, NEAR
from consent.runtime.compiled_config import CompiledConfig, day_of_time
from consent.runtime.edge.day_ends import day_end
from consent.runtime.tcf_facts import written_limits

FORM = 1
NAMELESS = "~"
"""A country, or part of one, that no rule and no tag names; the same applies to all of these."""
OTHERS = "*"
"""Its code in a table."""


class Span(TypedDict):
    """Tables valid until a unix second: by the visit's language if tags are limited to languages, else under ``""``."""

    until: int
    tables: dict[str, int]


class EdgeSite(TypedDict):
    """What the edge knows about one site; a table maps places to indexes into `resolved`."""

    facts: JsonObject
    cookie: str
    origins: list[str]
    apps: list[str]
    languages: list[str]
    default_language: str
    spoken: list[str]
    under: dict[str, str]
    cache_control: str
    spans: list[Span]
    tables: list[dict[str, int]]
    resolved: list[JsonObject]
    gpp: dict[str, list[GppSection]] | None
    tcf: JsonObject | None


def edge_configs(configs: Iterable[CompiledConfig], rules: Rules, now: float, hours: int) -> bytes:
    """Return the JSON that the worker answers from for `hours` after `now`, unix seconds."""
    bundle = {
        "form": FORM,
        "made": datetime.datetime.fromtimestamp(now, datetime.UTC).isoformat(timespec="seconds"),
        "languages": {"aliases": ALIASES, "near": NEAR, "home": HOME},
        "places": {"pseudo": sorted(PSEUDO), "listed": _subdivisions_by_country()},
        "sites": {config.site: edge_site(config, rules, now, hours) for config in configs},
    }
    return orjson.dumps(bundle)


def edge_site(config: CompiledConfig, rules: Rules, now: float, hours: int) -> EdgeSite:
    """Return what the edge knows about one site."""
    spoken = sorted({language for tag in config.document["tags"] for language in tag.get("languages", [])})
    resolved, tables = _ValueTable(), _ValueTable()
    places = _places(config)
    spans: list[Span] = []
    for moment, end in _spans(config, places, now, now + hours * HOUR_SECONDS):
        by_language = {}
        for language in ("", *spoken):
            table = {
                code: resolved.number(
                    _resolved(config, place, config.resolved_for(place, moment, language or NAMELESS))
                )
                for code, place in places.items()
            }
            by_language[language] = tables.number(_without_defaults(table))
        spans.append({"until": end, "tables": by_language})
    return {
        "facts": {
            "site": config.site,
            "config": config.name,
            "version": config.version,
            "rules_version": rules.version,
            "variant": config.variant,
        },
        "cookie": config.cookie,
        "origins": sorted(config.origins),
        "apps": sorted(config.apps),
        "languages": list(config.languages),
        "default_language": config.default_language,
        "spoken": spoken,
        "under": config.resolved(None, None, day_of_time(now))["under"],
        "cache_control": config.cache_control,
        "spans": spans,
        "tables": tables.values,
        "resolved": resolved.values,
        "gpp": _gpp(config, places),
        "tcf": _tcf(config),
    }


def _resolved(config: CompiledConfig, place: Place, resolved: Resolved) -> JsonObject:
    """Return `resolved` without what is the same everywhere on a site or not used by the worker."""
    kept = {name: value for name, value in resolved.items() if name not in ("day", "place", "under")}
    return {**kept, "applies": config.tcf_applies(place.country)} if config.has_tcf else kept


def _gpp(config: CompiledConfig, places: Mapping[str, Place]) -> dict[str, list[GppSection]] | None:
    """Return the sections of the GPP string by place, or None if the site sends none."""
    if config.gpp_sections(None, None) is None:
        return None
    wanted = {code: place for code, place in places.items() if code[:2] in ("", OTHERS, "US")}
    return {code: config.gpp_sections(place.country, place.subdivision) or [] for code, place in wanted.items()}


def _tcf(config: CompiledConfig) -> JsonObject | None:
    """Return the site's facts for TC strings, or None for a site without TCF."""
    document = config.document
    if not config.has_tcf:
        return None
    settings, cut = document["overrides"]["tcf"], document["tcf"]
    return {
        "cmp": [settings["cmp_id"], settings["cmp_version"]],
        "list": [cut["version"], cut["policy"]],
        "cc": settings["publisher_cc"],
        "disclosed": cut["disclosed"],
        "restrictions": written_limits(document),
    }


class _ValueTable:
    """Distinct values, each with its number."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._numbers: dict[bytes, int] = {}

    def number(self, value: Any) -> int:
        """Return the number of `value`, which must be JSON."""
        key = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
        if key not in self._numbers:
            self._numbers[key] = len(self.values)
            self.values.append(value)
        return self._numbers[key]


def _spans(
    config: CompiledConfig, places: Mapping[str, Place], begin: float, end: float
) -> Iterator[tuple[float, int]]:
    """Yield the start and end of each period within one day (in UTC and the site's time zone) under the same laws."""
    turns = sorted(_law_changes(config, places, begin, end))
    while begin < end:
        until = min(day_end(config, begin), int(end), *(turn for turn in turns if turn > begin))
        yield begin, until
        begin = until if until > begin else end


def _law_changes(config: CompiledConfig, places: Mapping[str, Place], begin: float, end: float) -> set[int]:
    """Return the times between two moments when the law may change in one of `places`: its first and last midnight."""
    days = range(day_of_time(begin) - 1, day_of_time(end) + 2)
    found = {
        turn
        for day in config.law_days.change_days.intersection(days)
        for place in places.values()
        if _law(config, place, day - 1) != _law(config, place, day)
        for turn in midnights(place, day)
    }
    return {turn for turn in found if begin < turn < end}


def _law(config: CompiledConfig, place: Place, day: int) -> Rule:
    return rule_of(config.overrides, config.rules, place, date_of(day))


def _places(config: CompiledConfig) -> dict[str, Place]:
    """Return each place that may be treated differently, by its code, and the entries for all others."""
    named = {code for tag in config.document["tags"] for code in (*tag["places"]["only"], *tag["places"]["except"])}
    named |= {str(rule["place"]) for rule in config.overrides.get("rules", [])}
    named |= {*config.rules.codes, *config.rules.aliases}
    codes = [*countries(), *SUBDIVISIONS, *(code for code in named if "-" in code)]
    found = {"": Place(), OTHERS: Place(NAMELESS)}
    for code in sorted(codes):
        country, _, part = code.partition("-")
        found[code] = Place(country, part or None)
        if part:
            found[f"{country}-{OTHERS}"] = Place(country, NAMELESS)
    return found


def _without_defaults(table: dict[str, int]) -> dict[str, int]:
    """Return `table` without the entries that equal the one for others."""
    parts = {code for code in table if "-" in code}
    kept = {code for code in parts if not code.endswith(OTHERS) and table[code] != table[f"{code[:2]}-{OTHERS}"]}
    kept |= {code for code in parts if code.endswith(OTHERS) and table[code] != table[code[:2]]}
    kept |= {code for code in table.keys() - parts if code in ("", OTHERS) or table[code] != table[OTHERS]}
    return {code: number for code, number in table.items() if code in kept}


def _subdivisions_by_country() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for code in SUBDIVISIONS:
        country, _, part = code.partition("-")
        found.setdefault(country, []).append(part)
    return found
