"""Pools of different visitors, with address, languages, signals, browser and stored choice; reproducible by seed."""

import csv
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import maxminddb
from babel.core import get_global

from consent.core.choice import Choice, format_choice
from consent.core.groups import OPTIONAL
from consent.core.rules import Place
from consent.geo.address import is_public, to_text
from consent.geo.geo_reader import SHIPPED_DATABASE
from consent.runtime.compiled_config import CompiledConfig, day_of_time
from consent.runtime.precomputed_decisions import newest_keys

SEED = 27
DRAWN = 400_000
"""Random addresses looked up in the geo file; those of a country are used for its visitors."""
GPC, DNT = 0.05, 0.02
ENGLISH = 0.08
"""The share that uses a browser in English, in any country."""
ONLINE_FILE = Path(__file__).with_name("online.csv")
with ONLINE_FILE.open(encoding="utf-8", newline="") as file:
    ONLINE = {row["country"]: float(row["millions"]) for row in csv.DictReader(file)}
"""Millions of people online, rounded (ITU, 2023)."""
POOLS: Mapping[str, Mapping[str, float]] = {
    "German": {country: 5 * part / sum(ONLINE.values()) for country, part in ONLINE.items()}
    | {"DE": 88, "AT": 4, "CH": 3},
    "world": ONLINE,
}
"""Weights of the countries that visitors come from."""
ANSWERS = {"none": 40, "accept": 33, "reject": 17, "part": 7, "vendor": 3}
MEAN_AGE_DAYS, MAX_AGE_DAYS = 60, 395
AGENTS = {
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36": 34,
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Version/26.0 Mobile/15E148": 24,
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36": 30,
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0": 12,
}
"""Phones and desktops, with their shares."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A visitor's address and request headers."""

    address: str
    headers: dict[str, str]


def pool(name: str, config: CompiledConfig, size: int, seed: int = SEED) -> list[Visitor]:
    """Return `size` visitors of a site with `config`, from the countries of the pool `name`."""
    draw = random.Random(seed)  # noqa: S311 - the same visitors each time
    countries, weights = zip(*((c, weight) for c, weight in POOLS[name].items() if c in addresses()), strict=True)
    places = draw.choices(countries, weights, k=size)
    return [_visitor(draw, config, country) for country in places]


@cache
def addresses() -> dict[str, list[tuple[str, Place]]]:
    """Return random addresses of each country with their place, from the geo file."""
    found: dict[str, list[tuple[str, Place]]] = {}
    draw = random.Random(SEED)  # noqa: S311
    with maxminddb.open_database(SHIPPED_DATABASE) as reader:
        for _ in range(DRAWN):
            packed = draw.randbytes(4)
            record = reader.get(to_text(packed)) if is_public(packed) else None
            if isinstance(record, dict) and isinstance(country := record.get("country"), dict):
                code = str(country["iso_code"])
                inner = record.get("subdivisions")
                part = str(inner[0]["iso_code"]) if isinstance(inner, list) and isinstance(inner[0], dict) else None
                found.setdefault(code, []).append((to_text(packed), Place(code, part, "geoip")))
    return found


def _visitor(draw: random.Random, config: CompiledConfig, country: str) -> Visitor:
    address, place = draw.choice(addresses()[country])
    agent = draw.choices(list(AGENTS), list(AGENTS.values()))[0]
    headers = {
        "User-Agent": agent,
        "Accept-Language": _languages(draw, country, agent),
        "Accept-Encoding": "gzip, deflate, br" if "iPhone" in agent else "gzip, deflate, br, zstd",
        "X-Forwarded-For": address,
    }
    if draw.random() < GPC:
        headers["Sec-GPC"] = "1"
    if draw.random() < DNT:
        headers["DNT"] = "1"
    if choice := _choice(draw, config, place):
        headers["Cookie"] = f"session={draw.randbytes(8).hex()}; {config.cookie}={choice}"
    return Visitor(address, headers)


def _languages(draw: random.Random, country: str, agent: str) -> str:
    """Return an Accept-Language header in the form of Chrome, Firefox or Safari, in a language of the country."""
    spoken = {
        language.replace("_", "-"): facts["population_percent"]
        for language, facts in get_global("territory_languages").get(country, {}).items()  # CLDR
        if facts["official_status"] in ("official", "de_facto_official")
    }
    language = "en" if not spoken or draw.random() < ENGLISH else draw.choices(list(spoken), list(spoken.values()))[0]
    tag = "en-US" if language == "en" else f"{language}-{country}"
    if "iPhone" in agent:
        return f"{tag},{language};q=0.9"
    if "Firefox" in agent:
        return f"{language},en-US;q=0.7,en;q=0.3" if language != "en" else "en-US,en;q=0.5"
    return f"{tag},{language};q=0.9,en-US;q=0.8,en;q=0.7" if language != "en" else "en-US,en;q=0.9"


def _choice(draw: random.Random, config: CompiledConfig, place: Place) -> str:
    """Return the cookie value of a choice made here some days ago, or ""."""
    kind = draw.choices(list(ANSWERS), list(ANSWERS.values()))[0]
    if kind == "none":
        return ""
    today = day_of_time(time.time())
    resolved = config.resolved(place.country, place.subdivision, today)
    answers: Sequence[bool] = {
        "accept": (True, True, True),
        "reject": (False, False, False),
        "part": (True, draw.random() < 0.5, False),
        "vendor": (True, True, True),
    }[kind]
    vendors = {draw.choice(sorted(config.vendor_ids)): False} if kind == "vendor" else {}
    age = min(int(draw.expovariate(1 / MEAN_AGE_DAYS)), MAX_AGE_DAYS)
    groups: dict[str, bool | None] = dict(zip(OPTIONAL, answers, strict=True))
    choice = Choice(today - age, resolved["regime"], groups, newest_keys(resolved), vendors, 0, resolved["letters"])
    return format_choice(choice)
