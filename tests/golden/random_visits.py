"""Random visits that the Python core and the page's script must decide in the same way."""

import datetime
from random import Random
from typing import Any

from consent.core.age_rules import band_of_age
from consent.core.choice import Choice, format_choice
from consent.core.days import day_of
from consent.core.groups import AGE_BANDS, GROUPS, OPTIONAL
from consent.core.resolve import resolve
from consent.core.rules import Place
from tests.golden import make_config, shipped_rules

DAY = day_of(datetime.date(2026, 11, 25))
VENDORS = ("one", "two", "three")
PAGES: tuple[list[str], ...] = ([], [], ["/shop*"], ["/a*b*c", "/health*"])
AGES = (-2, -1, 0, 10, 182, 183, 364, 365, 395, 396, 730, 790, 1100)
"""Days since a choice: around each day when something expires, and in the future, since a clock may be wrong."""


def some_config(random: Random) -> dict[str, Any]:
    """Return a config with two to five tags; older choices don't cover the later tags."""
    tags = [some_tag(random, number) for number in range(random.randint(2, 5))]
    overrides = {
        "kill_switch": random.random() < 0.05,
        "honour_dnt": random.random() < 0.5,
        "ignore_gpc_where_silent": random.random() < 0.3,
        "sensitive": random.random() < 0.1,
        "sensitive_paths": random.choice(([], ["/health*"])),
        "addresses_children": random.random() < 0.2,
        "ask_for_new_vendors": random.choice(("now", "expiry")),
        "foreign_marks": len(tags) == 3,
        "asked_groups": random.choice(([], [], ["advertising"], ["functional", "analytics"])),
    }
    return make_config(tags, overrides, [tags[:1]])


def some_tag(random: Random, number: int) -> dict[str, Any]:
    group = random.choice((*GROUPS, *OPTIONAL, "unclassified" if number == 4 else "analytics"))
    schedules = [(None, None)] * 8 + [("2026-12-01", None), (None, "2026-11-01")]
    since, until = random.choice(schedules)
    return {
        "id": f"t{number}",
        "vendor": random.choice(VENDORS),
        "group": group,
        "enabled": random.random() < 0.95,
        "sale_or_share": group == "advertising" or random.random() < 0.3,
        "exemptions": random.sample(["audience:FR", "statistics:GB", "appearance:GB"], random.choice((0, 0, 1, 3))),
        "purposes": random.sample(["visitor_statistics", "retargeting", "chat"], 1),
        "third_party": random.random() < 0.7,
        "limited": random.choice((None, "cookieless", "restricted")),
        "places": {
            "only": random.choice(([], [], [], [], ["DE", "US-CA"])),
            "except": random.choice(([], [], ["US-MD"])),
        },
        "pages": {"only": random.choice(PAGES), "except": random.choice(PAGES)},
        "schedule": {"from": since, "until": until},
        "payment_note": random.choice(("", "Our bank asks for it")),
        "precise_location": random.random() < 0.2,
        **({"trigger": {"on": "click", "selector": "#buy"}} if number == 2 else {}),
    }


def some_visit(random: Random, config: dict[str, Any]) -> dict[str, Any]:
    """Return what `decide` needs for a visitor to a site with `config`."""
    rules = shipped_rules()
    code = random.choice(["", *rules.codes, "DE", "FR", "GB", "US-CA", "US-CA", "US-MD", "US-CT", "US-VA"])
    place = Place(None) if code in ("", "ZZ", "EU") else Place(code[:2], code[3:] or None)
    return {
        "resolved": resolve(config, rules, place, DAY, "en"),
        "day": DAY,
        "signals": {
            "gpc": random.random() < 0.3,
            "dnt": random.random() < 0.3,
            **some_age(random),
        },
        "choice": some_cookie(random, config) if random.random() < 0.8 else None,
        "path": some_path(random),
    }


def some_age(random: Random) -> dict[str, Any]:
    if random.random() < 0.3:
        age = random.randrange(20)
        return {"age_band": band_of_age(age), "age": age}
    return {"age_band": random.choice(("unknown", "unknown", *AGE_BANDS))}


def some_cookie(random: Random, config: dict[str, Any]) -> str:
    keys = {group: random.choice([*config["purpose_keys"][group], {"key": "f" * 64}])["key"][:8] for group in OPTIONAL}
    answers = random.choice(((True,), (False,), (True, False, None)))
    return format_choice(
        Choice(
            DAY - random.choice(AGES),
            random.choice([*shipped_rules().under, "moon_law"]),
            {group: random.choice(answers) for group in OPTIONAL},
            keys,
            {vendor: random.random() < 0.5 for vendor in random.sample(VENDORS, random.choice((0, 0, 1, 2)))},
            random.choice((0, 0, 1, 2, 3)),
            random.choice(("", "", "f", "ad", "fadx", "x")),
        )
    )


def some_path(random: Random) -> str | None:
    return random.choice((None, "/", "/shop/a", "/health/b", "/checkout", "/a-b-c", "/abc", "/a-c-b", "/ac"))
